/**
 * Whole messages, and the primitives that packing UPDATEs is made of.
 *
 * @module
 */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { ipv4, ipv6, parsePrefix, type Prefix } from "../../../lib/net/mod.ts";
import {
  type Attribute,
  type CodecOptions,
  decodeMessage,
  describeMessage,
  encodeAttributes,
  encodeMessage,
  initialCodec,
  type Message,
  messageToJson,
  nlriLength,
  notification,
  type Update,
  writeNlri,
} from "../../../lib/bgp/wire/mod.ts";

const codec: CodecOptions = { ...initialCodec, as4: true };
const empty: Update = { type: "update", withdrawn: [], attributes: [], nlri: [] };

const nlriCases: readonly (readonly [string, number | undefined, string])[] = [
  ["0.0.0.0/0", undefined, "00"],
  ["0.0.0.0/0", 5, "0000000500"],
  ["128.0.0.0/1", undefined, "0180"],
  ["10.0.0.0/8", undefined, "080a"],
  ["10.128.0.0/9", undefined, "090a80"],
  ["192.0.2.0/24", 4294967295, "ffffffff18c00002"],
  ["192.0.2.128/25", undefined, "19c0000280"],
  ["255.255.255.255/32", undefined, "20ffffffff"],
  ["::/0", undefined, "00"],
  ["2001:db8::/32", undefined, "2020010db8"],
  ["2001:db8:8000::/33", undefined, "2120010db880"],
  ["2001:db8:1:2:8008::/77", 1, "000000014d20010db8000100028008"],
  ["2001:db8::1/128", undefined, "8020010db8000000000000000000000001"],
];

Deno.test("a prefix takes as few bytes as hold it, with the path identifier in front", () => {
  for (const [text, pathId, hex] of nlriCases) {
    const prefix = wanted(text);
    const target = new Uint8Array(40).fill(0xaa);
    const end = writeNlri(target, 3, prefix, pathId);
    assertEquals(target.subarray(3, end).toHex(), hex, text);
    assertEquals(end - 3, nlriLength(prefix, pathId), text);
    assertEquals([target[2], target[end]], [0xaa, 0xaa], text);
    assertEquals(readBack(prefix, pathId), { prefix, ...(pathId === undefined ? {} : { pathId }) });
  }
});

Deno.test("every prefix length of both families is written and read", () => {
  for (let length = 0; length <= 128; length++) {
    const all6 = ipv6(((1n << BigInt(length)) - 1n) << BigInt(128 - length));
    assertEquals(readBack({ address: all6, length }, undefined).prefix.address, all6);
    if (length > 32) continue;
    const all4 = ipv4(2 ** 32 - 2 ** (32 - length));
    assertEquals(readBack({ address: all4, length }, undefined).prefix.address, all4);
  }
});

Deno.test("bits beyond the length of a prefix do not count", () => {
  const bytes = Uint8Array.fromHex("ff".repeat(16) + "001a02" + "0003" + "09ffff" + "0000");
  const decoded = decodeMessage(bytes, codec);
  assert(decoded.ok && decoded.value.message.type === "update");
  assertEquals(decoded.value.message.withdrawn, [{ prefix: wanted("255.128.0.0/9") }]);
});

Deno.test("encodeAttributes() orders by type code and leaves MP attributes out", () => {
  const bytes = encodeAttributes([
    { kind: "communities", values: [0xffffff01] },
    { kind: "mp-reach", family: 6, nextHops: [ipv6(1n)], nlri: [] },
    { kind: "med", value: 5 },
    { kind: "unknown", flags: 0xe0, code: 3, value: Uint8Array.of(1) },
    { kind: "mp-unreach", family: 6, withdrawn: [] },
    { kind: "origin", origin: "incomplete" },
  ], codec);
  assertEquals(bytes.toHex(), "40010102" + "e0030101" + "80040400000005" + "c00804ffffff01");
});

Deno.test("a value of 256 bytes gets the extended length, one of 252 does not", () => {
  const values = (count: number): Attribute => ({
    kind: "communities",
    values: Array<number>(count).fill(1),
  });
  assertEquals(encodeAttributes([values(63)], codec).subarray(0, 4).toHex(), "c008fc00");
  assertEquals(encodeAttributes([values(64)], codec).subarray(0, 5).toHex(), "d008010000");
  const unknown: Attribute = { kind: "unknown", flags: 0xc0, code: 99, value: new Uint8Array(256) };
  assertEquals(encodeAttributes([unknown], codec).subarray(0, 4).toHex(), "d0630100");
});

Deno.test("a message that is too long, or of the wrong family, or without path id, is a bug", () => {
  const nlri = Array.from({ length: 900 }, () => ({ prefix: wanted("192.0.2.1/32") }));
  assertThrows(() => encodeMessage({ ...empty, nlri }, codec), RangeError);
  encodeMessage({ ...empty, nlri }, { ...codec, maxMessageLength: 65535 });
  const v6 = [{ prefix: wanted("::/0") }];
  assertThrows(() => encodeMessage({ ...empty, nlri: v6 }, codec), RangeError);
  const addPath = { ...codec, addPathSend: [4] as const };
  assertThrows(() => encodeMessage({ ...empty, withdrawn: nlri.slice(0, 1) }, addPath), RangeError);
});

Deno.test("the length in the header must be that of the bytes", () => {
  const bytes = encodeMessage({ type: "keepalive" }, codec);
  for (const wrong of [bytes.subarray(0, 18), Uint8Array.of(...bytes, 0), new Uint8Array(0)]) {
    const decoded = decodeMessage(wrong, codec);
    assert(!decoded.ok);
    assertEquals(decoded.error.code, 1);
  }
});

Deno.test("ROUTE-REFRESH of RFC 7313 with filters behind it is refused, the plain one is not", () => {
  const refresh: Message = { type: "route-refresh", afi: 1, safi: 1, subtype: 1 };
  const bytes = Uint8Array.of(...encodeMessage(refresh, codec), 1, 2);
  bytes[17] = bytes.length;
  const decoded = decodeMessage(bytes, codec);
  assert(!decoded.ok);
  assertEquals(`${decoded.error.code}/${decoded.error.subcode}`, "7/1");
  assertEquals(decoded.error.data, bytes);
  bytes[21] = 0;
  const plain = decodeMessage(bytes, codec);
  assert(plain.ok);
  assertEquals(plain.value.message, { ...refresh, subtype: 0 });
});

Deno.test("kept bytes are copies: the reader's buffer may be used again", () => {
  const attribute: Attribute = { kind: "unknown", flags: 0xc0, code: 99, value: Uint8Array.of(1) };
  const bytes = encodeMessage({ ...empty, attributes: [attribute] }, codec);
  const decoded = decodeMessage(bytes, codec);
  bytes.fill(0);
  assert(decoded.ok);
  assertEquals(decoded.value.message, { ...empty, attributes: [attribute] });
});

Deno.test("an UPDATE in words names unknown attributes, families and all communities", () => {
  const message: Update = {
    ...empty,
    withdrawn: [{ prefix: wanted("10.0.0.0/8"), pathId: 3 }],
    attributes: [
      { kind: "unknown", flags: 0x80, code: 14, value: Uint8Array.of(0, 25, 70, 0, 0) },
      { kind: "unknown", flags: 0xe0, code: 99, value: new Uint8Array(0) },
      { kind: "communities", values: [0xffff029a, 0xffff0000, 0xfde90001] },
      { kind: "extended-communities", values: [0x0102_0a000001_0005n, 0x4304_000000000001n] },
      { kind: "atomic-aggregate" },
    ],
  };
  assertEquals(describeMessage(message), [
    "UPDATE",
    "  withdraw 10.0.0.0/8 path-id 3",
    "  MP_REACH_NLRI l2vpn-evpn (flags 0x80) 0x0019460000",
    "  attribute 99 (flags 0xe0) empty",
    "  COMMUNITIES blackhole graceful-shutdown 65001:1",
    "  EXTENDED_COMMUNITIES rt 10.0.0.1:5, 0x4304000000000001",
    "  ATOMIC_AGGREGATE set",
  ]);
  assertEquals(messageToJson(message), {
    type: "update",
    withdrawn: [{ prefix: "10.0.0.0/8", pathId: 3 }],
    attributes: [
      { kind: "unknown", flags: 0x80, code: 14, value: "0019460000" },
      { kind: "unknown", flags: 0xe0, code: 99, value: "" },
      { kind: "communities", values: ["blackhole", "graceful-shutdown", "65001:1"] },
      { kind: "extended-communities", values: ["rt 10.0.0.1:5", "0x4304000000000001"] },
      { kind: "atomic-aggregate" },
    ],
    nlri: [],
  });
});

function wanted(text: string): Prefix {
  const prefix = parsePrefix(text);
  if (prefix === undefined) throw new Error(`"${text}" is not a prefix`);
  return prefix;
}

/** A prefix through the bytes of an UPDATE. */
function readBack(prefix: Prefix, pathId: number | undefined): { prefix: Prefix; pathId?: number } {
  const families = pathId === undefined ? [] : [4, 6] as const;
  const both = { ...codec, addPathReceive: families, addPathSend: families };
  const nlri = pathId === undefined ? { prefix } : { prefix, pathId };
  const { family } = prefix.address;
  const message: Update = family === 4
    ? { ...empty, withdrawn: [nlri] }
    : { ...empty, attributes: [{ kind: "mp-unreach", family, withdrawn: [nlri] }] };
  const decoded = decodeMessage(encodeMessage(message, both), both);
  assert(decoded.ok && decoded.value.message.type === "update");
  const [first] = decoded.value.message.attributes;
  const found = first?.kind === "mp-unreach" ? first.withdrawn : decoded.value.message.withdrawn;
  assertEquals(found.length, 1);
  return found[0] ?? nlri;
}

Deno.test("bytes of a message stay what they are while others are written", () => {
  const said = (length: number): Message => notification(6, 2, new Uint8Array(length).fill(length));
  const long = { ...initialCodec, maxMessageLength: 65535 };
  const lengths = Array.from({ length: 400 }, (_, i) => i % 50 === 49 ? 40_000 : i % 200);
  const written = lengths.map((length, index) => {
    if (index % 60 === 0) assertThrows(() => encodeMessage(said(5000), initialCodec), RangeError);
    return encodeMessage(said(length), long);
  });
  for (const [index, bytes] of written.entries()) {
    const decoded = decodeMessage(bytes, long);
    assertEquals(decoded, { ok: true, value: { message: said(lengths[index] ?? 0), faults: [] } });
  }
});
