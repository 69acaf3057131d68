/**
 * How long reading and writing takes for each kind of message, and for whole tables:
 * `deno run -A scripts/bench/codec.ts`. The best of several rounds, as other work on the machine only
 * ever makes a round slower.
 *
 * @module
 */

import {
  type CodecOptions,
  decodeMessage,
  encodeAttributes,
  encodeMessage,
  Framer,
  headerLength,
  initialCodec,
  type Message,
  messageTypes,
  nlriLength,
  notification,
  type Update,
  writeHeader,
  writeNlri,
} from "../../lib/bgp/wire/mod.ts";
import { hostPrefix, ipv4, ipv6, type Prefix } from "../../lib/net/mod.ts";
import { formatTable } from "./measure.ts";

/** One line of the result. */
export interface CodecFigure {
  readonly what: string;
  /** Microseconds for one message, or milliseconds for a table, as `unit` says. */
  readonly encode: number;
  readonly decode: number;
  readonly unit: "us/message" | "ms/table";
}

const codec: CodecOptions = {
  ...initialCodec,
  as4: true,
  addPathReceive: [4, 6],
  addPathSend: [4, 6],
};

const attributes: Update["attributes"] = [
  { kind: "origin", origin: "igp" },
  { kind: "as-path", segments: [{ kind: "sequence", as: [65001] }] },
  { kind: "next-hop", address: ipv4(0x0a000001) },
  { kind: "communities", values: [0xfde90064] },
];

const update: Update = {
  type: "update",
  withdrawn: [],
  attributes,
  nlri: [{ prefix: hostPrefix(ipv4(0xcb007101)), pathId: 1 }],
};

const messages: readonly (readonly [string, Message])[] = [
  ["OPEN", {
    type: "open",
    version: 4,
    as: 65001,
    holdTime: 90,
    bgpId: ipv4(1),
    capabilities: [
      { kind: "multiprotocol", afi: 1, safi: 1 },
      { kind: "multiprotocol", afi: 2, safi: 1 },
      { kind: "route-refresh" },
      { kind: "as4", as: 65001 },
      { kind: "add-path", families: [{ afi: 1, safi: 1, receive: false, send: true }] },
    ],
  }],
  ["UPDATE of one prefix", update],
  ["UPDATE of one IPv6 prefix", {
    ...update,
    attributes: [{
      kind: "mp-reach",
      family: 6,
      nextHops: [ipv6(1n)],
      nlri: [{ prefix: hostPrefix(ipv6(2n)), pathId: 1 }],
    }, ...attributes.slice(0, 2)],
    nlri: [],
  }],
  ["UPDATE of one withdrawal", { ...update, attributes: [], nlri: [], withdrawn: update.nlri }],
  ["KEEPALIVE", { type: "keepalive" }],
  ["NOTIFICATION", notification(6, 2, new Uint8Array(20))],
  ["ROUTE-REFRESH", { type: "route-refresh", afi: 1, safi: 1, subtype: 0 }],
];

/** Times every message kind, and tables of the given numbers of prefixes with shared attributes. */
export function measureCodec(tableSizes: readonly number[]): readonly CodecFigure[] {
  const single = messages.map(([what, message]): CodecFigure => {
    const bytes = encodeMessage(message, codec);
    const count = 20_000;
    return {
      what,
      encode: 1000 * best(10, () => repeat(count, () => encodeMessage(message, codec))) / count,
      decode: 1000 * best(10, () => repeat(count, () => decodeMessage(bytes, codec))) / count,
      unit: "us/message",
    };
  });
  return [...single, ...tableSizes.map(measureTable)];
}

function measureTable(size: number): CodecFigure {
  const prefixes = Array.from({ length: size }, (_, i) => hostPrefix(ipv4(0x0a000000 + i)));
  const stream = packTable(prefixes);
  const count = countPrefixes(stream);
  if (count !== size) throw new Error(`Cannot measure: ${count} of ${size} prefixes were read`);
  return {
    what: `${size} prefixes, ${Math.ceil(stream.length / 1024)} KiB of UPDATEs`,
    encode: best(5, () => packTable(prefixes)),
    decode: best(5, () => countPrefixes(stream)),
    unit: "ms/table",
  };
}

/** All prefixes in UPDATEs of at most 4096 bytes, one after the other. */
function packTable(prefixes: readonly Prefix[]): Uint8Array {
  const shared = encodeAttributes(attributes, codec);
  const start = headerLength + 4 + shared.length;
  const target = new Uint8Array(prefixes.length * 10 + 4096);
  let message = 0;
  let at = start;
  const finish = (): void => {
    writeHeader(target, message, at - message, messageTypes.update);
    target[message + headerLength + 2] = shared.length >>> 8;
    target[message + headerLength + 3] = shared.length;
    target.set(shared, message + headerLength + 4);
    message = at;
    at = message + start;
  };
  for (const prefix of prefixes) {
    if (at - message + nlriLength(prefix, 1) > codec.maxMessageLength) finish();
    at = writeNlri(target, at, prefix, 1);
  }
  finish();
  return target.subarray(0, message);
}

/** Frames and reads a stream as a session does, in chunks of 64 KiB. */
function countPrefixes(stream: Uint8Array): number {
  const framer = new Framer();
  let count = 0;
  for (let at = 0; at < stream.length; at += 65536) {
    framer.push(stream.subarray(at, at + 65536));
    for (let next = framer.next(); next.ok && next.value; next = framer.next()) {
      const decoded = decodeMessage(next.value, codec);
      if (decoded.ok && decoded.value.message.type === "update") {
        count += decoded.value.message.nlri.length;
      }
    }
  }
  return count;
}

function repeat(count: number, action: () => unknown): void {
  for (let i = 0; i < count; i++) action();
}

/** The shortest of several rounds, in milliseconds. */
function best(rounds: number, action: () => void): number {
  let shortest = Infinity;
  for (let i = 0; i < rounds; i++) {
    const start = performance.now();
    action();
    shortest = Math.min(shortest, performance.now() - start);
  }
  return shortest;
}

if (import.meta.main) {
  const figures = measureCodec([10_000, 100_000, 1_000_000]);
  const rows = figures.map(({ what, encode, decode, unit }) => [
    what,
    encode.toFixed(2),
    decode.toFixed(2),
    unit,
  ]);
  // deno-lint-ignore no-console -- the table is what the script is for
  console.log(formatTable([["", "encode", "decode", ""], ...rows]));
}
