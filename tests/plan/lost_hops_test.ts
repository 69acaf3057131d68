/**
 * The brake remembers which next hops routes have lost, and for that whole lists of routes as they were:
 * only where a node went down, and only for as long as withdrawals count together.
 */

import { assertEquals } from "@std/assert";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { Route } from "../../lib/bgp/model/mod.ts";
import type { Node, Snapshot } from "../../lib/objects/mod.ts";
import { BrakedPlanner } from "../../lib/plan/mod.ts";
import { bgpConf, eip, node, service, slice, snapshot } from "../support/objects.ts";

const start = Date.UTC(2026, 0, 31, 12);
const [first, second] = [node("node1", ["10.0.0.1"]), node("node2", ["10.0.0.2"])];
const down: Node = { ...second, ready: false };
const brake = { maxWithdrawn: 50, within: 10_000, minRoutes: 3 };

function world(second: Node, on = true): Snapshot {
  const conf = bgpConf("conf");
  const numbers = [10, 11, 12, 13];
  return snapshot({
    eips: [eip("pool")],
    bgpConfs: [{ ...conf, spec: on ? { ...conf.spec, brake } : conf.spec }],
    nodes: [first, second],
    services: numbers.map((each) =>
      service(`svc${each}`, { held: { [`203.0.113.${each}`]: "pool" } })
    ),
    endpointSlices: numbers.map((each) => slice(`svc${each}`, ["node1", "node2"])),
  });
}

/** How many of the routes that the first plan had are still in memory after all of them were made. */
async function remembered(...worlds: readonly (readonly [number, Snapshot])[]): Promise<number> {
  const planner = new BrakedPlanner();
  const plan = ([seconds, objects]: readonly [number, Snapshot]): readonly Route[] =>
    planner.plan(objects, undefined, start + seconds * 1000).everywhere.announced;
  const [earliest, ...later] = worlds;
  const routes = earliest === undefined ? [] : plan(earliest).map((each) => new WeakRef(each));
  assertEquals(routes.length, 4);
  for (const each of later) plan(each);
  setFlagsFromString("--expose-gc");
  const gc: () => void = runInNewContext("gc");
  // A WeakRef holds what it was made of until the turn ends.
  await new Promise((done) => setTimeout(done, 0));
  gc();
  const left = routes.filter((each) => each.deref() !== undefined).length;
  // The planner, and what it remembers, must be there until here.
  plan(worlds.at(-1) ?? [0, world(second)]);
  return left;
}

Deno.test("routes as they were are remembered where a node went down, and not where one came up", async () => {
  assertEquals(await remembered([0, world(second)], [1, world(down)]), 4);
  assertEquals(await remembered([0, world(down)], [1, world(second)]), 0);
});

Deno.test("what was lost is forgotten after the time, also when no node changes any more", async () => {
  const lost = [[0, world(second)], [1, world(down)]] as const;
  assertEquals(await remembered(...lost, [10, world(down)]), 4);
  assertEquals(await remembered(...lost, [20, world(down)]), 0);
  assertEquals(await remembered(...lost, [2, world(down, false)]), 0, "the brake was turned off");
});
