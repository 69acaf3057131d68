/**
 * Recorded bytes for people: hex in the forms people have it, and sessions whose OPENs are or are not
 * there.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { ipv4, ipv6 } from "../../../lib/net/mod.ts";
import {
  type Capability,
  decodeStream,
  describeStream,
  encodeMessage,
  initialCodec,
  type Open,
  parseHex,
  readStreamInput,
  type Update,
} from "../../../lib/bgp/wire/mod.ts";

const keepalive = "ffffffffffffffffffffffffffffffff001304";

Deno.test("hex is read in every form that people paste", () => {
  const forms = [
    keepalive,
    keepalive.toUpperCase(),
    "0x" + keepalive,
    "ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff\n0013\r\n\t04",
    "# a KEEPALIVE\n" + keepalive + " # its end",
    "\t0x0000:  ffff ffff ffff ffff ffff ffff ffff ffff  ................\n\t0x0010:  0013 04                                  ...",
    "00000000: ffff ffff ffff ffff ffff ffff ffff ffff  ................\n00000010: 0013 04                                  ...",
    "0000:  ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff\n0010:  00 13 04",
  ];
  for (const form of forms) {
    const bytes = parseHex(form);
    assert(bytes.ok, form);
    assertEquals(bytes.value.toHex(), keepalive, form);
  }
});

Deno.test("what tcpdump -x and -X print is read, headers and words and all", () => {
  const headers = "4500 003b 0000 4000 4006 3cbb 7f00 0001\n\t0x0010:  7f00 0001 e102 06fe";
  const packet = (words: string, text: string): string =>
    `${words}\n\t0x0000:  ${headers} ffff ffff ffff ffff  ${text}\n` +
    `\t0x0020:  ffff ffff ffff ffff 0013 04\n`;
  const words = "18:51:56.407673 IP localhost.57602 > localhost.1790: Flags [S], seq 4188086240";
  const verbose =
    `18:51:56.407673 IP (tos 0x0, ttl 64, id 39003)\n    localhost.57602 > 10.0.0.1.179`;
  for (const each of [packet(words, ""), packet(words, "E..<.[@.@..^#...."), packet(verbose, "")]) {
    const bytes = readStreamInput(new TextEncoder().encode(each + each));
    assert(bytes.ok, each);
    const kinds = [...decodeStream(bytes.value)].map((it) =>
      it.kind === "message" ? it.message.type : it.kind
    );
    assertEquals(kinds, ["skipped", "keepalive", "skipped", "keepalive"]);
  }
});

Deno.test("what is not hex is refused, with the reason", () => {
  assertEquals(parseHex("ffgg"), { ok: false, error: '"g" is not a hex digit' });
  assertEquals(parseHex("fff"), { ok: false, error: "There are 3 hex digits, an odd number" });
  assertEquals(parseHex(" # nothing\n"), { ok: false, error: "There are no hex digits" });
});

Deno.test("raw bytes and hex are told apart", () => {
  const raw = Uint8Array.fromHex(keepalive);
  assertEquals(readStreamInput(raw), { ok: true, value: raw });
  assertEquals(readStreamInput(new TextEncoder().encode(keepalive)), { ok: true, value: raw });
});

const update: Update = {
  type: "update",
  withdrawn: [],
  attributes: [
    { kind: "origin", origin: "igp" },
    { kind: "as-path", segments: [{ kind: "sequence", as: [65001, 4200000000] }] },
    { kind: "next-hop", address: ipv4(0x0a000001) },
  ],
  nlri: [{ prefix: { address: ipv4(0xc0000200), length: 24 }, pathId: 7 }],
};

const update6: Update = {
  type: "update",
  withdrawn: [],
  attributes: [
    {
      kind: "mp-reach",
      family: 6,
      nextHops: [ipv6(0x20010db8n << 96n)],
      nlri: [{ prefix: { address: ipv6(0x20010db9n << 96n), length: 64 }, pathId: 2 }],
    },
    { kind: "origin", origin: "igp" },
    { kind: "as-path", segments: [] },
    { kind: "local-pref", value: 100 },
  ],
  nlri: [],
};

Deno.test("without OPENs the session's kind is guessed from the messages themselves", () => {
  for (const as4 of [true, false]) {
    for (const addPathSend of [[], [4, 6]] as const) {
      const codec = { ...initialCodec, as4, addPathSend };
      const bytes = joined([encodeMessage(update, codec), encodeMessage(update6, codec)]);
      const { lines, faults } = describeStream(bytes);
      const id = addPathSend.length > 0 ? " path-id 7" : "";
      assertEquals(faults, 0);
      assert(lines.includes("  AS_PATH 65001 4200000000"), lines.join("\n"));
      assert(lines.includes(`  announce 192.0.2.0/24${id}`), lines.join("\n"));
      assert(lines.some((line) => line.includes("2001:db9::/64")), lines.join("\n"));
      assert(lines.includes("  LOCAL_PREF 100"));
    }
  }
});

Deno.test("what the OPENs agree on is taken", () => {
  const addPath = (receive: boolean): Capability => ({
    kind: "add-path",
    families: [{ afi: 1, safi: 1, receive, send: !receive }],
  });
  const open: Open = {
    type: "open",
    version: 4,
    as: 65001,
    holdTime: 90,
    bgpId: ipv4(1),
    capabilities: [{ kind: "as4", as: 65001 }, addPath(true)],
  };
  const other = { ...open, capabilities: [{ kind: "as4", as: 65002 } as const, addPath(false)] };
  const end: Update = { type: "update", withdrawn: [], attributes: [], nlri: [] };
  const codec = { ...initialCodec, as4: true, addPathSend: [4] as const };
  // Read without path identifiers these bytes are four good prefixes as well.
  const withdrawal: Update = {
    ...end,
    withdrawn: [{ prefix: { address: ipv4(0x0a000000), length: 8 }, pathId: 0x08010802 }],
  };
  const updateBytes = encodeMessage(withdrawal, codec);
  const opens = [encodeMessage(open, codec), encodeMessage(other, codec)];
  const told = describeStream(joined([...opens, updateBytes]));
  assertEquals(told.lines.at(-1), "  withdraw 10.0.0.0/8 path-id 134285314");
  const guessed = describeStream(updateBytes);
  assertEquals(guessed.lines.slice(1), [
    "  withdraw 1.0.0.0/8",
    "  withdraw 2.0.0.0/8",
    "  withdraw 10.0.0.0/8",
  ]);
  const given = describeStream(updateBytes, { addPathReceive: [4] });
  assertEquals(given.lines.at(-1), told.lines.at(-1));
});

Deno.test("offsets are told, garbage is skipped, faults do not end the stream", () => {
  const message = Uint8Array.fromHex(keepalive);
  const bad = message.slice();
  bad[18] = 9;
  const bytes = joined([Uint8Array.of(1, 2, 3), message, bad, message, message.subarray(0, 17)]);
  assertEquals([...decodeStream(bytes)].map(({ kind, offset }) => [kind, offset]), [
    ["skipped", 0],
    ["message", 3],
    ["fault", 22],
    ["message", 41],
    ["skipped", 60],
  ]);
  const { lines, faults } = describeStream(bytes);
  assertEquals(faults, 3);
  assertEquals(lines, [
    "0: skipped 3 bytes that are not a whole BGP message",
    "3: KEEPALIVE",
    "22: fault: session-reset: Message Header Error/Bad Message Type: message type 9 is unknown",
    "41: KEEPALIVE",
    "60: skipped 17 bytes that are not a whole BGP message",
  ]);
});

function joined(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}
