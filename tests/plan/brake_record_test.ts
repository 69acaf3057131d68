/**
 * What is held, as the status of the BgpConf has it: bounded, whatever is held, and read as far as it can be.
 */

import { assert, assertEquals } from "@std/assert";
import type { Path, PathAttributes, Route } from "../../lib/bgp/model/mod.ts";
import { type Address, formatAddress, hostPrefix, ipv4, ipv6, prefix } from "../../lib/net/mod.ts";
import { readHold } from "../../lib/objects/mod.ts";
import type { Hold } from "../../lib/plan/mod.ts";
import { brakeField, restoredRoutes } from "../../lib/plan/brake_record.ts";

const since = Date.UTC(2026, 0, 31, 12);

function holdOf(routes: readonly Route[]): Hold {
  return {
    since,
    held: routes.map((route) => ({ last: route, route, owners: [] })),
    of: routes.length * 2,
  };
}

function via(attributes: PathAttributes, ...hops: readonly Address[]): readonly Path[] {
  return hops.map((nextHop) => ({ nextHop, attributes }));
}

/** An address of its own, with a gap to the one before. */
function v4(index: number): Address {
  return ipv4(0x0a000000 + index * 2);
}

function v6(index: number): Address {
  return ipv6((0x20010db8aaaabbbbccccddddn << 32n) + BigInt(index) * 2n);
}

/** Bytes that etcd and the API server take of one request, by default: 1.5 MiB. */
const limit = 1.5 * 2 ** 20;

Deno.test("whatever is held, its record leaves room in an object of the API server", () => {
  const count = 12_000;
  const indexes = Array.from({ length: count }, (_, index) => index);
  const med = (index: number): PathAttributes => ({ med: index });
  const communities = Array.from({ length: 96 }, (_, index) => 0xfbf00000 + index);
  const worlds: Readonly<Record<string, (index: number) => Route>> = {
    "paths of its own each": (index) => ({
      prefix: hostPrefix(v4(index)),
      paths: via(med(index), v4(index), v4(index + 1), v4(index + 2)),
    }),
    "IPv6 with paths of its own each": (index) => ({
      prefix: hostPrefix(v6(index)),
      paths: via(med(index), v6(index), v6(index + 1)),
    }),
    "many communities": (index) => ({
      prefix: hostPrefix(v4(index)),
      paths: via({ ...med(index), communities }, v4(index)),
    }),
    "short next hops": (index) => ({
      prefix: hostPrefix(v4(index)),
      paths: via({}, ...Array.from({ length: 8 }, (_, at) => ipv6(BigInt(1 + index * 8 + at)))),
    }),
    "link bandwidths": (index) => ({
      prefix: hostPrefix(v4(index)),
      paths: via({ linkBandwidth: 2 ** (index / 800), onlyTo: ["leaf1", "leaf2"] }, v4(index)),
    }),
    "addresses with gaps": (index) => ({ prefix: hostPrefix(v6(index)), paths: shared }),
    "covering prefixes": (index) => ({
      prefix: prefix(ipv4(0x0a000000 + index * 256), 24),
      paths: shared,
    }),
  };
  const shared = via({}, v4(1), v4(2));
  for (const [name, route] of Object.entries(worlds)) {
    const routes = indexes.map(route);
    const field = brakeField(holdOf(routes));
    const bytes = JSON.stringify(field).length;
    assert(bytes < limit * 2 / 3, `${name}: ${bytes} bytes`);
    const record = readHold(field);
    assert(record !== undefined, name);
    assertEquals(record.routes, count, name);
    const found = restoredRoutes(record);
    assert(found.length > 300 && found.length < count, `${name}: ${found.length} are written`);
    const known = new Map(routes.map((each) => [formatAddress(each.prefix.address), each]));
    for (const each of found.slice(-40)) {
      assertEquals(each, known.get(formatAddress(each.prefix.address)));
    }
  }
});

Deno.test("addresses in a row are one range, however many", () => {
  const paths = via({}, v4(1));
  const routes = Array.from({ length: 90_000 }, (_, index): Route => ({
    prefix: hostPrefix(ipv4(0x0a000000 + index)),
    paths,
  }));
  const field = brakeField(holdOf(routes)) as { readonly held: unknown };
  assertEquals(field.held, [{
    addresses: ["10.0.0.0-10.1.95.143"],
    paths: [{ nextHop: "10.0.0.2" }],
  }]);
  const record = readHold(field);
  assertEquals(record && restoredRoutes(record), routes);
});

Deno.test("a group that is not as porter writes it is left out, and the others count", () => {
  const good = { addresses: ["203.0.113.10"], paths: [{ nextHop: "10.0.0.1" }] };
  const time = "2026-01-31T12:00:00Z";
  const held = [
    null,
    "all",
    { addresses: ["203.0.113.11-"], paths: [{ nextHop: "10.0.0.1" }] },
    { addresses: ["203.0.113.12"], paths: [{ nextHop: "node1" }] },
    { addresses: ["203.0.113.13"], paths: [{ nextHop: "10.0.0.1", communities: ["x"] }] },
    { addresses: ["203.0.113.14"], paths: [] },
    good,
  ];
  const record = readHold({ since: time, routes: 7, percent: 70, held });
  assert(record !== undefined);
  assertEquals(restoredRoutes(record), [
    { prefix: hostPrefix(ipv4(0xcb00710a)), paths: via({}, ipv4(0x0a000001)) },
  ]);
  for (const raw of [null, "x", { held }, { since: time, routes: 1, percent: 1, held: {} }]) {
    assertEquals(readHold(raw), undefined);
  }
});

Deno.test("ranges that nobody can mean are read up to a bound", () => {
  const paths = [{ nextHop: "10.0.0.1" }];
  const group = { addresses: ["::-ffff::", "0.0.0.0-255.255.255.255"], paths };
  const record = readHold({
    since: "2026-01-31T12:00:00Z",
    routes: 1,
    percent: 1,
    held: Array.from({ length: 50 }, () => group),
  });
  assert(record !== undefined);
  assertEquals(restoredRoutes(record).length, 200_000);
});

Deno.test("more communities than one place may say are read: several places say them together", () => {
  const communities = Array.from({ length: 70 }, (_, index) => 0xfbf00000 + index);
  const route: Route = {
    prefix: hostPrefix(v4(0)),
    paths: via({
      communities,
      largeCommunities: Array.from({ length: 40 }, (_, local) => [64512, 1, local] as const),
      extendedCommunities: Array.from({ length: 40 }, (_, index) => BigInt(index)),
    }, v4(1)),
  };
  const record = readHold(brakeField(holdOf([route])));
  assertEquals(record && restoredRoutes(record), [route]);
});
