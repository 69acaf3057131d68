/**
 * The header of a message: RFC 4271 sections 4.1 and 6.1, RFC 8654 for longer messages.
 *
 * @module
 */

import type { ProtocolError } from "./message.ts";
import { fault } from "./malformed.ts";
import { putU16, readU16, readU8 } from "./bytes.ts";

/** Bytes of the header. */
export const headerLength = 19;

/** The longest message without RFC 8654; OPEN and KEEPALIVE are never longer. */
export const plainMaxLength = 4096;

/** The longest message with RFC 8654. */
export const extendedMaxLength = 65535;

/** The type field of each kind of message. */
export const messageTypes = {
  open: 1,
  update: 2,
  notification: 3,
  keepalive: 4,
  "route-refresh": 5,
} as const;

/** The shortest length of a message of each type (RFC 4271 section 6.1, RFC 2918 section 3). */
const minLengths = [0, 29, 23, 21, 19, 23] as const;

/** Writes a header: marker, length of the whole message, type. */
export function writeHeader(
  target: Uint8Array,
  offset: number,
  length: number,
  type: number,
): void {
  // Sooner one by one than by a call of fill().
  for (let i = offset; i < offset + 16; i++) target[i] = 0xff;
  putU16(target, offset + 16, length);
  target[offset + 18] = type;
}

/** The length that the header at the offset claims for its message. */
export function claimedLength(bytes: Uint8Array, offset: number): number {
  return readU16(bytes, offset + 16);
}

/** What is wrong with the header at the offset; undefined when nothing is. */
export function checkHeader(
  bytes: Uint8Array,
  offset: number,
  maxLength: number,
): ProtocolError | undefined {
  for (let i = offset; i < offset + 16; i++) {
    if (bytes[i] !== 0xff) {
      return fault(
        { severity: "session-reset", code: 1, subcode: 1 },
        "the marker is not all ones: the streams are out of step",
      );
    }
  }
  const length = claimedLength(bytes, offset);
  const type = readU8(bytes, offset + 18);
  const isPlain = type === messageTypes.open || type === messageTypes.keepalive;
  const max = isPlain ? Math.min(maxLength, plainMaxLength) : maxLength;
  const min = minLengths[type] ?? headerLength;
  if (
    length < Math.max(min, headerLength) || length > max ||
    (type === messageTypes.keepalive && length !== headerLength)
  ) {
    const data = bytes.slice(offset + 16, offset + 18);
    const text = `a message of type ${type} cannot have ${length} bytes`;
    return fault({ severity: "session-reset", code: 1, subcode: 2, data }, text);
  }
  if (type < 1 || type > 5) {
    const data = Uint8Array.of(type);
    return fault(
      { severity: "session-reset", code: 1, subcode: 3, data },
      `message type ${type} is unknown`,
    );
  }
  return undefined;
}
