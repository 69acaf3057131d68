/** @module */

import { assert, assertEquals } from "@std/assert";
import type { PathAttributes, Route } from "../../../lib/bgp/model/mod.ts";
import { LocRib } from "../../../lib/bgp/rib/mod.ts";
import { formatAddress, formatPrefix, hostPrefix, ipv4 } from "../../../lib/net/mod.ts";
import { address, route } from "./model_peer.ts";

/** Next hop text to path identifier of the only prefix with the text. */
function ids(rib: LocRib, prefix: string): Record<string, number> {
  for (let slot = 0; slot < rib.slots; slot++) {
    const set = rib.paths(slot);
    if (set === undefined || formatPrefix(rib.prefix(slot)) !== prefix) continue;
    const { paths, ids } = set;
    return Object.fromEntries(paths.map((path, i) => [formatAddress(path.nextHop), ids[i] ?? 0]));
  }
  return {};
}

const eip = "203.0.113.5/32";

function counts(rib: LocRib, routes: readonly Route[]): [number, number, number] {
  const { added, changed, removed, slots } = rib.set(routes);
  assertEquals(slots.length, added + changed + removed);
  return [added, changed, removed];
}

Deno.test("next hops that end in the same octet get path identifiers of their own", () => {
  const rib = new LocRib();
  rib.set([route(eip, ["10.0.1.5", "10.0.2.5", "10.0.3.5"])]);
  assertEquals(ids(rib, eip), { "10.0.1.5": 1, "10.0.2.5": 2, "10.0.3.5": 3 });
});

Deno.test("a next hop keeps its path identifier while others come and go around it", () => {
  const rib = new LocRib();
  rib.set([route(eip, ["10.0.1.5", "10.0.2.5", "10.0.3.5"])]);
  rib.set([route(eip, ["10.0.3.5", "10.0.2.5"])]);
  assertEquals(ids(rib, eip), { "10.0.3.5": 3, "10.0.2.5": 2 });
  rib.set([route(eip, ["10.0.4.5", "10.0.2.5", "10.0.5.5", "10.0.3.5"])]);
  assertEquals(ids(rib, eip), { "10.0.4.5": 1, "10.0.2.5": 2, "10.0.5.5": 4, "10.0.3.5": 3 });
});

Deno.test("a next hop's change of attributes does not change its path identifier", () => {
  const rib = new LocRib();
  rib.set([route(eip, ["10.0.1.5", "10.0.2.5"])]);
  rib.set([{
    ...route(eip, []),
    paths: [
      { nextHop: address("10.0.2.5"), attributes: { med: 7 } },
      { nextHop: address("10.0.1.5"), attributes: {} },
    ],
  }]);
  assertEquals(ids(rib, eip), { "10.0.2.5": 2, "10.0.1.5": 1 });
});

Deno.test("a next hop change of a fixed prefix is a change", () => {
  const rib = new LocRib();
  assertEquals(counts(rib, [route(eip, ["10.0.1.5"])]), [1, 0, 0]);
  assertEquals(counts(rib, [route(eip, ["10.0.2.5"])]), [0, 1, 0]);
});

Deno.test("a change of any one attribute is a change, and saying the default is none", () => {
  const variants: Required<PathAttributes> = {
    origin: "egp",
    med: 0,
    localPref: 101,
    prepend: 1,
    communities: [1],
    largeCommunities: [[1, 2, 3]],
    extendedCommunities: [1n],
    linkBandwidth: 1,
    onlyTo: [],
  };
  const rib = new LocRib();
  assertEquals(counts(rib, [route(eip, ["10.0.1.5"])]), [1, 0, 0]);
  const entries = Object.entries(variants);
  assertEquals(entries.length, 9);
  for (const [name, value] of entries) {
    const changed = route(eip, ["10.0.1.5"], { [name]: value });
    assertEquals(counts(rib, [changed]), [0, 1, 0], name);
    assertEquals(counts(rib, [structuredClone(changed)]), [0, 0, 0], name);
    assertEquals(counts(rib, [route(eip, ["10.0.1.5"])]), [0, 1, 0], name);
  }
  const defaults: PathAttributes = {
    origin: "igp",
    localPref: 100,
    prepend: 0,
    communities: [],
    largeCommunities: [],
    extendedCommunities: [],
  };
  assertEquals(counts(rib, [route(eip, ["10.0.1.5"], defaults)]), [0, 0, 0]);
});

Deno.test("attributes that look alike when joined are told apart", () => {
  const alike: PathAttributes[] = [
    { communities: [1, 23] },
    { communities: [12, 3] },
    { communities: [123] },
    { largeCommunities: [[1, 2, 3], [4, 5, 6]] },
    { largeCommunities: [[1, 2, 34], [5, 6, 0]] },
    { extendedCommunities: [1n, 23n] },
    { extendedCommunities: [12n, 3n] },
    { med: 1, prepend: 1 },
    { med: 11 },
  ];
  const rib = new LocRib();
  rib.set([route(eip, ["10.0.1.5"])]);
  for (const one of alike) {
    assertEquals(counts(rib, [route(eip, ["10.0.1.5"], one)]), [0, 1, 0], JSON.stringify(one.med));
  }
});

Deno.test("another order of the same paths is a change: the best path is another", () => {
  const rib = new LocRib();
  rib.set([route(eip, ["10.0.1.5", "10.0.2.5"])]);
  assertEquals(counts(rib, [route(eip, ["10.0.2.5", "10.0.1.5"])]), [0, 1, 0]);
});

Deno.test("the same prefix bits with another length, or the other family, are other prefixes", () => {
  const rib = new LocRib();
  const all = [
    route("203.0.113.0/24", ["10.0.1.5"]),
    route("203.0.113.0/32", ["10.0.1.5"]),
    route("0.0.0.0/0", ["10.0.1.5"]),
    route("::/0", ["fd00::1"]),
  ];
  assertEquals(counts(rib, all), [4, 0, 0]);
  assertEquals(counts(rib, [...all].reverse()), [0, 0, 0]);
  assertEquals(counts(rib, all.slice(1)), [0, 0, 1]);
  assertEquals(rib.size, 3);
});

Deno.test("a prefix given twice counts as given first, and so does a next hop of a route", () => {
  const rib = new LocRib();
  rib.set([route(eip, ["10.0.1.5", "10.0.1.5"]), route(eip, ["10.0.2.5"])]);
  assertEquals(rib.size, 1);
  assertEquals(ids(rib, eip), { "10.0.1.5": 1 });
});

Deno.test("a route without paths is no route", () => {
  const rib = new LocRib();
  assertEquals(counts(rib, [route(eip, [])]), [0, 0, 0]);
  rib.set([route(eip, ["10.0.1.5"])]);
  assertEquals(counts(rib, [route(eip, [])]), [0, 0, 1]);
  assertEquals(rib.size, 0);
});

Deno.test("slots of prefixes that went are used again, so that churn does not grow the table", () => {
  const rib = new LocRib();
  const attributes = {};
  for (let round = 0; round < 50; round++) {
    rib.set(Array.from({ length: 100 }, (_, i) => ({
      prefix: hostPrefix(ipv4(0x64000000 + round * 100 + i)),
      paths: [{ nextHop: ipv4(round * 256 + i), attributes }],
    })));
  }
  assertEquals(rib.size, 100);
  assert(rib.slots <= 200, `${rib.slots} slots`);
});

Deno.test("path sets that went are forgotten, and those that stay are still known", () => {
  const rib = new LocRib();
  const kept = route(eip, ["10.0.1.5", "10.0.2.5"], { med: 1 });
  for (let i = 0; i < 5000; i++) {
    const { slots } = rib.set([
      structuredClone(kept),
      { ...route("198.51.100.1/32", []), paths: [{ nextHop: ipv4(i + 1), attributes: {} }] },
    ]);
    assertEquals(slots.length, i === 0 ? 2 : 1);
  }
});
