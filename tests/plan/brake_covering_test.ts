import { assert, assertEquals } from "@std/assert";
import { formatPrefix } from "../../lib/net/mod.ts";
import type { BgpConf, Snapshot } from "../../lib/objects/mod.ts";
import { BrakedPlanner, type Plan, statuses } from "../../lib/plan/mod.ts";
import { bgpConf, eip, node, service, slice, snapshot } from "../support/objects.ts";

const twelve = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
const now = Date.UTC(2026, 0, 31, 12);

/** Twelve Services of a pool that is announced as one /28, or none any more. */
function world(minRoutes: number, numbers: readonly number[]): Snapshot {
  const conf = bgpConf("conf");
  const brake = { maxWithdrawn: 50, within: 10_000, minRoutes };
  const bgp = { attributes: {}, serviceMaySet: [], aggregationLength: 28 };
  return snapshot({
    eips: [eip("pool", "203.0.113.0/24", { bgp })],
    bgpConfs: [{ ...conf, spec: { ...conf.spec, brake } }],
    nodes: [node("node1", ["10.0.0.1"])],
    services: numbers.map((each) =>
      service(`svc${each}`, { held: { [`203.0.113.${each}`]: "pool" } })
    ),
    endpointSlices: numbers.map((each) => slice(`svc${each}`, ["node1"])),
  });
}

/** The prefixes that are announced after all Services went at once. */
function afterLosingAll(minRoutes: number): readonly string[] {
  const planner = new BrakedPlanner({ node: undefined });
  const before = planner.plan(world(minRoutes, twelve), undefined, now);
  assertEquals(before.announced.map(({ prefix }) => formatPrefix(prefix)), ["203.0.113.0/28"]);
  const after = planner.plan(world(minRoutes, []), undefined, now + 1000);
  return after.announced.filter(({ paths }) => paths.length > 0)
    .map(({ prefix }) => formatPrefix(prefix));
}

Deno.test("a covering prefix of twelve Services is held with the default minRoutes of 10, not with 13", () => {
  assertEquals(afterLosingAll(10), ["203.0.113.0/28"]);
  assertEquals(afterLosingAll(13), []);
});

/** Beside the covering prefix so many Services with routes of their own. */
function beside(numbers: readonly number[], others: number, conf?: BgpConf): Snapshot {
  const covered = world(1, numbers);
  const hosts = Array.from({ length: others }, (_, index) => index + 1);
  return {
    ...covered,
    eips: [...covered.eips, eip("hosts", "198.51.100.0/24")],
    bgpConfs: conf === undefined ? covered.bgpConfs : [conf],
    services: [
      ...hosts.map((each) => service(`host${each}`, { held: { [`198.51.100.${each}`]: "hosts" } })),
      ...covered.services,
    ],
    endpointSlices: [
      ...hosts.map((each) => slice(`host${each}`, ["node1"])),
      ...covered.endpointSlices,
    ],
  };
}

function written(plan: Plan, objects: Snapshot): BgpConf {
  const [conf] = objects.bgpConfs;
  const patch = statuses(plan, objects, { now }).find(({ object }) => object.kind === "BgpConf");
  assert(conf !== undefined && patch?.status !== undefined);
  return { ...conf, status: patch.status };
}

Deno.test("what is told of a held covering prefix counts its Services, also after a restart", () => {
  const first = new BrakedPlanner();
  first.plan(beside(twelve, 8), undefined, now);
  const lost = beside([], 8);
  const held = first.plan(lost, undefined, now + 1000);
  const conf = written(held, lost);
  const { held: groups, routes, percent } = conf.status.brake as Record<string, unknown>;
  assertEquals([routes, percent], [1, 60], "twelve of twenty");
  assertEquals(groups, [{
    ...{ addresses: [], prefixes: ["203.0.113.0/28"], weights: [12] },
    paths: [{ nextHop: "10.0.0.1" }],
  }]);
  const restarted = new BrakedPlanner();
  const again = restarted.plan(beside([], 8, conf), undefined, now + 60_000);
  assertEquals([held.hold?.of, again.hold?.of], [20, 20]);
  const patches = statuses(again, beside([], 8, conf), { now });
  assertEquals(patches.filter(({ object }) => object.kind === "BgpConf"), [], "it says the same");
  // Five of twenty are no mass withdrawal; five of nine would be.
  for (const planner of [first, restarted]) {
    const { announced } = planner.plan(beside([], 3, conf), undefined, now + 120_000);
    assertEquals(announced.length, 4, "both speakers come to the same");
  }
});
