/**
 * Recorded BGP bytes for people, as `porter decode` shows them: hex or raw, one message or many, of
 * sessions whose OPENs may or may not be among them. What is not known is guessed, the plain guess
 * first; the first guess that reads a message without fault is taken.
 *
 * ```ts
 * const bytes = parseHex("ffffffff ffffffff ffffffff ffffffff 0013 04");
 * if (bytes.ok) describeStream(bytes.value).lines; // ["0: KEEPALIVE"]
 * ```
 *
 * @module
 */

import type { Family } from "../../net/mod.ts";
import { err, ok, type Result } from "../../result/mod.ts";
import { decodeMessage } from "./codec.ts";
import { describeFault, describeMessage } from "./describe.ts";
import { familyOf } from "./families.ts";
import { checkHeader, claimedLength, extendedMaxLength, headerLength } from "./header.ts";
import type { CodecOptions, Decoded, Message, Open, ProtocolError } from "./message.ts";

/** What is known of the session; what is left out is taken from its OPENs, or guessed. */
export type KnownCodec = Partial<Pick<CodecOptions, "as4" | "addPathReceive" | "internal">>;

/** A piece of a stream. */
export type StreamItem =
  | {
    readonly kind: "message";
    /** Of the first byte, from the start of the stream. */
    readonly offset: number;
    readonly message: Message;
    readonly faults: readonly ProtocolError[];
  }
  | { readonly kind: "fault"; readonly offset: number; readonly fault: ProtocolError }
  /** Bytes that are no message: before, between or after those that are. */
  | { readonly kind: "skipped"; readonly offset: number; readonly length: number };

/** A stream in words. */
export interface StreamDescription {
  readonly lines: readonly string[];
  /** How many faults were found, skipped bytes among them. */
  readonly faults: number;
}

/** Reads the messages of recorded bytes; a fault does not end it. */
export function* decodeStream(bytes: Uint8Array, known: KnownCodec = {}): Generator<StreamItem> {
  const opens: Open[] = [];
  let at = 0;
  while (at < bytes.length) {
    const marker = nextMarker(bytes, at);
    if (marker > at) {
      yield { kind: "skipped", offset: at, length: marker - at };
      at = marker;
      continue;
    }
    const wrong = checkHeader(bytes, at, extendedMaxLength);
    if (wrong !== undefined) {
      yield { kind: "fault", offset: at, fault: wrong };
      at += headerLength;
      continue;
    }
    const end = at + claimedLength(bytes, at);
    if (end > bytes.length) {
      yield { kind: "skipped", offset: at, length: bytes.length - at };
      return;
    }
    const decoded = decodeGuessing(bytes.subarray(at, end), guesses(opens, known));
    if (decoded.ok) {
      const { message, faults } = decoded.value;
      if (message.type === "open") opens.push(message);
      yield { kind: "message", offset: at, message, faults };
    } else {
      yield { kind: "fault", offset: at, fault: decoded.error };
    }
    at = end;
  }
}

/** Reads recorded bytes and says what they mean, a line starting with the offset of each message. */
export function describeStream(bytes: Uint8Array, known: KnownCodec = {}): StreamDescription {
  const lines: string[] = [];
  let faults = 0;
  for (const item of decodeStream(bytes, known)) {
    if (item.kind === "message") {
      const [first = "", ...others] = describeMessage(item.message);
      lines.push(`${item.offset}: ${first}`, ...others);
      for (const fault of item.faults) lines.push(`  fault: ${describeFault(fault)}`);
      faults += item.faults.length;
    } else {
      faults++;
      lines.push(
        item.kind === "fault"
          ? `${item.offset}: fault: ${describeFault(item.fault)}`
          : `${item.offset}: skipped ${item.length} bytes that are not a whole BGP message`,
      );
    }
  }
  return { lines, faults };
}

/**
 * Reads hex digits; white space, ":", "0x" and comments from "#" to the end of a line do not count.
 * A dump with offsets in front and text behind, as tcpdump and xxd print it, is read as well, with
 * the headers of IP and TCP that are in it.
 */
export function parseHex(text: string): Result<Uint8Array> {
  const lines = text.split(/\r?\n/).map((line) => line.replace(/#.*$/, "")).filter((line) =>
    line.trim() !== ""
  );
  const digits = (dumpOf(lines) ?? lines).join(" ").replaceAll(/0x|[\s:]/gi, "");
  const stranger = /[^0-9a-f]/i.exec(digits);
  if (stranger !== null) return err(`"${stranger[0]}" is not a hex digit`);
  if (digits.length % 2 !== 0) return err(`There are ${digits.length} hex digits, an odd number`);
  if (digits.length === 0) return err("There are no hex digits");
  return ok(Uint8Array.fromHex(digits));
}

/** The bytes of an input that is either raw BGP, which is never text, or hex. */
export function readStreamInput(input: Uint8Array): Result<Uint8Array> {
  if (input.some((byte) => byte >= 0x80)) return ok(input);
  return parseHex(new TextDecoder().decode(input));
}

/** The bytes of a dump's lines, without the lines in words before each packet; undefined if it is none. */
function dumpOf(lines: readonly string[]): readonly string[] | undefined {
  const dump = lines.filter((line) => dumpLine.test(line));
  const others = lines.filter((line) => !dumpLine.test(line));
  const begins = /^\s*(0x)?0+:/i.test(dump[0] ?? "");
  if (!begins || others.some((line) => /^[\s0-9a-f:]*$/i.test(line))) return undefined;
  return dump.map((line) => dumpLine.exec(line)?.[1] ?? "");
}

const dumpLine = /^\s*(?:0x)?[0-9a-f]{4,8}:\s+((?:[0-9a-f]{2,4} ?)+)(?:\s.*)?$/i;

/** Where the next sixteen ones begin, at `from` or behind it; the end when there are none. */
function nextMarker(bytes: Uint8Array, from: number): number {
  let ones = 0;
  for (let at = from; at < bytes.length; at++) {
    ones = bytes[at] === 0xff ? ones + 1 : 0;
    if (ones === 16 && at - 15 + headerLength <= bytes.length) return at - 15;
  }
  return bytes.length;
}

function decodeGuessing(
  bytes: Uint8Array,
  codecs: Iterable<CodecOptions>,
): Result<Decoded, ProtocolError> {
  let best: Result<Decoded, ProtocolError> | undefined;
  for (const codec of codecs) {
    const decoded = decodeMessage(bytes, codec);
    if (decoded.ok && decoded.value.faults.length === 0 && !repeatsItself(decoded.value.message)) {
      return decoded;
    }
    if (best === undefined || (!best.ok && decoded.ok)) best = decoded;
  }
  if (best === undefined) throw new Error("Cannot decode without a codec");
  return best;
}

/**
 * Whether a message names 0/0 more than once without path identifiers: so path identifiers look when
 * they are read as prefixes.
 */
function repeatsItself(message: Message): boolean {
  if (message.type !== "update") return false;
  const lists = [
    message.withdrawn,
    message.nlri,
    ...message.attributes.map((it) =>
      it.kind === "mp-reach" ? it.nlri : it.kind === "mp-unreach" ? it.withdrawn : []
    ),
  ];
  return lists.some((list) =>
    list.filter(({ prefix, pathId }) => pathId === undefined && prefix.length === 0).length > 1
  );
}

function* guesses(opens: readonly Open[], known: KnownCodec): Generator<CodecOptions> {
  const told = opens.length === 0 ? {} : agreement(opens);
  const as4First = told.as4 ?? true;
  const internalFirst = told.internal ?? false;
  const addPathFirst = told.addPathReceive ?? [];
  for (
    const internal of known.internal === undefined
      ? [internalFirst, !internalFirst]
      : [known.internal]
  ) {
    for (const addPathReceive of addPathGuesses(known.addPathReceive, addPathFirst)) {
      for (const as4 of known.as4 === undefined ? [as4First, !as4First] : [known.as4]) {
        yield {
          as4,
          addPathReceive,
          addPathSend: [],
          maxMessageLength: extendedMaxLength,
          internal,
        };
      }
    }
  }
}

function addPathGuesses(
  known: readonly Family[] | undefined,
  first: readonly Family[],
): readonly (readonly Family[])[] {
  return known === undefined ? [first, [], [4, 6], [4], [6]] : [known];
}

/** What the last OPEN, or the last two where they are of both sides, agree on. */
function agreement(opens: readonly Open[]): KnownCodec {
  const [one, other] = opens.slice(-2);
  if (one === undefined) return {};
  if (other === undefined) return { as4: asOf(one).as4 };
  const addPathReceive = ([4, 6] as const).filter((family) =>
    addPath(one, family).send && addPath(other, family).receive ||
    addPath(other, family).send && addPath(one, family).receive
  );
  return {
    as4: asOf(one).as4 && asOf(other).as4,
    internal: asOf(one).as === asOf(other).as,
    addPathReceive,
  };
}

function asOf(open: Open): { as: number; as4: boolean } {
  const capability = open.capabilities.find((it) => it.kind === "as4");
  return { as: capability?.as ?? open.as, as4: capability !== undefined };
}

function addPath(open: Open, family: Family): { send: boolean; receive: boolean } {
  for (const capability of open.capabilities) {
    if (capability.kind !== "add-path") continue;
    const found = capability.families.find(({ afi, safi }) => familyOf(afi, safi) === family);
    if (found !== undefined) return found;
  }
  return { send: false, receive: false };
}
