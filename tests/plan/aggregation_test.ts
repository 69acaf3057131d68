import { assert, assertEquals } from "@std/assert";
import { formatPrefix } from "../../lib/net/mod.ts";
import type { Eip, Service, Snapshot } from "../../lib/objects/mod.ts";
import {
  BrakedPlanner,
  conditionsOfService,
  delta,
  events,
  hostState,
  type Plan,
  plan,
  Planner,
  recorded,
  statuses,
} from "../../lib/plan/mod.ts";
import { bgpConf, cluster, eip, endpoint, node, service, slice } from "../support/objects.ts";

function pool(aggregationLength: number, more: { readonly deleting?: boolean } = {}): Eip {
  const bgp = { attributes: {}, serviceMaySet: [], aggregationLength };
  return eip("edge", "203.0.113.0/24", { ...more, bgp });
}

/** Services a, b, c ... of policy Cluster with an endpoint each, and an Eip of /28s. */
function world(count: number, parts: Partial<Snapshot> = {}): Snapshot {
  const names = ["a", "b", "c"].slice(0, count);
  const objects = cluster({
    eips: [pool(28)],
    services: names.map((each) => service(each)),
    endpointSlices: names.map((each) => slice(each, ["node1"])),
    ...parts,
  });
  return recorded(objects, plan(objects));
}

function prefixes({ announced }: Plan): readonly string[] {
  return announced.map(({ prefix }) => formatPrefix(prefix));
}

Deno.test("who comes and goes changes no route while another one is live; the last one takes it along", () => {
  const planner = new Planner();
  const [one, two] = [world(1), world(2)];
  const first = planner.plan(one);
  assertEquals(prefixes(first), ["203.0.113.0/28"]);
  for (const snapshot of [two, one]) {
    const next = planner.plan(snapshot);
    assert(next.announced === first.announced);
    assert(next.routes === first.routes);
  }
  const dead = { ...one, endpointSlices: [slice("a", [endpoint("node1", { ready: false })])] };
  assertEquals(prefixes(planner.plan(dead)), []);
  assertEquals(prefixes(planner.plan(one)), ["203.0.113.0/28"]);
});

Deno.test("a covering prefix waits for the first record of an address of it, and for no other", () => {
  const unwritten = cluster({
    eips: [pool(28)],
    services: [service("a"), service("b")],
    endpointSlices: [slice("a", ["node1"]), slice("b", ["node1"])],
  });
  const planner = new Planner();
  assertEquals(prefixes(planner.plan(unwritten)), []);
  const [a, b] = world(2).services as [Service, Service];
  const before = planner.plan({ ...unwritten, services: [a, service("b")] });
  assertEquals(prefixes(before), ["203.0.113.0/28"]);
  const after = planner.plan({ ...unwritten, services: [a, b] });
  assert(after.announced === before.announced);
  // The one that was written first goes; the other one's record keeps the prefix.
  assertEquals(prefixes(planner.plan({ ...unwritten, services: [b] })), ["203.0.113.0/28"]);
});

Deno.test("nodes that come and go move the prefix's next hops, and an edit of the length its routes", () => {
  const planner = new Planner();
  const now = world(2);
  planner.plan(now);
  const nodes = [node("node1", ["10.0.0.11"]), node("node2", ["10.0.0.12"], { ready: false })];
  const fewer = planner.plan({ ...now, nodes });
  assertEquals(fewer.announced.map(({ paths }) => paths.length), [1]);
  const edited = planner.plan({ ...now, eips: [pool(31)] });
  assertEquals(prefixes(edited), ["203.0.113.0/31", "203.0.113.2/31"]);
  assertEquals(prefixes(planner.plan({ ...now, eips: [pool(32)] })), [
    "203.0.113.1/32",
    "203.0.113.2/32",
  ]);
  // An Eip that is being deleted may be replaced by another one of the same addresses.
  assertEquals(prefixes(planner.plan({ ...now, eips: [pool(28, { deleting: true })] })), [
    "203.0.113.1/32",
    "203.0.113.2/32",
  ]);
});

Deno.test("a node that gets an address of the pool takes the covering prefix away, also from the hosts", () => {
  const planner = new Planner();
  const now = world(1);
  assertEquals((hostState(now).discards ?? []).map(formatPrefix), ["203.0.113.0/28"]);
  planner.plan(now);
  const nodes = [node("node1", ["10.0.0.11"]), node("node2", ["203.0.113.9"])];
  const next = planner.plan({ ...now, nodes });
  assertEquals(prefixes(next), ["203.0.113.1/32"]);
  assertEquals(next.refusals.map(({ object, reason }) => `${object.name} ${reason}`), [
    "edge NotAggregated",
  ]);
  assertEquals(hostState({ ...now, nodes }).discards, undefined);
});

Deno.test("an Eip whose addresses are announced one by one says why, and is ready all the same", () => {
  const bgp = { attributes: {}, serviceMaySet: [], aggregationLength: 24 };
  const now = cluster({ eips: [eip("edge", "203.0.113.0/28", { bgp })] });
  const said = (snapshot: Snapshot): unknown =>
    statuses(plan(snapshot), snapshot, { now: 0 })
      .find(({ object }) => object.kind === "Eip")?.status?.conditions;
  const conditions = said(now) as readonly Record<string, unknown>[];
  assertEquals(conditions.map(({ type, status, reason }) => [type, status, reason]), [
    ["Ready", "True", "Ready"],
    ["Aggregated", "False", "NotAggregated"],
  ]);
  // What was said goes when it is mended.
  const mended = { ...eip("edge", "203.0.113.0/28"), status: { conditions } };
  const after = said({ ...now, eips: [mended] }) as readonly Record<string, unknown>[];
  assertEquals(after.map(({ type }) => type), ["Ready"]);
});

Deno.test("a Service says by which prefix it is announced, and its events what became of that", () => {
  const [none, one, two] = [world(0), world(1), world(2)];
  const [planned] = plan(one).services;
  assert(planned !== undefined);
  assertEquals(
    conditionsOfService(planned, true)[1].message,
    "203.0.113.1 (as 203.0.113.0/28) is announced to every peer whose session is up",
  );
  const told = (before: Snapshot, after: Snapshot) =>
    events(plan(before), plan(after)).map(({ object, reason, message }) =>
      `${object.name} ${reason}: ${message}`
    );
  assertEquals(told(one, two), [
    "b Announced: 203.0.113.2 as 203.0.113.0/28 is announced to every peer whose session is up",
  ]);
  assertEquals(told(two, one), [
    "b Withdrawn: 203.0.113.2 keeps 203.0.113.0/28 announced no more",
    "b AddressReleased: 203.0.113.2 is free again",
  ]);
  assertEquals(told(none, one).length, 1);
});

Deno.test("one Service that changes among ten thousand looks at no other prefix", () => {
  const bgp = { attributes: {}, serviceMaySet: [], aggregationLength: 24 };
  const count = 10_000;
  const names = Array.from({ length: count }, (_, index) => `s${String(index).padStart(5, "0")}`);
  const fresh = cluster({
    eips: [eip("edge", "10.64.0.0/16", { bgp })],
    services: names.map((each) => service(each)),
    endpointSlices: names.map((each) => slice(each, ["node1"])),
  });
  const now = recorded(fresh, plan(fresh));
  const planner = new Planner();
  const before = planner.plan(now);
  assertEquals(before.routes.length, Math.ceil((count + 2 * 39) / 256));
  const [, ...services] = now.services;
  const after = planner.plan({ ...now, services });
  assert(after.routes === before.routes);
  const { removed, added } = delta(before.services, after.services);
  assertEquals([removed.size, added.length], [1, 0]);
});

/** Six Services, two to a /31, behind a brake that holds when more than half of three routes go. */
function braked(parts: Partial<Snapshot> = {}): Snapshot {
  const names = ["a", "b", "c", "d", "e", "f"];
  const conf = bgpConf("conf");
  const brake = { maxWithdrawn: 50, within: 10_000, minRoutes: 2 };
  const objects = cluster({
    bgpConfs: [{ ...conf, spec: { ...conf.spec, brake } }],
    eips: [pool(31)],
    services: names.map((each) => service(each)),
    endpointSlices: names.map((each) => slice(each, ["node1"])),
  });
  return { ...recorded(objects, plan(objects)), ...parts };
}

Deno.test("the brake takes an edit of the length for no withdrawal: something leads to each address", () => {
  const planner = new BrakedPlanner();
  for (const [second, length] of [31, 32, 29, 32, 31].entries()) {
    const now = planner.plan(braked({ eips: [pool(length)] }), undefined, 1e12 + second * 1000);
    assertEquals(now.hold, undefined);
    assertEquals(now.announced.length, { 29: 1, 31: 4, 32: 6 }[length]);
  }
});

Deno.test("the brake holds covering prefixes, whose Services say so, as long as an Eip asks for them", () => {
  const planner = new BrakedPlanner();
  const before = planner.plan(braked(), undefined, 1e12);
  const held = planner.plan(braked({ endpointSlices: [] }), undefined, 1e12 + 1000);
  assertEquals(prefixes(held), prefixes(before));
  assertEquals(held.hold?.held.length, 4);
  const reasons = held.services.map(({ refusals }) => refusals[0]?.reason as string);
  assertEquals(reasons, Array.from({ length: 6 }, () => "WithdrawalsHeld"));
  // Of what is not the pool's any more nothing is held.
  const other = { endpointSlices: [], eips: [eip("edge", "203.0.113.0/30", pool(31).spec)] };
  const less = planner.plan(braked(other), undefined, 1e12 + 2000);
  assertEquals(prefixes(less), ["203.0.113.0/31", "203.0.113.2/31"]);
  const back = planner.plan(braked(), undefined, 1e12 + 3000);
  assertEquals([prefixes(back), back.hold], [prefixes(before), undefined]);
});

/**
 * Twelve Services in one /28 and so many with host routes, behind a brake for more than half of all; so many of
 * the twelve have a host route of their own beside the prefix.
 */
function counted(alone: number, minRoutes: number, own = 1) {
  const conf = bgpConf("conf");
  const brake = { maxWithdrawn: 50, within: 10_000, minRoutes };
  const inside = Array.from({ length: 12 }, (_, index) =>
    service(`in${index}`, {
      held: { [`203.0.113.${index + 1}`]: "edge" },
      ...(index < own ? { externalTrafficPolicy: "Local" as const } : {}),
    }));
  const outside = Array.from(
    { length: alone },
    (_, index) => service(`out${index}`, { held: { [`198.51.100.${index + 1}`]: "plain" } }),
  );
  const services = [...inside, ...outside];
  const objects = cluster({
    bgpConfs: [{ ...conf, spec: { ...conf.spec, brake } }],
    eips: [pool(28), eip("plain", "198.51.100.0/24")],
    services,
    endpointSlices: services.map(({ ref }) => slice(ref.name, ["node1"])),
  });
  const without = (gone: (name: string) => boolean): Snapshot => ({
    ...objects,
    services: services.filter(({ ref }) => !gone(ref.name)),
  });
  return { objects, without };
}

Deno.test("for the brake a covering prefix counts as the Services that it stands for", () => {
  const isInside = (name: string): boolean => name.startsWith("in");
  const rows = [
    // 12 Services: one has a host route of its own beside the prefix, which counts as the other 11.
    { alone: 5, minRoutes: 12, own: 1, held: 2 },
    { alone: 11, minRoutes: 12, own: 1, held: 2 },
    { alone: 12, minRoutes: 12, own: 1, held: 0 },
    { alone: 5, minRoutes: 13, own: 1, held: 0 },
    // The prefix is all there is; 10 is the default.
    { alone: 0, minRoutes: 10, own: 0, held: 1 },
    { alone: 0, minRoutes: 13, own: 0, held: 0 },
  ];
  for (const { alone, minRoutes, own, held } of rows) {
    const { objects, without } = counted(alone, minRoutes, own);
    const planner = new BrakedPlanner();
    const before = planner.plan(objects, undefined, 1e12);
    assertEquals(before.announced.length, alone + own + 1);
    assertEquals(prefixes(before).includes("203.0.113.0/28"), true);
    const after = planner.plan(without(isInside), undefined, 1e12 + 1000);
    assertEquals(after.hold?.held.length ?? 0, held, `beside ${alone}, at least ${minRoutes}`);
    const announced = after.announced.filter(({ paths }) => paths.length > 0);
    assertEquals(announced.length, alone + held);
    assertEquals(
      announced.some(({ prefix }) => formatPrefix(prefix) === "203.0.113.0/28"),
      held > 0,
    );
  }
});

Deno.test("a covering prefix that loses its Services one by one counts as those of the time", () => {
  for (const [pause, isHeld] of [[500, true], [11_000, false]] as const) {
    const { objects, without } = counted(2, 9);
    const planner = new BrakedPlanner();
    let now = 1e12;
    let last = planner.plan(objects, undefined, now);
    for (let gone = 1; gone <= 12; gone++) {
      now += pause;
      const is = (name: string): boolean => name.startsWith("in") && Number(name.slice(2)) < gone;
      last = planner.plan(without(is), undefined, now);
    }
    assertEquals(prefixes(last).includes("203.0.113.0/28"), isHeld);
    assertEquals(last.hold?.held.length ?? 0, isHeld ? 1 : 0);
  }
});
