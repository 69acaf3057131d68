import { assertEquals } from "@std/assert";
import { isReserved, poolSize } from "../../lib/ipam/mod.ts";
import { type AddressRange, parseRange } from "../../lib/net/mod.ts";
import { addressOf } from "../support/objects.ts";

function range(text: string): AddressRange {
  const read = parseRange(text);
  if (!read.ok) throw new Error(read.error);
  return read.value;
}

const counts2020: readonly (readonly [string, number])[] = [
  ["203.0.113.0/24", 254],
  ["192.168.1.1/25", 127],
  ["10.0.0.0/23", 508],
  ["10.1.0.0/16", 65024],
  ["10.0.1.0", 0],
  ["10.0.1.255", 0],
  ["10.0.1.7", 1],
  ["10.0.1.4-10.0.1.255", 251],
  ["10.0.1.4-10.0.2.3", 254],
  ["172.16.0.0-172.31.255.255", 2 ** 20 - 16 * 256 * 2],
  ["0.0.0.0/0", 2 ** 24 * 254],
  ["255.255.255.254-255.255.255.255", 1],
];

Deno.test("poolSize() counts as 2020 did where .0 and .255 are kept back", () => {
  for (const [text, size] of counts2020) assertEquals(poolSize(range(text), false), size, text);
});

Deno.test("poolSize() counts every address with usingKnownIPs", () => {
  assertEquals(poolSize(range("203.0.113.0/24"), true), 256);
  assertEquals(poolSize(range("0.0.0.0/0"), true), 2 ** 32);
});

Deno.test("defect of 2020: a usingKnownIPs pool of one .0 address has size 1, not 0", () => {
  assertEquals(poolSize(range("203.0.113.0"), true), 1);
});

Deno.test("poolSize() counts every IPv6 address and stops at 2^53 - 1", () => {
  assertEquals(poolSize(range("2001:db8::/120"), false), 256);
  assertEquals(poolSize(range("2001:db8::/76"), false), 2 ** 52);
  assertEquals(poolSize(range("2001:db8::/75"), false), Number.MAX_SAFE_INTEGER);
  assertEquals(poolSize(range("::/0"), false), Number.MAX_SAFE_INTEGER);
});

Deno.test("isReserved() knows the last octets 0 and 255 of IPv4 alone", () => {
  const kept = ["10.0.0.0", "10.0.0.255", "10.0.255.0"];
  const given = ["10.0.0.1", "10.0.0.254", "10.255.0.1", "2001:db8::", "2001:db8::ff"];
  assertEquals(kept.map((each) => isReserved(addressOf(each))), kept.map(() => true));
  assertEquals(given.map((each) => isReserved(addressOf(each))), given.map(() => false));
});
