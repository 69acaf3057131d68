import { assertEquals } from "@std/assert";
import { formatPrefix } from "../../lib/net/mod.ts";
import type { Snapshot } from "../../lib/objects/mod.ts";
import { BrakedPlanner } from "../../lib/plan/mod.ts";
import { bgpConf, eip, node, service, slice, snapshot } from "../support/objects.ts";

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
  const all = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
  const now = Date.UTC(2026, 0, 31, 12);
  const before = planner.plan(world(minRoutes, all), undefined, now);
  assertEquals(before.announced.map(({ prefix }) => formatPrefix(prefix)), ["203.0.113.0/28"]);
  const after = planner.plan(world(minRoutes, []), undefined, now + 1000);
  return after.announced.filter(({ paths }) => paths.length > 0)
    .map(({ prefix }) => formatPrefix(prefix));
}

Deno.test("a covering prefix of twelve Services is held with the default minRoutes of 10, not with 13", () => {
  assertEquals(afterLosingAll(10), ["203.0.113.0/28"]);
  assertEquals(afterLosingAll(13), []);
});
