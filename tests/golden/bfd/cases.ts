/**
 * Reads the golden BFD packets of `packets.txt` beside this file.
 *
 * @module
 */

import type { ControlPacket } from "../../../lib/bfd/wire/mod.ts";

/** One golden packet. */
export interface PacketCase {
  readonly name: string;
  /** Who sent it, and when. */
  readonly from: string;
  readonly bytes: Uint8Array;
  /** The fields, or why it is discarded. */
  readonly meaning: { readonly packet: ControlPacket } | { readonly refused: string };
}

/** All cases, in the order of the file. */
export function loadPacketCases(): readonly PacketCase[] {
  const text = Deno.readTextFileSync(new URL("packets.txt", import.meta.url));
  return text.split("\n\n").slice(1).map((block) => {
    const field = (key: string): string | undefined =>
      new RegExp(`^${key}: (.*)$`, "m").exec(block)?.[1];
    const [name, from, hex, json, refused] = ["name", "from", "hex", "json", "refused"].map(field);
    if (name === undefined || from === undefined || hex === undefined) {
      throw new Error(`packets.txt: not a case: ${block}`);
    }
    if (json === undefined && refused === undefined) throw new Error(`${name}: without a meaning`);
    const meaning = refused === undefined ? { packet: JSON.parse(json ?? "") } : { refused };
    return { name, from, bytes: Uint8Array.fromHex(hex), meaning };
  });
}
