/**
 * FNV-1a, 32 bits: the same number for the same bytes on every system. Tells them apart, protects nothing.
 *
 * @module
 */

/** Where FNV-1a starts. */
const offsetBasis = 0x811c9dc5;

/** The hash of the bytes, 0 to 2^32 - 1; of several pieces by going on `from` that of those before. */
export function fnv1a(bytes: Uint8Array, from = offsetBasis): number {
  let hash = from;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}
