/**
 * AS numbers of four octets towards and from speakers that have two (RFC 6793).
 *
 * @module
 */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { ipv4 } from "../../../lib/net/mod.ts";
import {
  type AsSegment,
  asTrans,
  type Attribute,
  decodeMessage,
  encodeAttributes,
  encodeMessage,
  formatAsPath,
  initialCodec,
  pathLength,
  type Update,
} from "../../../lib/bgp/wire/mod.ts";

const old = { ...initialCodec, as4: false, internal: true };
const big = 4200000000;

const merges: readonly (readonly [what: string, path: string, as4Path: string, merged: string])[] =
  [
    ["of the same length replaces", `1 ${asTrans} 2`, `1 ${big} 2`, `1 ${big} 2`],
    ["shorter is completed by the head", `7 8 ${asTrans} 2`, `${big} 2`, `7 8 ${big} 2`],
    ["longer is ignored", `${asTrans}`, `${big} 2`, `${asTrans}`],
    ["behind a set that counts one", `{5,6} ${asTrans}`, `${big}`, `{5,6} ${big}`],
    ["with a set in it", `9 {5,6}`, `{5,${big}}`, `9 {5,${big}}`],
    ["behind a leading confederation", `(3 4) ${asTrans}`, `${big}`, `(3 4) ${big}`],
    ["behind a confederation next to the head", `7 (3) ${asTrans}`, `${big}`, `7 (3) ${big}`],
  ];

for (const [what, path, as4Path, merged] of merges) {
  Deno.test(`AS4_PATH ${what}`, () => {
    const decoded = roundTrip([
      { kind: "as-path", segments: segments(path) },
      { kind: "as4-path", segments: segments(as4Path) },
    ]);
    assertEquals(decoded.map((it) => it.kind), ["origin", "as-path", "local-pref"]);
    const [, found] = decoded;
    assert(found?.kind === "as-path");
    assertEquals(formatAsPath(found.segments), merged);
  });
}

Deno.test("a sequence that was cut is one sequence again", () => {
  const [, found] = roundTrip([
    { kind: "as-path", segments: segments(`7 8 ${asTrans}`) },
    { kind: "as4-path", segments: segments(`${big}`) },
  ]);
  assert(found?.kind === "as-path");
  assertEquals(found.segments, [{ kind: "sequence", as: [7, 8, big] }]);
});

Deno.test("an aggregator that knows no 4-octet numbers makes both companions stale", () => {
  const address = ipv4(1);
  const decoded = roundTrip([
    { kind: "as-path", segments: segments(`${asTrans}`) },
    { kind: "aggregator", as: 65001, address },
    { kind: "as4-path", segments: segments(`${big}`) },
    { kind: "as4-aggregator", as: big, address: ipv4(2) },
  ]);
  assertEquals(decoded[1], { kind: "as-path", segments: segments(`${asTrans}`) });
  assertEquals(decoded[2], { kind: "aggregator", as: 65001, address });
});

Deno.test("AGGREGATOR and AS4_AGGREGATOR become one", () => {
  const decoded = roundTrip([
    { kind: "as-path", segments: [] },
    { kind: "aggregator", as: asTrans, address: ipv4(1) },
    { kind: "as4-aggregator", as: big, address: ipv4(2) },
  ]);
  assertEquals(decoded[2], { kind: "aggregator", as: big, address: ipv4(2) });
});

Deno.test("small AS numbers need no companion", () => {
  const bytes = encodeAttributes([{ kind: "as-path", segments: segments("1 65535") }], old);
  assertEquals(bytes.toHex(), "400206" + "02020001ffff");
});

Deno.test("companions are written in the order of their codes, before larger ones", () => {
  const bytes = encodeAttributes([
    { kind: "large-communities", values: [[1, 2, 3]] },
    { kind: "aggregator", as: 65536, address: ipv4(1) },
    { kind: "as-path", segments: segments("65536") },
  ], old);
  assertEquals(
    bytes.toHex(),
    "400204" + "02015ba0" + "c00706" + "5ba000000001" + "c01106" + "020100010000" +
      "c01208" + "0001000000000001" + "c0200c" + "000000010000000200000003",
  );
});

Deno.test("a segment that is empty or too long is a bug", () => {
  for (const as of [[], Array<number>(256).fill(1)]) {
    const attribute: Attribute = { kind: "as-path", segments: [{ kind: "sequence", as }] };
    assertThrows(() => encodeAttributes([attribute], old), RangeError);
  }
});

Deno.test("the length of a path counts a set once and confederations not at all", () => {
  assertEquals(pathLength(segments("1 2 {3,4,5} (6 7) 8")), 4);
});

/** Through bytes as an old speaker would send them, companions included. */
function roundTrip(attributes: readonly Attribute[]): readonly Attribute[] {
  const parts = attributes.map((it) =>
    it.kind === "as4-path" || it.kind === "as4-aggregator"
      // Of themselves they are never written towards an old speaker, so they are written as if not.
      ? encodeAttributes([it], { ...old, as4: true })
      : encodeAttributes([it], old)
  );
  const empty: Update = { type: "update", withdrawn: [], attributes: [], nlri: [] };
  const frame = encodeMessage(empty, old);
  const head = encodeAttributes([{ kind: "origin", origin: "igp" }], old);
  const tail = encodeAttributes([{ kind: "local-pref", value: 1 }], old);
  const list = [head, ...parts, tail].flatMap((part) => [...part]);
  const bytes = Uint8Array.of(...frame, ...list);
  bytes[17] = bytes.length;
  bytes[22] = list.length;
  const decoded = decodeMessage(bytes, old);
  assert(decoded.ok && decoded.value.message.type === "update");
  assertEquals(decoded.value.faults, []);
  return decoded.value.message.attributes;
}

/** Reads what formatAsPath writes. */
function segments(text: string): readonly AsSegment[] {
  const parts = text.match(/\{[^}]*\}|\([^)]*\)|[0-9]+(?: [0-9]+)*/g) ?? [];
  return parts.map((part) => ({
    kind: part.startsWith("{") ? "set" : part.startsWith("(") ? "confed-sequence" : "sequence",
    as: (part.match(/[0-9]+/g) ?? []).map(Number),
  }));
}
