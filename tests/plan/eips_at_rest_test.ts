/** Which Eips are looked at again from one pass to the next, and which must be. */

import { assert, assertEquals } from "@std/assert";
import type { Eip, ObjectFault, Snapshot } from "../../lib/objects/mod.ts";
import { type Plan, plan, Planner, Statuses, statuses } from "../../lib/plan/mod.ts";
import { eip, service, snapshot } from "../support/objects.ts";

/** The Eips as they read once all was written that the plan says of them. */
function written(now: Snapshot): Snapshot {
  const patches = statuses(plan(now), now, { now: 0 });
  const eips = now.eips.map((each): Eip => {
    const { status } = patches.find(({ object }) => object.name === each.ref.name) ?? {};
    return { ...each, status: { ...each.status, ...status } };
  });
  return { ...now, eips };
}

/** Counts how often the status of each Eip is put together. */
function counted(now: Snapshot): { readonly now: Snapshot; readonly looks: () => number } {
  let looks = 0;
  const eips = now.eips.map((each): Eip => ({
    ...each,
    get generation(): number {
      looks++;
      return each.generation;
    },
  }));
  return { now: { ...now, eips }, looks: () => looks };
}

const unwritable = (name: string): ObjectFault => ({
  ...{ severity: "error", field: "", message: "cannot be written: a webhook says no" },
  object: { kind: "Service", namespace: "default", name },
  unwritable: true,
});

Deno.test("Eips rest while a Service cannot be written that only keeps what it has", () => {
  const stuck = service("stuck", { held: { "203.0.113.1": "edge" } });
  const web = service("web", { held: { "203.0.113.2": "edge" } });
  const world = snapshot({
    eips: [eip("edge", "203.0.113.0/24"), eip("other", "198.51.100.0/24")],
    services: [stuck, web],
    faults: [unwritable("stuck")],
  });
  const { now, looks } = counted(written(world));
  const { used } = now.eips[0]?.status ?? {};
  assertEquals(used, { "203.0.113.1": "default/stuck", "203.0.113.2": "default/web" });
  const planned = plan(now);
  const followed = new Statuses();
  const first = followed.patches(planned, now, { now: 0 });
  assert(first.every(({ object }) => object.kind === "Service"));
  const before = looks();
  assert(before > 0);
  followed.patches(planned, now, { now: 0 });
  assertEquals(looks(), before);
});

Deno.test("a claim that was kept for a while is dropped afterwards", () => {
  const leaver = service("leaver", { held: { "203.0.113.1": "edge" }, optIn: "none" });
  const world = snapshot({
    eips: [eip("edge", "203.0.113.0/24"), eip("other", "198.51.100.0/24")],
    services: [leaver],
    faults: [unwritable("leaver")],
  });
  const now = written(world);
  assertEquals(now.eips[0]?.status.used, { "203.0.113.1": "default/leaver" });
  const planner = new Planner();
  const followed = new Statuses();
  const usedOf = (now: Snapshot): unknown => {
    const planned: Plan = planner.plan(now);
    const patches = followed.patches(planned, now, { now: 0 });
    return patches.find(({ object }) => object.kind === "Eip")?.status;
  };
  assertEquals(usedOf(now), undefined);
  // The webhook lets it be written, and that is all that changes.
  assertEquals(usedOf({ ...now, faults: [] }), { used: {} });
});

Deno.test("a Service that moves to another Eip leaves no claim behind in the former one", () => {
  const loadBalancerIp = "198.51.100.7";
  const held = { "203.0.113.1": "edge" };
  const eips = [
    eip("edge", "203.0.113.0/24", { status: { used: { "203.0.113.1": "default/web" } } }),
    eip("other", "198.51.100.0/24"),
  ];
  const world = snapshot({ eips, services: [service("web", { held, loadBalancerIp })] });
  const now = written(world);
  const planner = new Planner();
  const followed = new Statuses();
  followed.patches(planner.plan(now), now, { now: 0 });
  const moved = service("web", { held: { [loadBalancerIp]: "other" }, loadBalancerIp });
  const after = { ...now, services: [moved] };
  const patches = followed.patches(planner.plan(after), after, { now: 0 });
  const edge = patches.find(({ object }) => object.name === "edge");
  assertEquals(edge?.status?.used, {});
});
