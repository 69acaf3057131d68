/**
 * UDP of the runtime (`node:dgram`) behind the Datagrams port: needs no permission beside net, and does
 * not see the TTL of what arrives. lib/system/datagrams_libc.ts does.
 *
 * @module
 */

import { createSocket, type Socket } from "node:dgram";
import { formatAddress, parseAddress } from "../net/mod.ts";
import {
  type DatagramOptions,
  type Datagrams,
  type DatagramSocket,
  ListenError,
} from "../ports/mod.ts";
import { messageOf } from "../result/mod.ts";

/** Plain UDP. */
export function plainDatagrams(): Datagrams {
  return { seesTtl: false, open };
}

async function open(options: DatagramOptions): Promise<DatagramSocket> {
  const where = listenText(options);
  for (const port of options.port === "dynamic" ? dynamicPorts() : [options.port]) {
    const socket = createSocket(options.family === 4 ? "udp4" : "udp6");
    try {
      await bound(socket, port, options);
      return socketOf(socket, port, options);
    } catch (thrown) {
      socket.close();
      const code = codeOf(thrown);
      if (code === "EADDRINUSE" && options.port === "dynamic") continue;
      throw new ListenError(`Cannot listen on ${where}: ${cause(thrown, port)}`, { cause: thrown });
    }
  }
  throw new ListenError(`Cannot listen on ${where}: no port is free`);
}

function bound(socket: Socket, port: number, { address }: DatagramOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once("error", reject);
    socket.bind({ port, ...(address !== undefined && { address: formatAddress(address) }) }, () => {
      socket.off("error", reject);
      resolve();
    });
  });
}

function socketOf(socket: Socket, port: number, { family, receive }: DatagramOptions) {
  let closed = false;
  let sending = 0;
  const end = () => closed && sending === 0 && socket.close();
  // The next datagram tells whether it was for good.
  socket.on("error", () => {});
  // For IPv6 the runtime takes no notice of it.
  if (family === 4) socket.setTTL(255);
  if (receive !== undefined) {
    socket.on("message", (bytes, from) => {
      // A link-local address comes with its zone, which is no part of the address.
      const address = parseAddress(from.address.replace(/%.*$/, ""));
      if (closed || address === undefined) return;
      receive({ bytes: new Uint8Array(bytes), from: { address, port: from.port }, ttl: undefined });
    });
  }
  return {
    port,
    send(bytes: Uint8Array, to: Parameters<DatagramSocket["send"]>[1]) {
      if (closed) return;
      sending++;
      socket.send(bytes, to.port, formatAddress(to.address), () => {
        sending--;
        end();
      });
    },
    close() {
      if (closed) return;
      closed = true;
      end();
    },
  };
}

/** How many ports are tried before none counts as free. */
const tries = 32;

/** Some ports of RFC 5881 section 4, at random. */
export function dynamicPorts(): readonly number[] {
  return Array.from({ length: tries }, () => 49152 + Math.floor(Math.random() * 16384));
}

/** What a socket listens on, for messages. */
export function listenText({ address, port, family }: DatagramOptions): string {
  const where = address === undefined ? `all IPv${family} addresses` : formatAddress(address);
  return port === "dynamic" ? `a UDP port of ${where}` : `UDP port ${port} of ${where}`;
}

function codeOf(thrown: unknown): string {
  return thrown instanceof Error && "code" in thrown ? String(thrown.code) : "";
}

function cause(thrown: unknown, port: number): string {
  switch (codeOf(thrown)) {
    case "EADDRINUSE":
      return `another process holds it; "ss -lunp 'sport = :${port}'" shows which`;
    case "EADDRNOTAVAIL":
      return 'this host does not have the address; "ip address" shows those it has';
    case "EACCES":
      return "no permission";
  }
  if (thrown instanceof Deno.errors.NotCapable) return "Deno runs without --allow-net for it";
  return messageOf(thrown);
}
