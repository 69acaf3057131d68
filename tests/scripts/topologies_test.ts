import { assert, assertEquals } from "@std/assert";
import { parseNextHops } from "../../scripts/lab/frr.ts";
import {
  listTopologies,
  lossTable,
  topologies,
  topologiesNamed,
} from "../../scripts/lab/topologies/mod.ts";

Deno.test("parseNextHops() takes the paths that FRR uses, and each next hop once", () => {
  const path = (ip: string, more: Record<string, boolean>) => ({ nexthops: [{ ip }], ...more });
  const text = JSON.stringify({
    routes: {
      "203.0.113.1/32": [
        path("10.0.0.2", { multipath: true }),
        path("10.0.0.1", { bestpath: true }),
        path("10.0.0.2", { multipath: true }),
        path("10.0.0.3", {}),
      ],
    },
  });
  assertEquals(parseNextHops(text, "203.0.113.1/32"), ["10.0.0.1", "10.0.0.2"]);
  assertEquals(parseNextHops(text, "203.0.113.2/32"), []);
  assertEquals(parseNextHops("{}", "203.0.113.1/32"), []);
});

Deno.test("parseNextHops() takes of a path over IPv6 the one next hop that FRR uses", () => {
  const nexthops = [
    { ip: "fd30::1", scope: "global", used: true },
    { ip: "fe80::1", scope: "link-local" },
  ];
  const text = JSON.stringify({ routes: { "2001:db8::1/128": [{ nexthops, bestpath: true }] } });
  assertEquals(parseNextHops(text, "2001:db8::1/128"), ["fd30::1"]);
});

Deno.test("every architecture is there over IPv6 too", () => {
  const kind = (name: string) => name.replace(/-frr|-v6/g, "");
  const of = (family: 4 | 6) =>
    new Set(
      topologies.filter((each) => (each.family ?? 4) === family).map(({ name }) => kind(name)),
    );
  assertEquals([...of(6)].sort(), [...of(4)].sort());
});

Deno.test("a topology is found by its name, and all of them by all", () => {
  assert(topologies.length >= 7);
  assertEquals(topologiesNamed("all"), topologies);
  assertEquals(topologiesNamed("spine-leaf").map(({ name }) => name), ["spine-leaf"]);
  assertEquals(topologiesNamed("ring"), []);
  assertEquals(new Set(topologies.map(({ name }) => name)).size, topologies.length);
  assertEquals(listTopologies().split("\n").length, topologies.length);
});

for (const topology of topologies) {
  Deno.test(`topology ${topology.name} says what every router's table is, also without its leaf`, () => {
    const nodes = topology.nodes.map(({ name }) => name);
    const routers = topology.routers.map(({ role }) => role);
    const all = topology.tables({ nodes, routers });
    assertEquals(Object.keys(all).sort(), [...routers].sort());
    for (const hops of Object.values(all)) assert(hops.length > 1);
    const less = topology.tables({ nodes: nodes.slice(1), routers });
    assert(JSON.stringify(less) !== JSON.stringify(all));
    assert(routers.includes(topology.leaf));
    assert(topology.through.every((role) => routers.includes(role)));
  });
}

Deno.test("lossTable() is a Markdown table with aligned columns", () => {
  const row = { topology: "t", lost: "leaf1", failed: "0 of 100", right: "1 ms", back: "2 ms" };
  const lines = lossTable([row]);
  assertEquals(lines.length, 3);
  assertEquals(new Set(lines.map((line) => line.length)).size, 1);
  assert(lines[2]?.includes("| 0 of 100 "));
});
