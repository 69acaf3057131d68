/**
 * Refusals from one plan to the next: what is said again is the same object, in the same list.
 */

import { assert, assertEquals } from "@std/assert";
import { Planner } from "../../lib/plan/mod.ts";
import { bgpConf, eip, node, service, slice, snapshot } from "../support/objects.ts";

const world = snapshot({
  eips: [eip("pool"), eip("wrong", "203.0.113")],
  bgpConfs: [bgpConf("conf"), bgpConf("second", { createdAt: 5 })],
  nodes: [node("node1", ["10.0.0.1"])],
  services: [
    service("lone", { held: { "203.0.113.10": "pool" } }),
    service("web", { held: { "203.0.113.11": "pool" } }),
  ],
  endpointSlices: [slice("web", ["node1"])],
  faults: [{
    object: { kind: "BgpPeer", namespace: "", name: "leaf" },
    severity: "error",
    field: "spec",
    message: "must be an object",
  }],
});

Deno.test("refusals that are said again are the same objects, and the same list", () => {
  const planner = new Planner();
  const before = planner.plan(world).refusals;
  assertEquals(before.map(({ object, reason }) => `${object.kind} ${object.name} ${reason}`), [
    "BgpConf second BgpConfSuperseded",
    "BgpPeer leaf InvalidObject",
    "Eip wrong PoolInvalidAddress",
    "Service lone NoReadyEndpoint",
  ]);
  // A store gives its faults, and whatever changed, as new objects.
  const faults = world.faults.map((each) => ({ ...each }));
  const web = { ...(world.services[1] as typeof world.services[number]), labels: { a: "b" } };
  const services = [world.services[0] as typeof web, web];
  assert(planner.plan({ ...world, faults, services }).refusals === before);
  const served = { ...world, endpointSlices: [slice("web", ["node1"]), slice("lone", ["node1"])] };
  const now = planner.plan(served).refusals;
  assertEquals(now, before.slice(0, 3));
  assert(now.every((each, index) => each === before[index]));
  assertEquals(planner.plan({ ...world, complete: false }).refusals, []);
  assertEquals(planner.plan(world).refusals, before);
});
