/**
 * Fuzz targets of what `ip` and `nft` print. Their laws: a decoder never throws; whatever was read,
 * porter's next words to `ip -batch` and `nft -f` are words that it means, and lead to what is wanted.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import {
  decodeForwards,
  decodeHost,
  decodeLocalTable,
  decodeTable,
  diffForwards,
  diffHost,
  type HostState,
  isSettled,
} from "../../lib/host/mod.ts";
import { address, FakeNode, prefixOf } from "../host/fake_node.ts";
import type { FuzzTarget } from "./runner.ts";

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const golden = (name: string): string =>
  Deno.readTextFileSync(new URL(`../golden/host/${name}`, import.meta.url));

/** A route as it may stand in a batch line: one line, no quote, no comment. */
const routeWords = /^[a-z0-9:./ A-Z_@-]+$/;

function decodeRoutes(bytes: Uint8Array): void {
  for (const family of [4, 6] as const) {
    const table = decodeLocalTable(decode(bytes), family);
    if (!table.ok) {
      assert(table.error.length > 0);
      continue;
    }
    const { routes, discards, strayRoutes, foreignLocal } = table.value;
    assert(discards.every((prefix) => prefix.address.family === family));
    assert(routes.every((route) => route.family === family));
    assert(foreignLocal.every((foreign) => foreign.address.family === family));
    for (const stray of strayRoutes) {
      assertMatch(stray, routeWords);
      assert(stray.includes(" table local proto 179"), "a route without our mark would be hit");
    }
  }
}

function decodeNft(bytes: Uint8Array): void {
  const table = decodeTable(decode(bytes));
  if (!table.ok) return assert(table.error.length > 0);
  for (const service of table.value.services) {
    assertMatch(service, /^[0-9a-f:.]+ (tcp|udp|sctp) \d+$/);
  }
}

function decodeForward(bytes: Uint8Array): void {
  const found = decodeForwards(decode(bytes));
  if (!found.ok) return assert(found.error.length > 0);
  const table = "inet porter_forward";
  assertEquals(diffForwards([], found.value), `delete table ${table}\n`);
  const to = address("172.30.0.2");
  const script = diffForwards([{ from: address("172.30.0.1"), to, port: 17900 }], found.value);
  assert(script === "" || script.startsWith(`add table ${table}\ndelete table ${table}\n`));
}

const wanted: HostState = {
  eips: [
    { address: address("203.0.113.1"), ports: [{ protocol: "tcp", port: 80 }] },
    { address: address("203.0.113.3"), ports: [] },
    { address: address("2001:db8::1"), ports: [{ protocol: "udp", port: 53 }] },
  ],
  discards: [prefixOf("203.0.113.0/28"), prefixOf("2001:db8::/124")],
};

/** Three texts with a zero byte between them, read and brought to what is wanted. */
function settleHost(bytes: Uint8Array): void {
  const [routes4 = "", routes6 = "", table] = decode(bytes).split("\0");
  const observed = decodeHost({ routes4, routes6, table });
  if (!observed.ok) return assertMatch(observed.error, /^Cannot read the answer of (ip|nft)/);
  const node = FakeNode.from(observed.value);
  for (let round = 0; round < 2; round++) node.apply(diffHost(wanted, node.observe()));
  assert(isSettled(diffHost(wanted, node.observe())), "not settled after two rounds");
  assertEquals(node.strays.size, 0);
}

const routes4 = golden("routes4.json");
const routes6 = golden("routes6.json");
const table = golden("table.json");
/** What iproute2 lists of a discarded prefix, and of one that is not as porter writes it. */
const discards4 = '[{"type":"unreachable","dst":"203.0.113.0/28","protocol":"179","flags":[]},' +
  '{"type":"unreachable","dst":"203.0.113.16/28","protocol":"179","metric":3,"flags":[]}]';
const discards6 = '[{"type":"unreachable","dst":"2001:db8::/124","dev":"lo","protocol":"179",' +
  '"metric":1024,"flags":[],"pref":"medium"}]';
const forwards = golden("forwards.json");

/** The targets of lib/host. */
export const hostTargets: readonly FuzzTarget[] = [
  {
    name: "host-routes",
    seeds: [routes4, routes6, discards4, discards6].map(encode),
    run: decodeRoutes,
  },
  { name: "host-table", seeds: [encode(table)], run: decodeNft },
  { name: "host-forwards", seeds: [encode(forwards)], run: decodeForward },
  {
    name: "host-settle",
    seeds: [
      [routes4, routes6, table],
      [routes4, routes6],
      ["[]", "", table],
      [discards4, discards6, table],
    ]
      .map((texts) => encode(texts.join("\0"))),
    run: settleHost,
  },
];
