/**
 * OPEN: optional parameters of both lengths, what is refused, what is kept.
 *
 * @module
 */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { ipv4 } from "../../../lib/net/mod.ts";
import {
  type Capability,
  decodeMessage,
  encodeMessage,
  headerLength,
  initialCodec,
  messageTypes,
  type Open,
  writeHeader,
} from "../../../lib/bgp/wire/mod.ts";

const plain: Open = {
  type: "open",
  version: 4,
  as: 65001,
  holdTime: 90,
  bgpId: ipv4(0x0a000001),
  capabilities: [],
};

Deno.test("an OPEN without optional parameters is read and written", () => {
  const bytes = encodeMessage(plain, initialCodec);
  assertEquals(bytes.toHex(), "ff".repeat(16) + "001d01" + "04fde9005a0a00000100");
  assertEquals(decode(bytes), plain);
});

Deno.test("an OPEN of exactly 255 bytes of parameters is written the short way", () => {
  const capabilities = [unknown(200, 251)];
  const bytes = encodeMessage({ ...plain, capabilities }, initialCodec);
  assertEquals(bytes.subarray(28, 31).toHex(), "ff02fd");
  assertEquals(decode(bytes), { ...plain, capabilities });
});

Deno.test("longer parameters are written as RFC 9072 says, and read", () => {
  const capabilities = [unknown(200, 252), unknown(201, 255), unknown(202, 255)];
  const bytes = encodeMessage({ ...plain, capabilities }, initialCodec);
  assertEquals(bytes.subarray(28, 35).toHex(), "ffff0303020300");
  assertEquals(decode(bytes), { ...plain, capabilities });
});

Deno.test("the extended form is read whatever the length field of the plain form says", () => {
  for (const length of ["ff", "01", "42"]) {
    assertEquals(decode(open(`${length} ff 0005 02 0002 0200`)).capabilities, [
      { kind: "route-refresh" },
    ]);
  }
});

Deno.test("capabilities of several parameters are gathered in order, repeated ones once", () => {
  const read = decode(open("12 02 02 0200 02 06 4104 0000fde9 02 04 0200 4600"));
  assertEquals(read.capabilities, [
    { kind: "route-refresh" },
    { kind: "as4", as: 65001 },
    { kind: "unknown", code: 70, value: new Uint8Array(0) },
  ]);
});

Deno.test("ADD-PATH with an unknown direction is kept as unknown (RFC 7911 section 4)", () => {
  const read = decode(open("08 02 06 4504 00010107"));
  assertEquals(read.capabilities, [
    { kind: "unknown", code: 69, value: Uint8Array.of(0, 1, 1, 7) },
  ]);
});

const refused: readonly (readonly [what: string, body: string, error: string, data: string])[] = [
  ["version 3", "03 fde9 005a 0a000001 00", "2/1", "0004"],
  ["version 5 of another shape", "05 fde9 005a 0a000001 ff", "2/1", "0004"],
  ["AS 0", "04 0000 005a 0a000001 00", "2/2", ""],
  ["AS 0 of four octets", "04 fde9 005a 0a000001 08 02 06 4104 00000000", "2/2", ""],
  ["identifier 0.0.0.0", "04 fde9 005a 00000000 00", "2/3", ""],
  ["hold time 1", "04 fde9 0001 0a000001 00", "2/6", ""],
  ["hold time 2", "04 fde9 0002 0a000001 00", "2/6", ""],
  ["an authentication parameter", "04 fde9 005a 0a000001 03 01 01 00", "2/4", ""],
  ["parameter 3", "04 fde9 005a 0a000001 02 03 00", "2/4", ""],
  ["parameters shorter than said", "04 fde9 005a 0a000001 05 02 02 0200", "2/0", ""],
  ["parameters longer than said", "04 fde9 005a 0a000001 03 02 02 0200", "2/0", ""],
  ["a parameter cut off", "04 fde9 005a 0a000001 01 02", "2/0", ""],
  ["a parameter's value cut off", "04 fde9 005a 0a000001 04 02 04 0200", "2/0", ""],
  ["a capability cut off", "04 fde9 005a 0a000001 04 02 02 4104", "2/0", ""],
  ["a capability without length", "04 fde9 005a 0a000001 03 02 01 41", "2/0", ""],
  ["an as4 capability of two bytes", "04 fde9 005a 0a000001 06 02 04 4102 fde9", "2/0", ""],
  [
    "a multiprotocol capability of three bytes",
    "04 fde9 005a 0a000001 07 02 05 0103 000100",
    "2/0",
    "",
  ],
  ["an extended length cut off", "04 fde9 005a 0a000001 ff ff 00", "2/0", ""],
];

for (const [what, body, error, data] of refused) {
  Deno.test(`an OPEN with ${what} is refused with ${error}`, () => {
    const decoded = decodeMessage(whole(body), initialCodec);
    assert(!decoded.ok);
    assertEquals(decoded.error.severity, "session-reset");
    assertEquals(`${decoded.error.code}/${decoded.error.subcode}`, error);
    assertEquals(decoded.error.data.toHex(), data);
  });
}

Deno.test("hold time 0 and 3 are accepted", () => {
  for (const holdTime of [0, 3, 65535]) {
    assertEquals(decode(encodeMessage({ ...plain, holdTime }, initialCodec)).holdTime, holdTime);
  }
});

Deno.test("an OPEN that cannot be written is a bug", () => {
  assertThrows(() => encodeMessage({ ...plain, as: 65536 }, initialCodec), RangeError);
  const capabilities = Array.from({ length: 20 }, (_, i) => unknown(i + 200, 255));
  assertThrows(() => encodeMessage({ ...plain, capabilities }, initialCodec), RangeError);
  const long = [unknown(200, 256)];
  assertThrows(() => encodeMessage({ ...plain, capabilities: long }, initialCodec), RangeError);
});

function unknown(code: number, length: number): Capability {
  return { kind: "unknown", code, value: new Uint8Array(length).fill(7) };
}

function open(parameters: string): Uint8Array {
  return whole(`04 fde9 005a 0a000001 ${parameters}`);
}

function whole(body: string): Uint8Array {
  const content = Uint8Array.fromHex(body.replaceAll(" ", ""));
  const bytes = new Uint8Array(headerLength + content.length);
  writeHeader(bytes, 0, bytes.length, messageTypes.open);
  bytes.set(content, headerLength);
  return bytes;
}

function decode(bytes: Uint8Array): Open {
  const decoded = decodeMessage(bytes, initialCodec);
  if (!decoded.ok) throw new Error(decoded.error.message);
  assert(decoded.value.message.type === "open");
  return decoded.value.message;
}
