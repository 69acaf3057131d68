/** What people are told of what the brake holds. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { BrakedPlanner, statuses } from "../../lib/plan/mod.ts";
import { brakeReport, explain, subjectOf } from "../../lib/report/mod.ts";
import { bgpConf, cluster, eip, service, slice } from "../support/objects.ts";

const now = Date.UTC(2026, 0, 31, 12);
const made = bgpConf("conf");
const conf = {
  ...made,
  spec: { ...made.spec, brake: { maxWithdrawn: 50, within: 10_000, minRoutes: 2 } },
};
const names = ["a", "b", "c", "d"];
const used = Object.fromEntries(
  names.map((name, at) => [`203.0.113.${at + 1}`, `default/${name}`]),
);
const world = cluster({
  bgpConfs: [conf],
  eips: [eip("edge", "203.0.113.0/24", { status: { used } })],
  services: names.map((name, at) => service(name, { held: { [`203.0.113.${at + 1}`]: "edge" } })),
  endpointSlices: names.map((name) => slice(name, ["node1"])),
});

/** Three of the four lose their endpoints, or are gone, and the status says so. */
function held(gone: boolean) {
  const planner = new BrakedPlanner();
  planner.plan(world, undefined, now);
  const after = {
    ...world,
    services: gone ? world.services.slice(3) : world.services,
    endpointSlices: world.endpointSlices.slice(3),
  };
  const plan = planner.plan(after, undefined, now);
  const patch = statuses(plan, after, { now }).find(({ object }) => object.kind === "BgpConf");
  const written = { ...after, bgpConfs: [{ ...conf, status: patch?.status ?? {} }] };
  return { after, plan, written };
}

Deno.test("the report of a running porter and that of the status say the same", () => {
  for (const gone of [true, false]) {
    const { after, plan, written } = held(gone);
    const report = brakeReport(after, plan.hold);
    assertEquals(report, {
      conf: "conf",
      settings: { maxWithdrawn: 50, withinSeconds: 10, minRoutes: 2 },
      ...{ since: now, routes: 3, percent: 75 },
      held: [{ addresses: ["203.0.113.1-203.0.113.3"], nextHops: ["10.0.0.11", "10.0.0.12"] }],
      services: ["default/a", "default/b", "default/c"],
      moreServices: 0,
    });
    assertEquals(brakeReport(written), report);
  }
  assertEquals(brakeReport(world).since, null);
  assertEquals(brakeReport({ ...world, bgpConfs: [bgpConf("conf")] }).settings, null);
});

Deno.test("explain names the brake, of a Service that is there and of one that is gone", () => {
  const there = explain(subjectOf(held(false).written, { now }), "a");
  const hops = there.links.find(({ title }) => title === "next hops");
  assertEquals(hops?.verdict, "warning");
  assert(hops?.facts.some((each) => each.includes("the brake of the BgpConf holds it")));
  assertMatch(hops?.next ?? "", /See porter brake: undo the change/);
  const [gone] = explain(subjectOf(held(true).written, { now }), "a").links;
  assert(gone?.facts.some((each) => each.includes("WithdrawalsHeld")), JSON.stringify(gone));
});
