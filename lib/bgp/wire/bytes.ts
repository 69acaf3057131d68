/**
 * Big-endian numbers in byte arrays: reading at an offset, and a buffer that grows while it is
 * written. RFC 4271 section 4: all fields are in network byte order.
 *
 * @module
 */

import type { Address } from "../../net/mod.ts";

/** The byte at the offset; 0 beyond the end, which callers have checked. */
export function readU8(bytes: Uint8Array, offset: number): number {
  return bytes[offset] ?? 0;
}

/** The unsigned 16-bit number at the offset. */
export function readU16(bytes: Uint8Array, offset: number): number {
  return ((bytes[offset] ?? 0) << 8) | (bytes[offset + 1] ?? 0);
}

/** The unsigned 32-bit number at the offset. */
export function readU32(bytes: Uint8Array, offset: number): number {
  return (((bytes[offset] ?? 0) << 24) | ((bytes[offset + 1] ?? 0) << 16) |
    ((bytes[offset + 2] ?? 0) << 8) | (bytes[offset + 3] ?? 0)) >>> 0;
}

/** Writes an unsigned 16-bit number at the offset. */
export function putU16(target: Uint8Array, offset: number, value: number): void {
  target[offset] = value >>> 8;
  target[offset + 1] = value;
}

/** Writes an unsigned 32-bit number at the offset. */
export function putU32(target: Uint8Array, offset: number, value: number): void {
  target[offset] = value >>> 24;
  target[offset + 1] = value >>> 16;
  target[offset + 2] = value >>> 8;
  target[offset + 3] = value;
}

/** So many bytes are copied sooner one by one than by a call into the engine. */
const fewBytes = 64;

/** Small copies are cut from one buffer after the other: making a buffer for each takes a microsecond. */
export const slabLength = 8192;

/** Longer ones have a buffer of their own. */
export const longestShared = slabLength / 8;

let slab = new Uint8Array(slabLength);
let slabUsed = 0;

/**
 * A copy of bytes that are soon gone again, the data of a NOTIFICATION for example: as long as one is kept,
 * so are its 8 KiB of neighbours. Nobody else has the bytes themselves.
 */
export function shortLivedCopy(bytes: Uint8Array, start: number, end: number): Uint8Array {
  const length = end - start;
  if (length > longestShared) return bytes.slice(start, end);
  if (slabUsed + length > slabLength) {
    slab = new Uint8Array(slabLength);
    slabUsed = 0;
  }
  const copy = slab.subarray(slabUsed, slabUsed + length);
  slabUsed += length;
  if (length > fewBytes) copy.set(bytes.subarray(start, end));
  else for (let i = 0; i < length; i++) copy[i] = bytes[start + i] ?? 0;
  return copy;
}

/** A byte array that grows while it is written; numbers out of range are bugs and throw. */
export class Writer {
  #bytes: Uint8Array;
  #length = 0;

  /** `capacity` is how many bytes fit before it must grow. */
  constructor(capacity = 256) {
    this.#bytes = new Uint8Array(Math.max(16, capacity));
  }

  /** How many bytes were written. */
  get length(): number {
    return this.#length;
  }

  /** Makes room for `count` bytes and gives the buffer, for code that writes at offsets itself. */
  reserve(count: number): Uint8Array {
    const needed = this.#length + count;
    if (needed > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
      grown.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = grown;
    }
    return this.#bytes;
  }

  /** Says up to which offset the buffer that `reserve` gave has been written. */
  advanceTo(offset: number): void {
    this.#length = offset;
  }

  /** Appends a byte. */
  u8(value: number): void {
    checked(value, 0xff);
    this.reserve(1)[this.#length++] = value;
  }

  /** Appends an unsigned 16-bit number. */
  u16(value: number): void {
    checked(value, 0xffff);
    putU16(this.reserve(2), this.#length, value);
    this.#length += 2;
  }

  /** Appends an unsigned 32-bit number. */
  u32(value: number): void {
    checked(value, 0xffffffff);
    putU32(this.reserve(4), this.#length, value);
    this.#length += 4;
  }

  /** Appends an unsigned 64-bit number. */
  u64(value: bigint): void {
    this.u32(Number(value >> 32n));
    this.u32(Number(value & 0xffffffffn));
  }

  /** Appends bytes. */
  put(bytes: Uint8Array): void {
    const target = this.reserve(bytes.length);
    const start = this.#length;
    if (bytes.length > fewBytes) target.set(bytes, start);
    else for (let i = 0; i < bytes.length; i++) target[start + i] = bytes[i] ?? 0;
    this.#length += bytes.length;
  }

  /** Appends an address of 4 or 16 bytes. */
  address(address: Address): void {
    if (address.family === 4) return this.u32(address.value);
    this.u64(address.value >> 64n);
    this.u64(address.value & 0xffffffffffffffffn);
  }

  /** Overwrites the 16-bit number at the offset, for lengths known afterwards. */
  patchU16(offset: number, value: number): void {
    checked(value, 0xffff);
    putU16(this.#bytes, offset, value);
  }

  /** A copy of what was written. */
  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }
}

function checked(value: number, max: number): void {
  if (!Number.isInteger(value) || value < 0 || value > max) {
    throw new RangeError(`Cannot write ${value}: not in 0..${max}`);
  }
}
