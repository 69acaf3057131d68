import { assert, assertEquals } from "@std/assert";
import { addRoute, decodeLocalTable, deleteRoute } from "../../lib/host/mod.ts";
import { formatAddress, formatPrefix } from "../../lib/net/mod.ts";
import { address } from "./fake_node.ts";

const golden = (name: string): string =>
  Deno.readTextFileSync(new URL(`../golden/host/${name}`, import.meta.url));

Deno.test("decodeLocalTable() tells our routes, marked odd ones and the node's own in iproute2's words (IPv4)", () => {
  const table = decodeLocalTable(golden("routes4.json"), 4);
  assert(table.ok);
  assertEquals(table.value.routes.map(formatAddress), ["203.0.113.1", "203.0.113.2"]);
  assertEquals(table.value.strayRoutes, [
    "local 198.51.100.0/24 dev lo table local proto 179",
    "blackhole 198.51.100.77 table local proto 179",
    "local 203.0.113.1 dev lo table local proto 179 metric 7",
    "local 203.0.113.9 dev eth0 table local proto 179",
  ]);
  assertEquals(
    table.value.foreignLocal.map(({ address, device }) => `${formatAddress(address)} ${device}`),
    ["10.9.9.2 eth0", "10.9.9.255 eth0", "127.0.0.1 lo", "127.255.255.255 lo"],
  );
});

Deno.test("decodeLocalTable() tells our routes, marked odd ones and the node's own in iproute2's words (IPv6)", () => {
  const table = decodeLocalTable(golden("routes6.json"), 6);
  assert(table.ok);
  assertEquals(table.value.routes.map(formatAddress), ["2001:db8::1"]);
  assertEquals(table.value.strayRoutes, [
    "local 2001:db8::1 dev lo table local proto 179 metric 5",
  ]);
  assertEquals(
    table.value.foreignLocal.map(({ address, device }) => `${formatAddress(address)} ${device}`),
    ["::1 lo", "fd99::2 eth0"],
  );
});

Deno.test("decodeLocalTable() takes an empty answer as no routes", () => {
  for (const text of ["", "\n", "[]", "[ ]"]) {
    assertEquals(decodeLocalTable(text, 4), {
      ok: true,
      value: { routes: [], discards: [], strayRoutes: [], foreignLocal: [] },
    });
  }
});

Deno.test("decodeLocalTable() says what is wrong with an answer that is none", () => {
  const cases: [string, string][] = [
    ["RTNETLINK answers", "no JSON"],
    ["{}", "a list of routes was expected"],
    ["null", "a list of routes was expected"],
    ["[null]", "a route without a destination"],
    ['[{"dst":1}]', "a route without a destination"],
    ['[{"dst":"x y","protocol":"179"}]', "a route whose destination is no prefix"],
    ['[{"dst":"2001:db8::1","protocol":"179"}]', "a route whose destination is no prefix"],
  ];
  for (const [text, error] of cases) {
    assertEquals(decodeLocalTable(text, 4), { ok: false, error });
  }
});

Deno.test("decodeLocalTable() never puts a word into a batch line that the batch would read as two", () => {
  const table = decodeLocalTable(
    JSON.stringify([
      { type: "local\nroute flush", dst: "203.0.113.1", dev: "a b#", protocol: "179", tos: "4;x" },
      { type: "local", dst: "default", dev: "lo", protocol: 179, tos: "0x04" },
    ]),
    4,
  );
  assert(table.ok);
  assertEquals(table.value.strayRoutes, [
    "203.0.113.1 table local proto 179",
    "local 0.0.0.0/0 tos 0x04 dev lo table local proto 179",
  ]);
});

Deno.test("routes are added, never replaced, and removed only with our mark", () => {
  assertEquals(
    addRoute(address("203.0.113.1")),
    "route add local 203.0.113.1 dev lo table local proto 179",
  );
  assertEquals(
    deleteRoute(address("203.0.113.1")),
    "route del local 203.0.113.1 dev lo table local proto 179",
  );
  assertEquals(
    addRoute(address("2001:db8::1")),
    "route add local 2001:db8::1 dev lo table local proto 179 metric 1024",
  );
  assertEquals(
    deleteRoute(address("2001:db8::1")),
    "route del local 2001:db8::1 dev lo table local proto 179 metric 1024",
  );
});

/** What iproute2 6.1 lists of `route add unreachable`, in each family. */
const discards = {
  4: '{"type":"unreachable","dst":"203.0.113.0/28","protocol":"179","flags":[]}',
  6: '{"type":"unreachable","dst":"2001:db8::/124","dev":"lo","protocol":"179","metric":1024,' +
    '"flags":[],"pref":"medium"}',
};

Deno.test("decodeLocalTable() tells what we discard, and takes any other unreachable route of our mark for odd", () => {
  for (const family of [4, 6] as const) {
    const table = decodeLocalTable(`[${discards[family]}]`, family);
    assert(table.ok);
    assertEquals(table.value.discards.map(formatPrefix), [
      { 4: "203.0.113.0/28", 6: "2001:db8::/124" }[family],
    ]);
    assertEquals(table.value.strayRoutes, []);
  }
  const odd = decodeLocalTable(
    `[${discards[4].replace("[]", '[],"metric":7')},${discards[4].replace("0/28", "9")}]`,
    4,
  );
  assert(odd.ok);
  assertEquals(odd.value.discards, []);
  assertEquals(odd.value.strayRoutes, [
    "unreachable 203.0.113.0/28 table local proto 179 metric 7",
    "unreachable 203.0.113.9 table local proto 179",
  ]);
});
