/**
 * Laws of the codec, driven by its tables: what is written is read as the same, what is read is
 * written as the same bytes, and no bytes whatever make a decoder throw.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  type Attribute,
  type AttributeKind,
  attributeTable,
  capabilityTable,
  type CodecOptions,
  decodeMessage,
  describeMessage,
  encodeMessage,
  headerLength,
  initialCodec,
  type Message,
  messageToJson,
  writeHeader,
  Writer,
} from "../../lib/bgp/wire/mod.ts";
import { ipv4 } from "../../lib/net/mod.ts";
import {
  attributeArbitraries,
  capabilityArbitraries,
  capabilityLists,
  codecs,
  record,
  updateFor,
} from "./wire_arbitraries.ts";

/** From an external peer they are discarded. */
const onlyInternal: ReadonlySet<string> = new Set(["local-pref", "originator-id", "cluster-list"]);

Deno.test("the tables have their rows, each code and kind once", () => {
  assert(attributeTable.length >= 16, `${attributeTable.length} attributes`);
  assert(capabilityTable.length >= 6, `${capabilityTable.length} capabilities`);
  for (const table of [attributeTable, capabilityTable]) {
    assertEquals(new Set(table.map(({ code }) => code)).size, table.length);
    assertEquals(new Set(table.map(({ kind }) => kind)).size, table.length);
  }
});

for (const row of attributeTable) {
  Deno.test(`${row.name}: what is written is read as the same, and has words`, () => {
    const any = codecs.chain((codec) =>
      fc.tuple(fc.constant(codec), attributeArbitraries[row.kind](codec) as fc.Arbitrary<Attribute>)
    );
    fc.assert(fc.property(any, ([codec, attribute]) => {
      assert(attribute.kind === row.kind);
      const reader = onlyInternal.has(row.kind) ? { ...codec, internal: true } : codec;
      const writer = new Writer();
      row.encode(writer, attribute, codec);
      const read = row.decode(writer.finish(), reader);
      assertEquals(read, towards(codec, attribute));
      assert(/^[^\n]+$/.test(row.describe(attribute)));
    }));
  });

  Deno.test(`${row.name}: any value is read, and written as the same bytes, or refused`, () => {
    let good = 0;
    fc.assert(
      fc.property(codecs, valuesLikeThoseOf(row.kind), (codec, value) => {
        const reader = { ...codec, internal: true };
        const read = readValue(() => row.decode(value, reader));
        if (read === undefined) return;
        good++;
        const writer = new Writer();
        row.encode(writer, read, codec);
        const written = writer.finish();
        assertEquals(row.decode(written, reader), read);
        // Bits beyond a prefix's length and the reserved byte of MP_REACH_NLRI are not kept.
        if (row.kind.startsWith("mp-")) assertEquals(written.length, value.length);
        else assertEquals(written.toHex(), value.toHex());
      }),
      { numRuns: 500 },
    );
    assert(good >= 10, `only ${good} of 500 values were good`);
  });
}

Deno.test("an UPDATE is read as it was written, on every kind of session", () => {
  const any = codecs.chain((codec) => fc.tuple(fc.constant(codec), updateFor(codec)));
  fc.assert(fc.property(any, ([codec, update]) => {
    const bytes = encodeMessage(update, codec);
    assertReads(bytes, update, codec);
    assertEquals(encodeMessage(update, codec), bytes);
  }));
});

for (const row of capabilityTable) {
  Deno.test(`capability ${row.kind}: what is written is read as the same, and has words`, () => {
    fc.assert(fc.property<[unknown]>(capabilityArbitraries[row.kind], (value) => {
      const capability = value as Parameters<typeof row.encode>[1];
      const writer = new Writer();
      row.encode(writer, capability);
      // Bytes on both sides of it are not its own.
      const bytes = Uint8Array.of(7, ...writer.finish(), 7);
      assertEquals(row.decode(bytes, 1, bytes.length - 1), capability);
      assert(/^[^\n]+$/.test(row.describe(capability)));
    }));
  });
}

Deno.test("an OPEN with any capabilities is read as it was written", () => {
  const opens = record({
    type: fc.constant("open"),
    version: fc.constant(4),
    as: fc.integer({ min: 1, max: 0xffff }),
    holdTime: fc.oneof(fc.constant(0), fc.integer({ min: 3, max: 0xffff })),
    bgpId: fc.integer({ min: 1, max: 0xffffffff }).map(ipv4),
    capabilities: capabilityLists,
  });
  fc.assert(fc.property(opens, (open) => {
    assertReads(encodeMessage(open, initialCodec), open, initialCodec);
  }));
});

Deno.test("NOTIFICATION and ROUTE-REFRESH are read as they were written", () => {
  const u8 = fc.nat(255);
  const messages: fc.Arbitrary<Message> = fc.oneof(
    record({
      type: fc.constant("notification"),
      code: u8,
      subcode: u8,
      data: fc.uint8Array({ maxLength: 4000 }),
    }),
    record({ type: fc.constant("route-refresh"), afi: fc.nat(65535), safi: u8, subtype: u8 }),
  );
  fc.assert(fc.property(messages, (message) => {
    assertReads(encodeMessage(message, initialCodec), message, initialCodec);
  }));
});

Deno.test("any bytes are a message or an error, never an exception", () => {
  let good = 0;
  const lengths = fc.oneof(fc.nat(20), fc.nat(400));
  const bodies = lengths.chain((length) =>
    fc.uint8Array({ minLength: length, maxLength: length, max: 12 })
  );
  fc.assert(
    fc.property(codecs, fc.integer({ min: 1, max: 5 }), bodies, (codec, type, body) => {
      const decoded = decodeMessage(whole(type, body), codec);
      if (decoded.ok) good++;
      else assertEquals(decoded.error.severity, "session-reset");
    }),
    { numRuns: 2000 },
  );
  assert(good > 50, `${good} good messages`);
});

function assertReads(bytes: Uint8Array, message: Message, codec: CodecOptions): void {
  const decoded = decodeMessage(bytes, codec);
  if (!decoded.ok) throw new Error(decoded.error.message);
  assertEquals(decoded.value, { message, faults: [] });
  assert(describeMessage(message).every((line) => /^[^\n]+$/.test(line)));
  assert(JSON.stringify(messageToJson(message)).length > 0);
}

/** What a row alone makes of AS numbers that do not fit: only the whole list puts them right. */
function towards(codec: CodecOptions, attribute: Attribute): Attribute {
  if (codec.as4) return attribute;
  const small = (as: number): number => as > 0xffff ? 23456 : as;
  if (attribute.kind === "aggregator") return { ...attribute, as: small(attribute.as) };
  if (attribute.kind !== "as-path") return attribute;
  const segments = attribute.segments.map(({ kind, as }) => ({ kind, as: as.map(small) }));
  return { kind: "as-path", segments };
}

/** Values of good and of bad lengths, most bytes small, so that they often are counts and lengths. */
function valuesLikeThoseOf(kind: AttributeKind): fc.Arbitrary<Uint8Array> {
  const length = fc.oneof(fc.constantFrom(0, 1, 4, 6, 8, 12), fc.nat(40));
  const noise = length.chain((it) => fc.uint8Array({ minLength: it, maxLength: it, max: 12 }));
  const head = (bytes: readonly number[]): fc.Arbitrary<Uint8Array> =>
    noise.map((it) => Uint8Array.of(...bytes, ...it));
  if (kind === "mp-unreach") return fc.oneof(noise, head([0, 1, 1]), head([0, 2, 1]));
  if (kind === "mp-reach") {
    const address = Array<number>(16).fill(1);
    return fc.oneof(noise, head([0, 1, 1, 4, 9, 9, 9, 9, 0]), head([0, 2, 1, 16, ...address, 0]));
  }
  if (kind === "origin") return fc.oneof(noise, fc.nat(3).map((it) => Uint8Array.of(it)));
  if (kind === "next-hop") return fc.oneof(noise, fc.uint8Array({ minLength: 4, maxLength: 4 }));
  if (kind === "as-path" || kind === "as4-path") {
    // One segment of two AS numbers: of 4 or of 2 octets.
    return fc.oneof(
      noise,
      fc.uint8Array({ minLength: 8, maxLength: 8 }).map((it) => Uint8Array.of(2, 2, ...it)),
      fc.uint8Array({ minLength: 4, maxLength: 4 }).map((it) => Uint8Array.of(1, 2, ...it)),
    );
  }
  return noise;
}

/** What was read; undefined when the value was refused as decoders refuse, or is of another family. */
function readValue<T>(read: () => T | undefined): T | undefined {
  try {
    return read();
  } catch (thrown) {
    if (thrown instanceof Error && thrown.name === "BadValue") return undefined;
    throw thrown;
  }
}

function whole(type: number, body: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(headerLength + body.length);
  writeHeader(bytes, 0, bytes.length, type);
  bytes.set(body, headerLength);
  return bytes;
}
