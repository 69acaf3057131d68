/**
 * Messages to and from bytes: RFC 4271 section 4, RFC 2918 and RFC 7313 (ROUTE-REFRESH). The only
 * place that catches what decoders throw.
 *
 * ```ts
 * const decoded = decodeMessage(bytes, initialCodec);
 * if (decoded.ok) handle(decoded.value.message);
 * ```
 *
 * @module
 */

import { err, ok, type Result } from "../../result/mod.ts";
import {
  checkHeader,
  claimedLength,
  headerLength,
  messageTypes,
  plainMaxLength,
  writeHeader,
} from "./header.ts";
import { fault, Malformed, reset } from "./malformed.ts";
import type { CodecOptions, Decoded, Message, ProtocolError, RouteRefresh } from "./message.ts";
import { readOpen, writeOpen } from "./open.ts";
import { readUpdate, writeUpdate } from "./update.ts";
import { longestShared, readU16, readU8, shortLivedCopy, slabLength, Writer } from "./bytes.ts";

/**
 * Reads one whole message, header included. The error is what must end the session; weaker faults are
 * in `faults`, with their consequence already drawn (RFC 7606). Never throws, keeps none of the bytes.
 */
export function decodeMessage(
  bytes: Uint8Array,
  codec: CodecOptions,
): Result<Decoded, ProtocolError> {
  if (bytes.length < headerLength) {
    return err(
      fault(
        { severity: "session-reset", code: 1, subcode: 2 },
        `${bytes.length} bytes are not a message`,
      ),
    );
  }
  const wrong = checkHeader(bytes, 0, codec.maxMessageLength);
  if (wrong !== undefined) return err(wrong);
  if (claimedLength(bytes, 0) !== bytes.length) {
    const text = `the header says ${claimedLength(bytes, 0)} bytes and there are ${bytes.length}`;
    return err(
      fault({ severity: "session-reset", code: 1, subcode: 2, data: bytes.slice(16, 18) }, text),
    );
  }
  try {
    return ok(readBody(bytes, codec));
  } catch (thrown) {
    if (thrown instanceof Malformed) return err(thrown.fault);
    throw thrown;
  }
}

/**
 * Messages are written one behind the other: a buffer for each takes longer to make than most of them to
 * write. As long as one is kept so are its neighbours, which longer ones are copied out for. Nothing awaits
 * between the first byte and the last.
 */
const outgoing = { writer: new Writer(slabLength), used: 0 };

/** The same bytes every time (RFC 4271 section 4.4). */
const keepaliveBytes = new Uint8Array(headerLength);
writeHeader(keepaliveBytes, 0, headerLength, messageTypes.keepalive);

/**
 * Writes a message, header included. Throws a RangeError for one that cannot be written: a bug. The bytes
 * are to be sent, not to be changed: those of all KEEPALIVEs are the same ones.
 */
export function encodeMessage(message: Message, codec: CodecOptions): Uint8Array {
  if (message.type === "keepalive") return keepaliveBytes;
  if (outgoing.used > slabLength - longestShared) {
    outgoing.writer = new Writer(slabLength);
    outgoing.used = 0;
  }
  const { writer, used: start } = outgoing;
  writer.advanceTo(start);
  writer.reserve(headerLength);
  writer.advanceTo(start + headerLength);
  writeBody(writer, message, codec);
  const max = message.type === "open"
    ? Math.min(codec.maxMessageLength, plainMaxLength)
    : codec.maxMessageLength;
  const end = writer.length;
  const length = end - start;
  if (length > max) {
    throw new RangeError(`Cannot write a message of ${length} bytes: at most ${max}`);
  }
  const bytes = writer.reserve(0);
  writeHeader(bytes, start, length, messageTypes[message.type]);
  if (length > longestShared) return bytes.slice(start, end);
  outgoing.used = end;
  return bytes.subarray(start, end);
}

function readBody(bytes: Uint8Array, codec: CodecOptions): Decoded {
  switch (readU8(bytes, headerLength - 1)) {
    case messageTypes.open:
      return sound(readOpen(bytes.subarray(headerLength)));
    case messageTypes.update:
      return readUpdate(bytes.subarray(headerLength), codec);
    case messageTypes.notification:
      return sound({
        type: "notification",
        code: readU8(bytes, headerLength),
        subcode: readU8(bytes, headerLength + 1),
        data: shortLivedCopy(bytes, headerLength + 2, bytes.length),
      });
    case messageTypes.keepalive:
      return sound({ type: "keepalive" });
    default: // checkHeader has let nothing else through
      return sound(readRouteRefresh(bytes, bytes.subarray(headerLength)));
  }
}

/** RFC 7313 section 5: only its subtypes are judged by length; others may carry filters (RFC 5291). */
function readRouteRefresh(bytes: Uint8Array, body: Uint8Array): RouteRefresh {
  const subtype = readU8(body, 2);
  if ((subtype === 1 || subtype === 2) && body.length !== 4) {
    throw reset(
      { code: 7, subcode: 1, data: bytes.slice() },
      `a ROUTE-REFRESH of subtype ${subtype} has 4 bytes`,
    );
  }
  return { type: "route-refresh", afi: readU16(body, 0), safi: readU8(body, 3), subtype };
}

function sound(message: Message): Decoded {
  return { message, faults: [] };
}

function writeBody(writer: Writer, message: Message, codec: CodecOptions): void {
  switch (message.type) {
    case "open":
      return writeOpen(writer, message);
    case "update":
      return writeUpdate(writer, message, codec);
    case "notification":
      writer.u8(message.code);
      writer.u8(message.subcode);
      return writer.put(message.data);
    case "keepalive": // is nothing but its header
      return;
    case "route-refresh":
      writer.u16(message.afi);
      writer.u8(message.subtype);
      return writer.u8(message.safi);
  }
  return message satisfies never;
}
