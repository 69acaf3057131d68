/**
 * Reads the golden wire cases beside this file: what a real speaker sent, in words, in bytes, and as
 * the value it means. `README.md` says how they were captured and how the files are laid out.
 *
 * @module
 */

import {
  type CodecOptions,
  extendedMaxLength,
  initialCodec,
  parseHex,
} from "../../../lib/bgp/wire/mod.ts";

/** One golden case. */
export interface WireCase {
  /** The file's name. */
  readonly name: string;
  /** Which speaker sent it, in which kind of session. */
  readonly from: string;
  /** Why writing the message gives other bytes than the speaker's; undefined when it does not. */
  readonly notCanonical: string | undefined;
  readonly codec: CodecOptions;
  readonly text: string;
  readonly bytes: Uint8Array;
  /** What `messageToJson` gives. */
  readonly meaning: unknown;
}

/** All cases, ordered by name. */
export function loadWireCases(): readonly WireCase[] {
  const folder = new URL(".", import.meta.url);
  return [...Deno.readDirSync(folder)]
    .map(({ name }) => name)
    .filter((name) => name.endsWith(".bgp"))
    .sort()
    .map((name) => readCase(name, Deno.readTextFileSync(new URL(name, folder))));
}

function readCase(name: string, content: string): WireCase {
  const [head = "", text = "", hex = "", json = ""] = content.split(/^--- (?:text|hex|json)\n/m);
  const bytes = parseHex(hex);
  if (!bytes.ok) throw new Error(`${name}: ${bytes.error}`);
  const field = (key: string): string | undefined =>
    new RegExp(`^${key}: (.*)$`, "m").exec(head)?.[1];
  const from = field("from");
  if (from === undefined) throw new Error(`${name}: it does not say where it is from`);
  const codec: CodecOptions = {
    ...initialCodec,
    maxMessageLength: extendedMaxLength,
    ...JSON.parse(field("codec") ?? "{}"),
  };
  return {
    name,
    from,
    notCanonical: field("not canonical"),
    codec: { ...codec, addPathSend: codec.addPathReceive },
    text: text.trimEnd(),
    bytes: bytes.value,
    meaning: JSON.parse(json),
  };
}
