/**
 * One test for each defect that Porter of 2020 had in what a plan decides; each fails on the old
 * behaviour. Defects of the wire and of the store are tested where those live.
 */

import { assert, assertEquals } from "@std/assert";
import { formatPrefix } from "../../lib/net/mod.ts";
import { nextHopsOf, plan, statuses } from "../../lib/plan/mod.ts";
import {
  type Raw,
  rawEip,
  rawNode,
  rawNodes,
  rawService,
  rawSlice,
  rawSpeaker,
  World,
} from "./world.ts";

const eipKey = "eip.porter.kubesphere.io/v1alpha1";
const edge = rawEip("edge", "203.0.113.0/28");
const ready = rawSlice("web", [{ nodeName: "node1" }, { nodeName: "node2" }]);
const base: readonly Raw[] = [edge, ...rawSpeaker, ...rawNodes];

Deno.test("defect of 2020: a Service without endpoints gets its address, and no route", () => {
  const world = new World([...base, rawService("web")]);
  assertEquals(world.addresses("web"), ["203.0.113.1"]);
  assertEquals(world.routes(), {});
  assertEquals(world.refused("web"), ["NoReadyEndpoint"]);
  assertEquals(world.conditions("web"), {
    Allocated: "True Assigned",
    Announced: "False NoReadyEndpoint",
  });
});

Deno.test("defect of 2020: the last endpoint that goes takes the route with it, not the address", () => {
  const world = new World([...base, rawService("web"), ready]);
  assertEquals(world.routes(), { "203.0.113.1": ["10.0.0.11", "10.0.0.12"] });
  world.settle([...base, rawService("web"), rawSlice("web", [])]);
  assertEquals(world.routes(), {});
  assertEquals(world.addresses("web"), ["203.0.113.1"]);
});

Deno.test("defect of 2020: an edited annotation moves the address and leaves nothing behind", () => {
  const asks = (address: string): Raw => rawService("web", { annotations: { [eipKey]: address } });
  const world = new World([...base, asks("203.0.113.5"), ready]);
  assertEquals(world.addresses("web"), ["203.0.113.5"]);
  world.settle([...base, asks("203.0.113.7"), ready]);
  assertEquals(world.addresses("web"), ["203.0.113.7"]);
  assertEquals(world.ingress("web"), [{ ip: "203.0.113.7", ipMode: "VIP" }]);
  assertEquals(Object.keys(world.routes()), ["203.0.113.7"]);
  assertEquals(world.service("web").annotations[eipKey], "203.0.113.7");
});

Deno.test("defect of 2020: an edited loadBalancerIP is not hidden by the annotation we wrote", () => {
  const asks = (address: string): Raw => rawService("web", { spec: { loadBalancerIP: address } });
  const world = new World([...base, asks("203.0.113.5"), ready]);
  assertEquals(world.service("web").annotations[eipKey], "203.0.113.5");
  world.settle([...base, asks("203.0.113.7"), ready]);
  assertEquals(world.addresses("web"), ["203.0.113.7"]);
  assertEquals(world.service("web").annotations[eipKey], "203.0.113.7");
});

Deno.test("the annotation that the user wrote goes before loadBalancerIP, also once assigned", () => {
  const both = rawService("web", {
    annotations: { [eipKey]: "203.0.113.5" },
    spec: { loadBalancerIP: "203.0.113.7" },
  });
  const world = new World([...base, both, ready]);
  assertEquals(world.addresses("web"), ["203.0.113.5"]);
  assertEquals(world.step().patches, []);
  assertEquals(world.addresses("web"), ["203.0.113.5"]);
});

Deno.test("defect of 2020: a Service whose opt-in annotation is removed is let go", () => {
  const world = new World([...base, rawService("web"), ready]);
  const without = rawService("web", { annotations: { "lb.kubesphere.io/v1alpha1": "other" } });
  world.settle([...base, without, ready]);
  letGoOf(world);
});

Deno.test("defect of 2020: a Service that changes its type is let go", () => {
  const world = new World([...base, rawService("web"), ready]);
  world.settle([...base, rawService("web", { spec: { type: "ClusterIP" } }), ready]);
  letGoOf(world);
});

Deno.test("defect of 2020: a deleting Service that somebody's finalizer keeps is let go", () => {
  const world = new World([...base, rawService("web"), ready]);
  const deleting = rawService("web", {
    metadata: { deletionTimestamp: "2026-01-01T00:00:00Z", finalizers: ["example.com/mine"] },
  });
  world.settle([...base, deleting, ready]);
  letGoOf(world);
  world.settle([...base, deleting, ready, rawService("next")]);
  assertEquals(world.addresses("next"), ["203.0.113.1"], "the address is free for others");
});

function letGoOf(world: World): void {
  assertEquals(world.routes(), {});
  assertEquals(world.addresses("web"), []);
  assertEquals(world.ingress("web"), []);
  assertEquals(world.service("web").holds, []);
  assertEquals(world.conditions("web"), {});
  const ours = Object.keys(world.service("web").annotations).filter((key) =>
    key.includes("porter")
  );
  assertEquals(ours, []);
}

Deno.test("defect of 2020: a request for another Service's address does not take it", () => {
  const thief = rawService("thief", { annotations: { [eipKey]: "203.0.113.1" } });
  const world = new World([...base, rawService("web"), ready]);
  world.settle([...base, rawService("web"), ready, thief]);
  assertEquals(world.addresses("web"), ["203.0.113.1"]);
  assertEquals(world.addresses("thief"), []);
  assertEquals(world.refused("thief"), ["RequestedAddressInUse"]);
  world.settle([...base, rawService("web"), ready]);
  assertEquals(world.addresses("web"), ["203.0.113.1"], "deleting the thief frees nothing");
  assertEquals(Object.keys(world.routes()), ["203.0.113.1"]);
});

Deno.test("defect of 2020: a restart before the pools are known moves and writes nothing", () => {
  const world = new World([...base, rawService("web"), rawService("pending"), ready]);
  const complete = world.store.snapshot();
  const starting = { ...complete, complete: false, eips: [], endpointSlices: [], nodes: [] };
  const planned = plan(starting);
  assertEquals(statuses(planned, starting, { now: 0 }), []);
  assertEquals(planned.refusals, []);
  assertEquals(
    planned.services.flatMap((each) => each.assignments).map((each) => each.by),
    ["held", "held"],
  );
  const unloaded = plan({ ...complete, eips: [] });
  const web = unloaded.services.find((each) => each.service.name === "web");
  assertEquals(web?.released, []);
  assertEquals(web?.assignments.map((each) => each.standing), ["PoolGone"]);
});

Deno.test("defect of 2020: a route is the /32 of its address alone, whatever covers it", () => {
  const wide = rawEip("wide", "203.0.112.0/24");
  const other = rawService("other", { annotations: { [eipKey]: "203.0.112.9" } });
  const otherReady = rawSlice("other", [{ nodeName: "node1" }]);
  const objects = [wide, ...base, rawService("web"), ready, otherReady];
  const world = new World([...objects, other]);
  const prefixes = (): readonly string[] =>
    world.settle().routes.map((each) => formatPrefix(each.prefix));
  assertEquals(prefixes(), ["203.0.112.9/32", "203.0.113.1/32"]);
  world.settle(objects);
  assertEquals(prefixes(), ["203.0.113.1/32"]);
});

Deno.test("defect of 2020: the next hop is an InternalIP, whatever stands first in the Node", () => {
  const node = rawNode("node1", [
    { type: "Hostname", address: "node1.example" },
    { type: "ExternalIP", address: "198.51.100.1" },
    { type: "InternalIP", address: "fd00::11" },
    { type: "InternalIP", address: "10.0.0.11" },
  ]);
  const world = new World([edge, ...rawSpeaker, node, rawService("web"), ready]);
  assertEquals(world.routes(), { "203.0.113.1": ["10.0.0.11"] });
});

const local = rawService("web", { spec: { externalTrafficPolicy: "Local" } });

Deno.test("defect of 2020: the endpoints of every slice count, not of the first alone", () => {
  const slices = [
    rawSlice("web", [{ nodeName: "node1" }], "web-a"),
    rawSlice("web", [{ nodeName: "node2" }], "web-b"),
  ];
  const world = new World([...base, local, ...slices]);
  assertEquals(world.routes(), { "203.0.113.1": ["10.0.0.11", "10.0.0.12"] });
});

Deno.test("defect of 2020: an endpoint that is not ready makes no next hop", () => {
  const slice = rawSlice("web", [
    { nodeName: "node1" },
    { nodeName: "node2", conditions: { ready: false } },
  ]);
  const world = new World([...base, local, slice]);
  assertEquals(world.routes(), { "203.0.113.1": ["10.0.0.11"] });
});

Deno.test("defect of 2020: an endpoint without a node crashes nothing", () => {
  const nowhere = rawSlice("web", [{}]);
  assertEquals(new World([...base, rawService("web"), nowhere]).routes(), {
    "203.0.113.1": ["10.0.0.11", "10.0.0.12"],
  });
  const world = new World([...base, local, nowhere]);
  assertEquals(world.routes(), {});
  assertEquals(world.refused("web"), ["NoEligibleNode"]);
});

Deno.test("defect of 2020: an endpoint on an unknown node spoils no other next hop", () => {
  const slice = rawSlice("web", [{ nodeName: "ghost" }, { nodeName: "node2" }]);
  const world = new World([...base, local, slice]);
  assertEquals(world.routes(), { "203.0.113.1": ["10.0.0.12"] });
  const planned = world.planned("web");
  assert(planned !== undefined);
  assertEquals(
    nextHopsOf(planned).map(({ node, out }) => `${node} ${out ?? "in"}`),
    ["ghost UnknownNode", "node1 NoLocalEndpoint", "node2 in"],
  );
});

Deno.test("defect of 2020: a node that stops being Ready is withdrawn without any other change", () => {
  const world = new World([...base, rawService("web"), ready]);
  const down = {
    ...rawNodes[1],
    status: { ...rawNodes[1]?.status as Raw, conditions: [{ type: "Ready", status: "Unknown" }] },
  };
  world.settle([edge, ...rawSpeaker, rawNodes[0] ?? {}, down, rawService("web"), ready]);
  assertEquals(world.routes(), { "203.0.113.1": ["10.0.0.11"] });
});

Deno.test("defect of 2020: a disabled pool gives nothing new and keeps what is in use", () => {
  const world = new World([...base, rawService("web"), ready]);
  const off = rawEip("edge", "203.0.113.0/28", { disable: true });
  world.settle([off, ...rawSpeaker, ...rawNodes, rawService("web"), ready, rawService("late")]);
  assertEquals(world.addresses("web"), ["203.0.113.1"]);
  assertEquals(Object.keys(world.routes()), ["203.0.113.1"]);
  assertEquals(world.conditions("web").Allocated, "True PoolDisabled");
  assertEquals(world.refused("late"), ["PoolsDisabled"]);
  assertEquals(world.conditions("late").Allocated, "False PoolsDisabled");
});

Deno.test("defect of 2020: edits of a pool take effect", () => {
  const small = rawEip("edge", "203.0.113.1");
  const others = [...rawSpeaker, ...rawNodes, rawService("a"), rawService("b")];
  const world = new World([small, ...others]);
  assertEquals(world.refused("b").includes("PoolExhausted"), true);
  world.settle([rawEip("edge", "203.0.113.1-203.0.113.2"), ...others]);
  assertEquals(world.addresses("b"), ["203.0.113.2"]);
  world.settle([small, ...others]);
  assertEquals(world.addresses("b"), ["203.0.113.2"], "a shrunk pool takes nothing away");
  assertEquals(world.conditions("b").Allocated, "True OutsidePool");
  world.settle([...others]);
  assertEquals(world.addresses("a"), ["203.0.113.1"], "nor does a deleted one");
  assertEquals(world.conditions("a").Allocated, "True PoolGone");
});

Deno.test("defect of 2020: a BgpPeer that is there before the BgpConf comes up with it", () => {
  const [conf, peer] = rawSpeaker;
  assert(conf !== undefined && peer !== undefined);
  const world = new World([peer]);
  assertEquals(world.refused("leaf"), ["BgpConfMissing"]);
  const planned = world.settle([peer, conf]);
  assertEquals(planned.peers.map((each) => each.name), ["leaf"]);
  assertEquals(world.refused("leaf"), []);
});

Deno.test("defect of 2020: an edited AS of the BgpConf is taken", () => {
  const [conf, peer] = rawSpeaker;
  assert(conf !== undefined && peer !== undefined);
  const world = new World([conf, peer]);
  const edited = { ...conf, spec: { as: 64999, routerID: "10.0.0.250", port: 17900 } };
  assertEquals(world.settle([edited, peer]).speaker?.as, 64999);
});

Deno.test("defect of 2020: two BgpConfs do not take turns, the older one is in force", () => {
  const conf = (name: string, as: number, created: string): Raw => ({
    apiVersion: "network.kubesphere.io/v1alpha1",
    kind: "BgpConf",
    metadata: { name, creationTimestamp: created },
    spec: { as, routerID: "10.0.0.250", port: 17900 },
  });
  const world = new World([
    conf("a", 64621, "2026-01-02T00:00:00Z"),
    conf("b", 64620, "2026-01-01T00:00:00Z"),
  ]);
  const planned = world.settle();
  assertEquals(planned.speaker?.as, 64620);
  assertEquals(world.refused("a"), ["BgpConfSuperseded"]);
});

Deno.test("defect of 2020: sendMax left out is 8 in every plan, so no session is reset", () => {
  const world = new World(rawSpeaker);
  const [before] = world.settle().peers;
  const [after] = world.settle([...rawSpeaker, edge]).peers;
  assertEquals(before?.addPathSendMax, 8);
  assert(before === after, "the peer's configuration is the same object");
});

Deno.test("the misspelt annotation of the README of 2020 works, with one warning", () => {
  const misspelt = rawService("web", {
    annotations: { "lb.kubesphere.io/v1alpha1": "", "lb.kubesphere.io/v1apha1": "porter" },
  });
  const world = new World([...base, misspelt, ready]);
  assertEquals(world.addresses("web"), ["203.0.113.1"]);
  world.settle([...base, misspelt, rawSlice("web", [])]);
  const warnings = world.events.filter((each) => each.reason === "DeprecatedAnnotation");
  assertEquals(warnings.map((each) => each.object.name), ["web"]);
});

Deno.test("a Service taken over from 2020 keeps its address by its status and annotation", () => {
  const old = {
    ...rawService("web", { annotations: { [eipKey]: "203.0.113.9" } }),
    status: { loadBalancer: { ingress: [{ ip: "203.0.113.9" }] } },
  };
  const world = new World([...base, old, ready]);
  assertEquals(world.addresses("web"), ["203.0.113.9"]);
  assertEquals(
    world.service("web").annotations["porter.kubesphere.io/assigned"],
    "203.0.113.9 pool=edge by=annotation",
  );
});
