/**
 * Prefixes as UPDATE carries them: RFC 4271 section 4.3 (length in bits, then as few bytes as hold
 * them), RFC 4760 section 5 for IPv6, RFC 7911 section 3 for the path identifier in front. This is
 * the hot path of whole tables: numbers, no closures, no allocation when writing.
 *
 * @module
 */

import type { Family, Prefix } from "../../net/mod.ts";
import { BadValue } from "./malformed.ts";
import type { Nlri } from "./message.ts";
import { putU32, readU32 } from "./bytes.ts";

/** How a field of prefixes is to be read. */
export interface NlriFormat {
  readonly family: Family;
  /** Each prefix has a path identifier of 4 bytes in front (RFC 7911). */
  readonly pathIds: boolean;
}

/** Reads the prefixes in `bytes` from `start` up to `end`; throws BadValue. Host bits are masked off. */
export function readNlri(
  bytes: Uint8Array,
  start: number,
  end: number,
  format: NlriFormat,
): Nlri[] {
  const { family, pathIds } = format;
  const maxBits = family === 4 ? 32 : 128;
  const found: Nlri[] = [];
  let at = start;
  while (at < end) {
    let pathId = 0;
    if (pathIds) {
      if (end - at < 5) throw new BadValue("a path identifier is cut off");
      pathId = readU32(bytes, at);
      at += 4;
    }
    const length = bytes[at++] ?? 0;
    if (length > maxBits) throw new BadValue(`prefix length ${length} is more than ${maxBits}`);
    const size = (length + 7) >>> 3;
    if (end - at < size) throw new BadValue(`a prefix of length ${length} is cut off`);
    const prefix = family === 4 ? readPrefix4(bytes, at, length) : readPrefix6(bytes, at, length);
    found.push(pathIds ? { prefix, pathId } : { prefix });
    at += size;
  }
  return found;
}

/** How many bytes `writeNlri` writes. */
export function nlriLength(prefix: Prefix, pathId: number | undefined): number {
  return (pathId === undefined ? 1 : 5) + ((prefix.length + 7) >>> 3);
}

/**
 * Writes a prefix, with a path identifier when one is given, at the offset, and gives the offset
 * after it. The target must have room: at most 5 bytes for IPv4, 17 for IPv6, 4 more with a path
 * identifier.
 */
export function writeNlri(
  target: Uint8Array,
  offset: number,
  prefix: Prefix,
  pathId: number | undefined,
): number {
  let at = offset;
  if (pathId !== undefined) {
    putU32(target, at, pathId);
    at += 4;
  }
  const { length, address } = prefix;
  target[at++] = length;
  const size = (length + 7) >>> 3;
  if (address.family === 4) {
    const value = address.value;
    for (let i = 0, shift = 24; i < size; i++, shift -= 8) target[at++] = value >>> shift;
    return at;
  }
  halves.setBigUint64(0, address.value >> 64n);
  if (size > 8) halves.setBigUint64(8, BigInt.asUintN(64, address.value));
  for (let i = 0; i < size; i++) target[at++] = bytes6[i] ?? 0;
  return at;
}

/** An IPv6 address on its way into bytes: two halves of 64 bits cost V8 the least. */
const bytes6 = new Uint8Array(16);
const halves = new DataView(bytes6.buffer);

function readPrefix4(bytes: Uint8Array, at: number, length: number): Prefix {
  let value = 0;
  if (length > 0) {
    value = (bytes[at] ?? 0) << 24;
    if (length > 8) value |= (bytes[at + 1] ?? 0) << 16;
    if (length > 16) value |= (bytes[at + 2] ?? 0) << 8;
    if (length > 24) value |= bytes[at + 3] ?? 0;
    value = (value & (-1 << (32 - length))) >>> 0;
  }
  return { address: { family: 4, value }, length };
}

function readPrefix6(bytes: Uint8Array, at: number, length: number): Prefix {
  let value = 0n;
  for (let bit = 0; bit < length; bit += 32) {
    value = (value << 32n) | BigInt(readWord6(bytes, at + (bit >>> 3), length - bit));
  }
  const words = (length + 31) >>> 5;
  return { address: { family: 6, value: value << BigInt(128 - 32 * words) }, length };
}

/** The next 32 bits of a prefix of which `bits` bits are left; those beyond are zero. */
function readWord6(bytes: Uint8Array, at: number, bits: number): number {
  if (bits >= 32) return readU32(bytes, at);
  let word = (bytes[at] ?? 0) << 24;
  if (bits > 8) word |= (bytes[at + 1] ?? 0) << 16;
  if (bits > 16) word |= (bytes[at + 2] ?? 0) << 8;
  if (bits > 24) word |= bytes[at + 3] ?? 0;
  return (word & (-1 << (32 - bits))) >>> 0;
}
