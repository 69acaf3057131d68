/**
 * A node's daemons for the host rules' lab: each answers whatever comes with its name, on all
 * addresses of both families, as daemons on a node do.
 *
 *     deno run --allow-net host_server.ts tcp NAME PORT udp NAME PORT ...
 *
 * @module
 */

import dgram from "node:dgram";

const say = (text: string): void => void Deno.stdout.writeSync(new TextEncoder().encode(text));

async function serveTcp(name: string, port: number): Promise<void> {
  const listener = Deno.listen({ hostname: "::", port });
  say(`serving tcp ${port}\n`);
  for await (const connection of listener) {
    await connection.write(new TextEncoder().encode(name)).catch(() => {});
    connection.close();
  }
}

function serveUdp(name: string, port: number): void {
  // One socket each: Deno's "::" takes IPv4 too and cannot be told otherwise.
  const socket = dgram.createSocket("udp6");
  socket.on("message", (_, from) => socket.send(name, from.port, from.address));
  socket.bind(port, () => say(`serving udp ${port}\n`));
}

for (let i = 0; i + 2 < Deno.args.length; i += 3) {
  const [protocol, name = "", port = ""] = Deno.args.slice(i, i + 3);
  if (protocol === "tcp") void serveTcp(name, Number(port));
  else serveUdp(name, Number(port));
}
