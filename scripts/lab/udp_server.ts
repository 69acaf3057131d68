/**
 * A node's or a pod's workload over UDP: answers every datagram with its name and the address that the
 * datagram came from, and says so.
 *
 *     deno run --allow-net udp_server.ts NAME PORT
 *
 * @module
 */

import { createSocket } from "node:dgram";

const [name = "", port = ""] = Deno.args;

const socket = createSocket("udp4");
socket.on("message", (_, { address, port }) => {
  console.log(`asked by ${address}`);
  socket.send(`${name} ${address}\n`, port, address);
});
socket.bind(Number(port), () => console.log(`serving ${port}`));
