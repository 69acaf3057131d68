/**
 * A short name for a text.
 *
 * @module
 */

/** FNV-1a, 32 bits, as hex: tells texts apart, protects nothing. */
export function hash(text: string): string {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    value = Math.imul(value ^ text.charCodeAt(i), 0x01000193) >>> 0;
  }
  return value.toString(16).padStart(8, "0");
}
