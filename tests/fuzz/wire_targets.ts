/**
 * Fuzz targets of the BGP codec. Its laws: a decoder never throws; what was read can be written and
 * read again as the same; a fault's consequence has been drawn.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import {
  type CodecOptions,
  decodeMessage,
  decodeStream,
  describeFault,
  describeMessage,
  describeStream,
  encodeMessage,
  extendedMaxLength,
  Framer,
  initialCodec,
  type Message,
  messageToJson,
  plainMaxLength,
  readStreamInput,
  writeHeader,
} from "../../lib/bgp/wire/mod.ts";
import { loadWireCases } from "../golden/wire/cases.ts";
import type { FuzzTarget } from "./runner.ts";

const golden = loadWireCases();

/** Every agreement two OPENs can come to, as far as the codec depends on it. */
export const codecs: readonly CodecOptions[] = [false, true].flatMap((as4) =>
  [false, true].flatMap((internal) =>
    ([[], [4], [6], [4, 6]] as const).map((families): CodecOptions => ({
      as4,
      internal,
      addPathReceive: families,
      addPathSend: families,
      maxMessageLength: internal ? extendedMaxLength : plainMaxLength,
    }))
  )
);

/** The codec that a byte of an input chooses. */
export function codecOf(byte = 0): CodecOptions {
  return codecs[byte % codecs.length] ?? initialCodec;
}

/** The first byte chooses the codec, the second the type; a body without a header gets a good one. */
function decodeBody(bytes: Uint8Array): void {
  const codec = codecOf(bytes[0]);
  const body = bytes.subarray(2, 2 + codec.maxMessageLength - 19);
  const message = new Uint8Array(19 + body.length);
  message.set(body, 19);
  writeHeader(message, 0, message.length, 1 + (bytes[1] ?? 0) % 5);
  checkMessage(message, codec);
}

/** The laws of a decoded message; throws where one does not hold. */
export function checkMessage(bytes: Uint8Array, codec: CodecOptions): void {
  const before = bytes.slice();
  const decoded = decodeMessage(bytes, codec);
  assertEquals(bytes, before, "decoding changed its input");
  if (!decoded.ok) {
    assertEquals(decoded.error.severity, "session-reset");
    assert(decoded.error.code >= 1 && decoded.error.code <= 7);
    assert(describeFault(decoded.error).length > 0);
    return;
  }
  const { message, faults } = decoded.value;
  for (const fault of faults) {
    assert(fault.severity !== "session-reset", "a session reset was survived");
    assertEquals(fault.code, 3);
  }
  if (faults.some(({ severity }) => severity === "treat-as-withdraw")) {
    assert(message.type === "update" && message.nlri.length === 0);
    assert(message.attributes.every(({ kind }) => kind === "mp-unreach"));
  }
  assert(describeMessage(message).length > 0);
  assert(JSON.stringify(messageToJson(message)).length > 0);
  if (losesConfederations(message)) return;
  const roomy = { ...codec, maxMessageLength: extendedMaxLength };
  // A treat-as-withdraw may gather more in one message than fits; all else fits as it came.
  const again = decodeMessage(encodeMessage(message, roomy), roomy);
  assert(again.ok, again.ok ? "" : again.error.message);
  assertEquals(again.value.message, message);
  assertEquals(again.value.faults, []);
}

/**
 * RFC 6793 section 4.2.3 keeps confederation segments only at the head of a merged path, so a merged
 * path that has others is another one after the next merge.
 */
function losesConfederations(message: Message): boolean {
  if (message.type !== "update") return false;
  const path = message.attributes.find(({ kind }) => kind === "as-path");
  if (path?.kind !== "as-path") return false;
  const firstPlain = path.segments.findIndex(({ kind }) => !kind.startsWith("confed"));
  return firstPlain >= 0 &&
    path.segments.slice(firstPlain).some(({ kind }) => kind.startsWith("confed"));
}

/** Frames the bytes in pieces whose size the first byte gives: the same messages as in one piece. */
function frame(bytes: Uint8Array): void {
  const size = 1 + (bytes[0] ?? 0);
  const stream = bytes.subarray(1);
  assertEquals(framed(stream, size), framed(stream, stream.length + 1));
}

function framed(stream: Uint8Array, size: number): readonly string[] {
  const framer = new Framer();
  const found: string[] = [];
  for (let at = 0; at < stream.length; at += size) {
    framer.push(stream.subarray(at, at + size));
    let next = framer.next();
    for (; next.ok && next.value !== undefined; next = framer.next()) {
      found.push(next.value.toHex());
    }
    assert(framer.pending < plainMaxLength);
    if (!next.ok) {
      const { code, subcode } = next.error;
      assertEquals(code, 1);
      return [...found, `error ${code}/${subcode}`];
    }
  }
  return found;
}

/** What `porter decode` does with a file. */
function decodeFile(bytes: Uint8Array): void {
  const input = readStreamInput(bytes);
  if (!input.ok) {
    assert(input.error.length > 0);
    return;
  }
  let at = 0;
  for (const item of decodeStream(input.value)) {
    assert(item.offset >= at && item.offset < input.value.length, "offsets do not grow");
    at = item.offset;
  }
  const { lines, faults } = describeStream(input.value);
  assert(lines.length > 0 && faults <= 2 * input.value.length);
}

const encoder = new TextEncoder();

/** The targets. */
export const wireTargets: readonly FuzzTarget[] = [
  {
    name: "wire-message",
    seeds: golden.map(({ bytes, codec }) => {
      const index = codecs.findIndex((it) =>
        it.as4 === codec.as4 && it.internal === codec.internal &&
        it.addPathReceive.join() === codec.addPathReceive.join()
      );
      return Uint8Array.of(index, (bytes[18] ?? 1) - 1, ...bytes.subarray(19));
    }),
    run: decodeBody,
  },
  {
    name: "wire-header",
    seeds: golden.map(({ bytes }) => bytes),
    run: (bytes) => {
      for (const codec of [initialCodec, ...golden.slice(0, 1).map((it) => it.codec)]) {
        checkMessage(bytes, codec);
      }
    },
  },
  {
    name: "wire-framer",
    seeds: golden.map(({ bytes }, i) => Uint8Array.of(i, ...bytes, ...bytes)),
    run: frame,
  },
  {
    name: "wire-stream",
    seeds: golden.flatMap(({ bytes }) => [bytes, encoder.encode(bytes.toHex())]),
    run: decodeFile,
  },
];
