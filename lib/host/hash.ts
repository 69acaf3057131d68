/**
 * A short name for a text.
 *
 * @module
 */

import { fnv1a } from "../net/mod.ts";

/** FNV-1a of its UTF-8, as hex. */
export function hash(text: string): string {
  return fnv1a(new TextEncoder().encode(text)).toString(16).padStart(8, "0");
}
