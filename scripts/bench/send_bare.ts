/**
 * The yardstick: a program that has all bytes of its UPDATEs before the session starts, writes them
 * and does nothing else. Hold time 0, so not even keepalives.
 *
 *     deno run -A scripts/bench/send_bare.ts listen 100000
 *     deno run -A scripts/bench/send_bare.ts connect 100000   (to 127.0.0.1, as AS 64600)
 *
 * @module
 */

import { ipv4 } from "../../lib/net/mod.ts";
import {
  type CodecOptions,
  encodeAttributes,
  encodeMessage,
  Framer,
  initialCodec,
  messageTypes,
  writeHeader,
} from "../../lib/bgp/wire/mod.ts";

const codec: CodecOptions = { ...initialCodec, as4: true };

/** All UPDATEs: hosts from 100.0.0.0 up, one attribute set, each message as full as it gets. */
function updates(routes: number, as: number): Uint8Array[] {
  const attributes = encodeAttributes([
    { kind: "origin", origin: "igp" },
    { kind: "as-path", segments: [{ kind: "sequence", as: [as] }] },
    { kind: "next-hop", address: ipv4(0x0aff0003) },
  ], codec);
  const prefixesAt = 23 + attributes.length;
  const inOne = Math.floor((codec.maxMessageLength - prefixesAt) / 5);
  const messages: Uint8Array[] = [];
  for (let from = 0; from < routes; from += inOne) {
    const count = Math.min(inOne, routes - from);
    const bytes = new Uint8Array(prefixesAt + 5 * count);
    const view = new DataView(bytes.buffer);
    writeHeader(bytes, 0, bytes.length, messageTypes.update);
    view.setUint16(21, attributes.length);
    bytes.set(attributes, 23);
    for (let i = 0; i < count; i++) {
      view.setUint8(prefixesAt + 5 * i, 32);
      view.setUint32(prefixesAt + 5 * i + 1, 0x64000000 + from + i);
    }
    messages.push(bytes);
  }
  return messages;
}

function open(as: number): Uint8Array {
  return encodeMessage({
    type: "open",
    version: 4,
    as,
    holdTime: 0,
    bgpId: ipv4(0x0aff0002),
    capabilities: [{ kind: "multiprotocol", afi: 1, safi: 1 }, { kind: "as4", as }],
  }, codec);
}

async function writeAll(conn: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await conn.write(bytes.subarray(at));
}

/** Reads until the peer's first KEEPALIVE: then the session is up. */
async function untilUp(conn: Deno.Conn): Promise<void> {
  const framer = new Framer();
  const buffer = new Uint8Array(4096);
  for (;;) {
    const count = await conn.read(buffer);
    if (count === null) throw new Error("the peer closed");
    framer.push(buffer.slice(0, count));
    for (let next = framer.next(); next.ok && next.value; next = framer.next()) {
      if (next.value[18] === messageTypes.keepalive) return;
    }
  }
}

async function main(how: string, routes: number): Promise<void> {
  const as = how === "listen" ? 64512 : 64600;
  const messages = updates(routes, as);
  const port = 179;
  const listener = how === "listen" ? Deno.listen({ hostname: "0.0.0.0", port }) : undefined;
  console.error("ready");
  const conn = await (listener?.accept() ?? Deno.connect({ hostname: "127.0.0.1", port }));
  await writeAll(conn, open(as));
  await writeAll(conn, encodeMessage({ type: "keepalive" }, codec));
  await untilUp(conn);
  for (const message of messages) await writeAll(conn, message);
  console.error("sent");
  // The session stays up; what the peer says is read and forgotten.
  const buffer = new Uint8Array(65536);
  while (await conn.read(buffer) !== null) continue;
}

if (import.meta.main) await main(Deno.args[0] ?? "", Number(Deno.args[1]));
