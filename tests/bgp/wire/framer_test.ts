/**
 * Cutting a stream into messages, and what is refused by its header alone.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import {
  decodeMessage,
  encodeMessage,
  extendedMaxLength,
  Framer,
  initialCodec,
  notification,
  writeHeader,
} from "../../../lib/bgp/wire/mod.ts";

const keepalive = encodeMessage({ type: "keepalive" }, initialCodec);

Deno.test("a message is given once its last byte is there", () => {
  const framer = new Framer();
  for (const byte of keepalive.subarray(0, 18)) {
    framer.push(Uint8Array.of(byte));
    assertEquals(framer.next(), { ok: true, value: undefined });
  }
  framer.push(keepalive.subarray(18));
  const next = framer.next();
  assert(next.ok);
  assertEquals(next.value?.toHex(), keepalive.toHex());
  assertEquals(framer.next(), { ok: true, value: undefined });
  assertEquals(framer.pending, 0);
});

Deno.test("many messages of one large chunk are given one by one", () => {
  const framer = new Framer();
  const chunk = new Uint8Array(19 * 10_000 + 5);
  for (let i = 0; i < 10_001; i++) chunk.set(keepalive.subarray(0, chunk.length - 19 * i), 19 * i);
  framer.push(chunk);
  let count = 0;
  for (let next = framer.next(); next.ok && next.value; next = framer.next()) count++;
  assertEquals(count, 10_000);
  assertEquals(framer.pending, 5);
});

const headers: readonly (readonly [string, number, number, string, string])[] = [
  // what, length, type, error, data
  ["length 18", 18, 4, "1/2", "0012"],
  ["length 0", 0, 2, "1/2", "0000"],
  ["an OPEN of 28 bytes", 28, 1, "1/2", "001c"],
  ["an OPEN of 4097 bytes", 4097, 1, "1/2", "1001"],
  ["an UPDATE of 22 bytes", 22, 2, "1/2", "0016"],
  ["an UPDATE of 4097 bytes", 4097, 2, "1/2", "1001"],
  ["a NOTIFICATION of 20 bytes", 20, 3, "1/2", "0014"],
  ["a KEEPALIVE of 20 bytes", 20, 4, "1/2", "0014"],
  ["a ROUTE-REFRESH of 22 bytes", 22, 5, "1/2", "0016"],
  ["type 0", 19, 0, "1/3", "00"],
  ["type 6", 19, 6, "1/3", "06"],
  ["type 255", 4096, 255, "1/3", "ff"],
  ["type 255 and a length too large", 4097, 255, "1/2", "1001"],
];

for (const [what, length, type, error, data] of headers) {
  Deno.test(`${what} is refused with ${error} by the header alone`, () => {
    const framer = new Framer();
    const header = new Uint8Array(19);
    writeHeader(header, 0, length, type);
    framer.push(header);
    const next = framer.next();
    assert(!next.ok);
    assertEquals(`${next.error.code}/${next.error.subcode}`, error);
    assertEquals(next.error.data.toHex(), data);
    const decoded = decodeMessage(header, initialCodec);
    assert(!decoded.ok);
    assertEquals(decoded.error, next.error);
  });
}

Deno.test("a marker that is not all ones is refused with 1/1, wherever the other bit is", () => {
  for (let at = 0; at < 16; at++) {
    const bytes = keepalive.slice();
    bytes[at] = 0xfe;
    const framer = new Framer();
    framer.push(bytes);
    const next = framer.next();
    assert(!next.ok);
    assertEquals(`${next.error.code}/${next.error.subcode}`, "1/1");
  }
});

Deno.test("after an error nothing more is read and nothing is kept", () => {
  const framer = new Framer();
  framer.push(new Uint8Array(19));
  const first = framer.next();
  assert(!first.ok);
  framer.push(keepalive);
  assertEquals(framer.next(), first);
  assertEquals(framer.pending, 0);
});

Deno.test("longer messages are accepted once that was agreed on, except OPEN and KEEPALIVE", () => {
  const framer = new Framer();
  framer.maxLength = extendedMaxLength;
  const long = encodeMessage(notification(6, 2, new Uint8Array(60_000)), {
    ...initialCodec,
    maxMessageLength: extendedMaxLength,
  });
  framer.push(long);
  const next = framer.next();
  assert(next.ok);
  assertEquals(next.value?.length, 60_021);
  const open = new Uint8Array(19);
  writeHeader(open, 0, 4097, 1);
  framer.push(open);
  assert(!framer.next().ok);
});

Deno.test("no header makes the framer keep more than one message and one chunk", () => {
  const framer = new Framer();
  const update = new Uint8Array(4096);
  writeHeader(update, 0, 4096, 2);
  const chunk = new Uint8Array(3000);
  let most = 0;
  for (let sent = 0; sent < 100 * 4096; sent += chunk.length) {
    for (let i = 0; i < chunk.length; i++) chunk[i] = update[(sent + i) % 4096] ?? 0;
    framer.push(chunk);
    most = Math.max(most, framer.pending);
    for (let next = framer.next(); next.ok && next.value; next = framer.next());
  }
  assert(most < 4096 + chunk.length, `${most} bytes pending`);
});
