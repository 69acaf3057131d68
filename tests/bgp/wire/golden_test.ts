/**
 * What BIRD, GoBGP and FRR really sent, read and written back.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import {
  decodeMessage,
  describeMessage,
  encodeMessage,
  Framer,
  type Message,
  messageToJson,
} from "../../../lib/bgp/wire/mod.ts";
import { loadWireCases, type WireCase } from "../../golden/wire/cases.ts";

const cases = loadWireCases();

Deno.test("the golden cases are found, of every speaker and every message type", () => {
  assert(cases.length >= 86, `${cases.length} cases`);
  for (const speaker of ["BIRD", "GoBGP", "FRR"]) {
    const count = cases.filter(({ from }) => from.startsWith(speaker)).length;
    assert(count >= 12, `${speaker}: ${count} cases`);
  }
  const types = new Set(cases.map((it) => decoded(it).type));
  assertEquals([...types].sort(), [
    "keepalive",
    "notification",
    "open",
    "route-refresh",
    "update",
  ]);
  assert(cases.filter(({ notCanonical }) => notCanonical === undefined).length >= 40);
});

for (const it of cases) {
  Deno.test(`golden ${it.name}: bytes mean the text and the value, and are written again`, () => {
    const message = decoded(it);
    assertEquals(describeMessage(message).join("\n"), it.text);
    assertEquals(JSON.parse(JSON.stringify(messageToJson(message))), it.meaning);
    const written = encodeMessage(message, it.codec);
    assertEquals(written.toHex() === it.bytes.toHex(), it.notCanonical === undefined);
    const again = decodeMessage(written, it.codec);
    assert(again.ok);
    assertEquals(again.value, { message, faults: [] });
  });
}

Deno.test("the golden cases in a row, in pieces of any size, are framed as they are", () => {
  const stream = new Uint8Array(cases.reduce((sum, { bytes }) => sum + bytes.length, 0));
  let end = 0;
  for (const { bytes } of cases) {
    stream.set(bytes, end);
    end += bytes.length;
  }
  for (const size of [1, 7, 19, 100, stream.length]) {
    const framer = new Framer();
    const found: string[] = [];
    for (let at = 0; at < stream.length; at += size) {
      framer.push(stream.subarray(at, at + size));
      for (let next = framer.next(); next.ok && next.value; next = framer.next()) {
        found.push(next.value.toHex());
      }
    }
    assertEquals(found, cases.map(({ bytes }) => bytes.toHex()));
  }
});

function decoded({ name, bytes, codec }: WireCase): Message {
  const result = decodeMessage(bytes, codec);
  if (!result.ok) throw new Error(`${name}: ${result.error.message}`);
  assertEquals(result.value.faults, [], name);
  return result.value.message;
}
