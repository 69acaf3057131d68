/** @module */

import { assertEquals } from "@std/assert";
import { AdjRibIn } from "../../../lib/bgp/rib/mod.ts";
import type { Attribute, Nlri, Update } from "../../../lib/bgp/wire/mod.ts";
import { type Ipv4, type Prefix } from "../../../lib/net/mod.ts";
import { address, route } from "./model_peer.ts";

const said: Attribute[] = [
  { kind: "origin", origin: "igp" },
  { kind: "as-path", segments: [{ kind: "sequence", as: [64512, 64513] }] },
  { kind: "next-hop", address: address("10.0.0.9") as Ipv4 },
  { kind: "med", value: 5 },
  { kind: "communities", values: [7] },
];

function prefix(text: string): Prefix {
  return route(text, []).prefix;
}

function update(parts: Partial<Update>): Update {
  return { type: "update", withdrawn: [], attributes: [], nlri: [], ...parts };
}

function nlri(...texts: string[]): Nlri[] {
  return texts.map((text) => ({ prefix: prefix(text) }));
}

Deno.test("received routes are shown with next hop and attributes, until withdrawn", () => {
  const table = new AdjRibIn();
  table.apply(update({ nlri: nlri("198.51.100.0/24", "0.0.0.0/0"), attributes: said }));
  assertEquals(table.count, 2);
  assertEquals(table.list(1), [{
    prefix: prefix("198.51.100.0/24"),
    nextHop: address("10.0.0.9"),
    origin: "igp",
    asPath: "64512 64513",
    med: 5,
    communities: [7],
  }]);
  table.apply(update({ withdrawn: nlri("198.51.100.0/24", "198.51.100.0/25") }));
  assertEquals([table.count, table.list(9).length], [1, 1]);
});

Deno.test("IPv6 routes come and go by MP_REACH_NLRI and MP_UNREACH_NLRI", () => {
  const table = new AdjRibIn();
  const nextHops = [address("fd00::1"), address("fe80::1")];
  const reach: Attribute = { kind: "mp-reach", family: 6, nextHops, nlri: nlri("::/0") };
  table.apply(update({ attributes: [reach, ...said] }));
  assertEquals(table.list(9)[0]?.nextHop, address("fd00::1"));
  const withdrawn = nlri("::/0");
  table.apply(update({ attributes: [{ kind: "mp-unreach", family: 6, withdrawn }] }));
  assertEquals([table.count, table.list(9).length], [0, 0]);
});

Deno.test("paths are told apart by their identifiers, and said again they replace", () => {
  const table = new AdjRibIn();
  const both = ["::/0", "0.0.0.0/0"].flatMap((text) =>
    [0, 1, 2].map((pathId) => ({ prefix: prefix(text), pathId }))
  );
  table.apply(update({ nlri: both, attributes: said }));
  table.apply(update({ nlri: both, attributes: [{ kind: "med", value: 6 }] }));
  assertEquals(table.count, 6);
  assertEquals(table.list(9).map((r) => r.med), [6, 6, 6, 6, 6, 6]);
  table.apply(update({ withdrawn: both.slice(1, 2) }));
  assertEquals(table.list(9).map((r) => r.pathId), [0, 2, 0, 1, 2]);
});

Deno.test("what a flood leaves behind is bounded, and the count says that it is partial", () => {
  const table = new AdjRibIn({ counted: 10, shown: 3 });
  for (let i = 0; i < 50; i++) {
    table.apply(update({ nlri: nlri(`198.51.100.${i}/32`), attributes: said }));
  }
  assertEquals([table.count, table.list(99).length, table.isPartial], [10, 3, true]);
  for (let i = 0; i < 50; i++) table.apply(update({ withdrawn: nlri(`198.51.100.${i}/32`) }));
  assertEquals([table.count, table.list(99).length, table.isPartial], [0, 0, false]);
});

Deno.test("clear forgets everything", () => {
  const table = new AdjRibIn({ counted: 1, shown: 1 });
  table.apply(update({ nlri: nlri("10.0.0.0/8", "11.0.0.0/8"), attributes: said }));
  table.clear();
  assertEquals([table.count, table.list(9).length, table.isPartial], [0, 0, false]);
});
