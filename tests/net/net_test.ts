import { assert, assertEquals } from "@std/assert";
import {
  addressFromBytes,
  addressKey,
  addressOfKey,
  addressToBytes,
  fnv1a,
  formatAddress,
  formatPrefix,
  formatRange,
  isHostPrefix,
  nextAddress,
  parseAddress,
  parsePrefix,
  parseRange,
  prefixContains,
  prefixKey,
  rangeContains,
  rangesOverlap,
  unmapped,
} from "../../lib/net/mod.ts";
import fc from "fast-check";

function address(text: string): NonNullable<ReturnType<typeof parseAddress>> {
  const read = parseAddress(text);
  assert(read !== undefined, text);
  return read;
}

const canonical: readonly (readonly [string, string])[] = [
  ["203.0.113.7", "203.0.113.7"],
  ["0.0.0.0", "0.0.0.0"],
  ["255.255.255.255", "255.255.255.255"],
  ["2001:DB8:0:0:0:0:0:1", "2001:db8::1"],
  ["2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
  ["2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
  ["::", "::"],
  ["::1", "::1"],
  ["fe80::", "fe80::"],
  ["::ffff:10.0.0.2", "::ffff:10.0.0.2"],
  ["64:ff9b::192.0.2.33", "64:ff9b::c000:221"],
  ["1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"],
];

Deno.test("formatAddress() writes RFC 5952 text", () => {
  for (const [text, expected] of canonical) assertEquals(formatAddress(address(text)), expected);
});

const refused = [
  "",
  "...",
  "1.2.3",
  "1.2.3.4.5",
  "256.1.1.1",
  "999.1.1.1",
  "01.02.03.04",
  "0x10.1.1.1",
  "1e1.0.0.0",
  " 1.2.3.4",
  "1.2.3.4 ",
  "1.2.3.4/32",
  ":",
  ":::",
  "1::2::3",
  "1:2:3:4:5:6:7",
  "1:2:3:4:5:6:7:8:9",
  "1:2:3:4:5:6:7:8::",
  "12345::",
  "g::",
  "fe80::1%eth0",
  "::1.2.3",
  "1.2.3.4::",
];

Deno.test("parseAddress() refuses what is not an address", () => {
  for (const text of refused) assertEquals(parseAddress(text), undefined, text);
});

Deno.test("addresses survive text and bytes", () => {
  const any = fc.oneof(
    fc.integer({ min: 0, max: 0xffffffff }).map((value) => ({ family: 4 as const, value })),
    fc.bigInt({ min: 0n, max: (1n << 128n) - 1n }).map((value) => ({ family: 6 as const, value })),
  );
  fc.assert(fc.property(any, (a) => {
    assertEquals(parseAddress(formatAddress(a)), a);
    assertEquals(addressFromBytes(addressToBytes(a)), a);
  }));
});

Deno.test("unmapped() gives the IPv4 address of an IPv4-mapped one and leaves others", () => {
  assertEquals(formatAddress(unmapped(address("::ffff:10.0.0.2"))), "10.0.0.2");
  assertEquals(formatAddress(unmapped(address("2001:db8::1"))), "2001:db8::1");
});

Deno.test("parsePrefix() masks host bits and refuses wrong lengths", () => {
  const read = (text: string): string | undefined => {
    const p = parsePrefix(text);
    return p && formatPrefix(p);
  };
  assertEquals(read("192.168.1.77/24"), "192.168.1.0/24");
  assertEquals(read("192.168.1.77/0"), "0.0.0.0/0");
  assertEquals(read("2001:db8::ff/120"), "2001:db8::/120");
  for (const text of ["1.2.3.4/33", "1.2.3.4/", "1.2.3.4/-1", "1.2.3.4/08", "::/129", "1.2.3.4"]) {
    assertEquals(read(text), undefined, text);
  }
});

Deno.test("prefixKey() differs for every prefix", () => {
  const texts = ["0.0.0.0/0", "0.0.0.0/32", "255.255.255.255/32", "::/0", "::/128", "0.0.0.1/32"];
  const keys = texts.map((text) => prefixKey(parsePrefix(text)!));
  assertEquals(new Set(keys).size, texts.length);
});

Deno.test("prefixContains() and rangeContains() include both ends and no other family", () => {
  const p = parsePrefix("203.0.113.32/30")!;
  assert(prefixContains(p, address("203.0.113.32")) && prefixContains(p, address("203.0.113.35")));
  assert(!prefixContains(p, address("203.0.113.36")) && !prefixContains(p, address("::")));
  const r = parseRange("203.0.113.32-203.0.113.35");
  assert(r.ok && rangeContains(r.value, address("203.0.113.35")));
  assert(!rangeContains(r.value, address("203.0.113.31")));
});

Deno.test("parseRange() reads an address, a prefix, and a range, and says what is wrong", () => {
  const good = ["10.0.0.1", "10.0.0.0/24", "10.0.0.1-10.0.0.9", "2001:db8::1-2001:db8::5", "::/64"];
  for (const text of good) assert(parseRange(text).ok, text);
  const bad = [
    "10.0.0.9-10.0.0.1",
    "10.0.0.1-::1",
    "x",
    "10.0.0.1 - 10.0.0.2",
    "1.2.3.4-",
    "1.1.1.1/40",
  ];
  for (const text of bad) {
    const read = parseRange(text);
    assert(!read.ok && read.error.includes('"'), text);
  }
});

Deno.test("rangesOverlap() sees shared ends", () => {
  const range = (text: string): Parameters<typeof rangesOverlap>[0] => {
    const read = parseRange(text);
    assert(read.ok);
    return read.value;
  };
  assert(rangesOverlap(range("10.0.0.1-10.0.0.5"), range("10.0.0.5-10.0.0.9")));
  assert(!rangesOverlap(range("10.0.0.1-10.0.0.5"), range("10.0.0.6")));
  assert(!rangesOverlap(range("0.0.0.0/0"), range("::/0")));
});

Deno.test("fnv1a() gives the numbers of its authors, in one piece or in several", () => {
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
  const known = { "": 0x811c9dc5, "a": 0xe40c292c, "foobar": 0xbf9cf968 };
  for (const [text, hash] of Object.entries(known)) assertEquals(fnv1a(bytes(text)), hash, text);
  assertEquals(fnv1a(bytes("bar"), fnv1a(bytes("foo"))), known.foobar);
});

Deno.test("parseAddress() takes four decimal numbers up to 255, as written, and nothing near to that", () => {
  const taken = ["0.0.0.0", "255.255.255.255", "1.20.100.200", "10.0.0.9"];
  for (const text of taken) {
    const [a = 0, b = 0, c = 0, d = 0] = text.split(".").map(Number);
    assertEquals(parseAddress(text), { family: 4, value: ((a * 256 + b) * 256 + c) * 256 + d });
  }
  const near = ["", ".", "...", "1.2.3", "1.2.3.", ".1.2.3", "1.2.3.4.", "1.2.3.4.5", "1..2.3"];
  near.push("01.2.3.4", "1.2.3.00", "256.1.1.1", "1.1.1.256", "0001.1.1.1", "1.2.3.4 ", " 1.2.3.4");
  near.push(
    "1.2.3.-4",
    "1.2.3.+4",
    "1.2.3.4/32",
    "1,2.3.4",
    "1.2.3.4e0",
    "0x1.2.3.4",
    "1.2.3.\u0664",
  );
  for (const text of near) assertEquals(parseAddress(text), undefined, text);
});

Deno.test("an address is its key's, has one after it, and is a range of its own", () => {
  const cases = [
    ["203.0.113.255", "203.0.114.0"],
    ["255.255.255.255", undefined],
    ["::", "::1"],
    ["2001:db8::ffff:ffff", "2001:db8::1:0:0"],
    ["ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", undefined],
  ] as const;
  for (const [text, after] of cases) {
    const first = address(text);
    assertEquals(addressOfKey(addressKey(first)), first);
    const next = nextAddress(first);
    assertEquals(next && formatAddress(next), after);
    assertEquals(formatRange({ first, last: first }), text);
    if (next === undefined) continue;
    const range = { first, last: next };
    assertEquals(formatRange(range), `${text}-${after}`);
    assertEquals(parseRange(formatRange(range)), { ok: true, value: range });
  }
  const lengths = ["203.0.113.7/32", "203.0.113.0/31", "2001:db8::/128", "2001:db8::/32"];
  assertEquals(lengths.map(parsePrefix).map((each) => each && isHostPrefix(each)), [
    ...[true, false],
    ...[true, false],
  ]);
});
