/**
 * How long reading and writing takes for each kind of message, beside GoBGP's codec on the same bytes
 * in the same run, and for whole tables: `deno run -A scripts/bench/codec.ts`. The best of several
 * rounds, as other work on the machine only ever makes a round slower.
 *
 * @module
 */

import {
  decodeMessage,
  encodeAttributes,
  encodeMessage,
  Framer,
  headerLength,
  messageTypes,
  nlriLength,
  writeHeader,
  writeNlri,
} from "../../lib/bgp/wire/mod.ts";
import { hostPrefix, ipv4, type Prefix } from "../../lib/net/mod.ts";
import { addPathCodec, attributes, bytesOf, timedMessages } from "./codec_messages.ts";
import { type CodecTimes, gobgpTimes } from "./gobgp_codec.ts";
import { formatTable } from "./measure.ts";

/** What rustbgpd, native code, says of itself: 500 prefixes of an UPDATE parsed in 3.3 us. */
const rustbgpd = { prefixes: 500, decode: 3300 };

/** Porter's times for each message, in their order. */
function ownTimes(): readonly CodecTimes[] {
  return timedMessages.map((timed) => {
    const { message, codec, prefixes = 0 } = timed;
    const bytes = bytesOf(timed);
    // Rounds of a millisecond or two are left alone now and then, also on a busy machine.
    const count = prefixes === 0 ? 2_000 : 40;
    const each = (action: () => unknown) =>
      1e6 * best(prefixes === 0 ? 100 : 500, () => repeat(count, action)) / count;
    return {
      encode: each(() => encodeMessage(message, codec)),
      decode: each(() => decodeMessage(bytes, codec)),
    };
  });
}

/** Microseconds for a message, beside GoBGP's where Go is there, and what of it a prefix takes. */
async function messageRows(): Promise<{ rows: string[][]; perPrefix: string[][] }> {
  const theirs = await gobgpTimes(timedMessages);
  const rows = [["us/message", "encode", "decode", "GoBGP encode", "decode", "of GoBGP", ""]];
  const perPrefix = [["ns/prefix", "encode", "decode", "GoBGP encode", "decode"]];
  for (const [i, own] of ownTimes().entries()) {
    const { what = "", prefixes } = timedMessages[i] ?? {};
    const other = theirs?.[i];
    const us = (ns: number | undefined) => ns === undefined ? "-" : (ns / 1000).toFixed(2);
    const ratio = (key: keyof CodecTimes) =>
      other === undefined ? "-" : `${(own[key] / other[key]).toFixed(2)} x`;
    rows.push([
      what,
      ...[own.encode, own.decode, other?.encode, other?.decode].map(us),
      ...[ratio("encode"), ratio("decode")],
    ]);
    if (prefixes === undefined) continue;
    const ns = (all: number | undefined) => all === undefined ? "-" : (all / prefixes).toFixed(1);
    perPrefix.push([
      what,
      ...[own.encode, own.decode, other?.encode, other?.decode].map(ns),
    ]);
  }
  const { prefixes, decode } = rustbgpd;
  perPrefix.push(["rustbgpd, as published", "-", (decode / prefixes).toFixed(1), "-", "-"]);
  return { rows, perPrefix };
}

/** A table of so many prefixes with shared attributes, in UPDATEs, framed as a session does. */
function measureTable(size: number): readonly string[] {
  const prefixes = Array.from({ length: size }, (_, i) => hostPrefix(ipv4(0x0a000000 + i)));
  const stream = packTable(prefixes);
  const count = countPrefixes(stream);
  if (count !== size) throw new Error(`Cannot measure: ${count} of ${size} prefixes were read`);
  return [
    `${size} prefixes, ${Math.ceil(stream.length / 1024)} KiB of UPDATEs`,
    best(5, () => packTable(prefixes)).toFixed(1),
    best(5, () => countPrefixes(stream)).toFixed(1),
  ];
}

/** All prefixes in UPDATEs of at most 4096 bytes, one after the other. */
function packTable(prefixes: readonly Prefix[]): Uint8Array {
  const shared = encodeAttributes(attributes, addPathCodec);
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
    if (at - message + nlriLength(prefix, 1) > addPathCodec.maxMessageLength) finish();
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
      const decoded = decodeMessage(next.value, addPathCodec);
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
  const { rows, perPrefix } = await messageRows();
  const tables = [10_000, 100_000, 1_000_000].map(measureTable);
  // deno-lint-ignore no-console -- the tables are what the script is for
  const say = (table: readonly (readonly string[])[]) => console.log(`${formatTable(table)}\n`);
  say(rows);
  say(perPrefix);
  say([["ms/table", "encode", "decode"], ...tables]);
}
