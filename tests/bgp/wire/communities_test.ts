import { assertEquals } from "@std/assert";
import {
  formatCommunity,
  formatExtendedCommunity,
  formatLargeCommunity,
  linkBandwidthCommunity,
  parseCommunity,
  parseExtendedCommunity,
  parseLargeCommunity,
} from "../../../lib/bgp/wire/mod.ts";

Deno.test("communities are read as numbers and by name, and written back as they were", () => {
  const rows: readonly (readonly [string, number | undefined])[] = [
    ["0:0", 0],
    ["64512:100", 0xfc000064],
    ["65535:65535", 0xffffffff],
    ["no-export", 0xffffff01],
    ["no-advertise", 0xffffff02],
    ["graceful-shutdown", 0xffff0000],
    ["blackhole", 0xffff029a],
  ];
  for (const [text, value] of rows) {
    assertEquals(parseCommunity(text), value, text);
    assertEquals(formatCommunity(value ?? -1), text);
  }
  assertEquals(parseCommunity("NO_EXPORT"), 0xffffff01);
  assertEquals(parseCommunity("65535:666"), 0xffff029a);
  for (
    const text of [
      "",
      "no-exprt",
      "1",
      "1:",
      ":1",
      "1:2:3",
      "65536:1",
      "1:65536",
      "-1:1",
      "1 :2",
      "0x1:2",
    ]
  ) {
    assertEquals(parseCommunity(text), undefined, text);
  }
});

Deno.test("large communities are three numbers", () => {
  for (const text of ["64512:1:2", "4294967295:0:4294967295"]) {
    assertEquals(formatLargeCommunity(parseLargeCommunity(text) ?? [0, 0, 0]), text);
  }
  for (const text of ["", "1:2", "1:2:3:4", "4294967296:1:2", "1:2:", "a:1:2"]) {
    assertEquals(parseLargeCommunity(text), undefined, text);
  }
});

Deno.test("extended communities are route targets, origins, or hex", () => {
  const rows: readonly (readonly [string, bigint])[] = [
    ["rt:64512:100", 0x0002_fc00_00000064n],
    ["soo:192.0.2.1:5", 0x0103_c0000201_0005n],
    ["rt:4200000001:7", 0x0202_fa56ea01_0007n], // RFC 5668
  ];
  for (const [text, value] of rows) {
    assertEquals(parseExtendedCommunity(text), value, text);
    assertEquals(formatExtendedCommunity(value), text.replace(":", " "));
  }
  assertEquals(parseExtendedCommunity("0x4304000000000001"), 0x4304000000000001n);
  const wrong = [
    "",
    "rt:1",
    "xx:1:2",
    "rt:1:4294967296",
    "rt:65536:65536",
    "rt:192.0.2.1:65536",
    "0x12",
  ];
  for (const text of wrong) assertEquals(parseExtendedCommunity(text), undefined, text);
});

Deno.test("a link bandwidth has two octets for the AS: a longer one is AS_TRANS", () => {
  assertEquals(linkBandwidthCommunity(64512, 125_000_000, true), 0x0004_fc00_4cee6b28n);
  assertEquals(linkBandwidthCommunity(4200000001, 125_000_000, false), 0x4004_5ba0_4cee6b28n);
  assertEquals(
    formatExtendedCommunity(linkBandwidthCommunity(64512, 125_000_000, false)),
    "link-bandwidth 64512:125000000",
  );
});
