import { assertEquals } from "@std/assert";
import type { ObjectMeta, Service } from "../../lib/objects/mod.ts";
import { plan, Statuses, statuses } from "../../lib/plan/mod.ts";
import { service, snapshot } from "../support/objects.ts";
import { type Raw, rawEip, rawNodes, rawService, rawSlice, rawSpeaker, World } from "./world.ts";

const old = "finalizer.lb.kubesphere.io/v1alpha1";
const theirs = "example.com/theirs";

function left(world: World): Readonly<Record<string, readonly string[]>> {
  const { services, eips, bgpConfs, bgpPeers } = world.store.snapshot();
  const all: readonly ObjectMeta[] = [...services, ...eips, ...bgpConfs, ...bgpPeers];
  return Object.fromEntries(all.map(({ ref, finalizers }) => [ref.name, finalizers]));
}

function named(object: Raw, metadata: Raw): Raw {
  return { ...object, metadata: { ...object.metadata as Raw, ...metadata } };
}

Deno.test("the finalizers of 2020 go from every kind, those of others stay", () => {
  const agents = ["finalizer.lb.kubesphere.io/node1", "finalizer.lb.kubesphere.io/gone"];
  const pool = ["finalizer.ipam.kubesphere.io/v1alpha1", ...agents, theirs];
  const world = new World([
    rawEip("edge", "203.0.113.0/28", {}, { finalizers: pool }),
    ...rawSpeaker.map((each) => named(each, { finalizers: [old, theirs] })),
    ...rawNodes,
    rawService("web", { metadata: { finalizers: [theirs, old] } }),
    rawService("unasked", {
      metadata: { annotations: {}, finalizers: [old] },
      spec: { type: "ClusterIP" },
    }),
    rawService("foreign", {
      metadata: { finalizers: [old] },
      spec: { loadBalancerClass: "example.com/other" },
    }),
  ]);
  assertEquals(left(world), {
    web: [theirs],
    unasked: [],
    foreign: [],
    edge: [theirs],
    conf: [theirs],
    leaf: [theirs],
  });
});

Deno.test("a Service that OpenELB has opted in keeps its finalizer", () => {
  const annotations = { "lb.kubesphere.io/v1alpha1": "openelb" };
  const world = new World([rawService("web", { annotations, metadata: { finalizers: [old] } })]);
  assertEquals(left(world), { web: [old] });
});

Deno.test("a Service that is being deleted is let go before its finalizer is taken away", () => {
  const objects = [rawEip("edge", "203.0.113.0/28"), ...rawNodes, rawSlice("web", [])];
  const world = new World([...objects, rawService("web")]);
  assertEquals(world.addresses("web"), ["203.0.113.1"]);
  const metadata = { deletionTimestamp: "2026-01-01T00:00:00Z", finalizers: [old, theirs] };
  world.store.setObjects([...objects, rawService("web", { metadata })]);
  const steps: unknown[] = [];
  for (let step = world.step(); step.patches.length > 0; step = world.step()) {
    steps.push([world.ingress("web"), world.service("web").finalizers]);
  }
  assertEquals(steps, [[[], [old, theirs]], [[], [theirs]]]);
  assertEquals(world.store.snapshot().eips[0]?.status.used, {});
});

Deno.test("Services with finalizers are followed from one snapshot to the next", () => {
  const follower = new Statuses();
  const plain = snapshot({
    services: ["a", "b", "c"].map((each) => ({ ...service(each), optIn: "none" as const })),
  });
  const [a, b, c] = plain.services as [Service, Service, Service];
  const aged = (each: Service): Service => ({ ...each, finalizers: [old] });
  const [oldA, oldC] = [aged(a), aged(c)];
  const worlds = [[a, b, c], [a, b, oldC], [oldA, b, oldC], [oldA, b], [oldA, b, c], [a, b, c]];
  const said = worlds.map((services) => {
    const objects = { ...plain, services };
    const planned = plan(objects);
    const patches = follower.patches(planned, objects, { now: 1 });
    assertEquals(patches, statuses(planned, objects, { now: 1 }));
    return patches.filter((each) => each.finalizers !== undefined).map(({ object }) => object.name);
  });
  assertEquals(said, [[], ["c"], ["a", "c"], ["a"], ["a"], []]);
});
