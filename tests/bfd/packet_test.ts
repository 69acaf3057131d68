import { assert, assertEquals, assertThrows } from "@std/assert";
import { decodePacket, diagnosticName, encodePacket } from "../../lib/bfd/wire/mod.ts";
import { loadPacketCases } from "../golden/bfd/cases.ts";

const cases = loadPacketCases();

Deno.test("the golden packets are found, of both daemons and with authentication", () => {
  for (const [speaker, least] of [["BIRD", 9], ["FRR", 7]] as const) {
    const count = cases.filter(({ from }) => from.startsWith(speaker)).length;
    assert(count >= least, `${speaker}: ${count} packets`);
  }
  assert(cases.filter(({ meaning }) => "refused" in meaning).length >= 3);
});

for (const { name, bytes, meaning } of cases) {
  Deno.test(`golden ${name}: bytes mean the fields, and are written again`, () => {
    const packet = decodePacket(bytes);
    if ("refused" in meaning) return assertEquals(packet, { ok: false, error: meaning.refused });
    assertEquals(packet, { ok: true, value: meaning.packet });
    assertEquals(encodePacket(meaning.packet).toHex(), bytes.toHex());
  });
}

const up = cases.find(({ name }) => name === "bird-up")?.bytes ?? new Uint8Array();

/** RFC 5880 section 6.8.6, from "If the version number" to "the packet MUST be discarded". */
const faults: readonly { what: string; change: Record<number, number>; error: string }[] = [
  { what: "another version", change: { 0: 0x40 }, error: "the version is 2, not 1" },
  { what: "a short length", change: { 3: 23 }, error: "the length field says 23, less than 24" },
  {
    what: "authentication without room for it",
    change: { 1: 0xc4, 3: 25 },
    error: "the length field says 25, less than 26",
  },
  {
    what: "a length beyond the datagram",
    change: { 3: 25 },
    error: "the length field says 25, but 24 bytes came",
  },
  { what: "Detect Mult 0", change: { 2: 0 }, error: "Detect Mult is 0" },
  { what: "the Multipoint bit", change: { 1: 0xc1 }, error: "the Multipoint bit is set" },
  {
    what: "My Discriminator 0",
    change: { 4: 0, 5: 0, 6: 0, 7: 0 },
    error: "My Discriminator is 0",
  },
  {
    what: "Your Discriminator 0 in Up",
    change: { 8: 0, 9: 0, 10: 0, 11: 0 },
    error: "Your Discriminator is 0 in state Up",
  },
];

for (const { what, change, error } of faults) {
  Deno.test(`decodePacket() refuses ${what}`, () => {
    const bytes = up.slice();
    for (const [at, byte] of Object.entries(change)) bytes[Number(at)] = byte;
    assertEquals(decodePacket(bytes), { ok: false, error });
  });
}

Deno.test("decodePacket() refuses less than a packet, and ignores what follows one", () => {
  assertEquals(decodePacket(up.subarray(0, 23)), {
    ok: false,
    error: "23 bytes are no BFD Control packet",
  });
  assertEquals(decodePacket(Uint8Array.of(...up, 1, 2, 3)), decodePacket(up));
});

Deno.test("encodePacket() throws for what has no room on the wire", () => {
  const packet = decodePacket(up);
  assert(packet.ok);
  for (const change of [{ diag: 32 }, { detectMult: 0 }, { detectMult: 256 }]) {
    assertThrows(() => encodePacket({ ...packet.value, ...change }), RangeError);
  }
  assertThrows(() => encodePacket({ ...packet.value, desiredMinTxInterval: 2 ** 32 }), RangeError);
  assertThrows(() => encodePacket({ ...packet.value, myDiscriminator: 1.5 }), RangeError);
});

Deno.test("diagnosticName() has words for those of RFC 5880 and a number for the others", () => {
  assertEquals(diagnosticName(1), "Control Detection Time Expired");
  assertEquals(diagnosticName(31), "Diagnostic 31");
});
