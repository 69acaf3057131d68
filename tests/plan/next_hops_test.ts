import { assert, assertEquals } from "@std/assert";
import { formatAddress } from "../../lib/net/mod.ts";
import type { Snapshot } from "../../lib/objects/mod.ts";
import { nextHopsOf, plan, Planner, type ServicePlan } from "../../lib/plan/mod.ts";
import {
  cluster,
  eip,
  endpoint,
  node,
  service,
  type ServiceOptions,
  slice,
  snapshot,
} from "../support/objects.ts";

function only(snapshot: Snapshot): ServicePlan {
  const [planned, ...others] = plan(snapshot).services;
  assert(planned !== undefined && others.length === 0);
  return planned;
}

function verdicts(planned: ServicePlan): readonly string[] {
  return nextHopsOf(planned).map(({ node, address, out }) =>
    `${node} ${address === undefined ? out : formatAddress(address)}`
  );
}

const bad = [
  node("cordoned", ["10.0.0.1"], { unschedulable: true }),
  node("down", ["10.0.0.2"], { ready: false }),
  node("excluded", ["10.0.0.3"], { excluded: true }),
  node("going", ["10.0.0.4"], { deleting: true }),
  node("nameless", []),
  node("six", ["fd00::6"]),
  node("unconnected", ["10.0.0.7"], { networkUnavailable: true }),
];

Deno.test("Cluster: every eligible node is in as soon as one endpoint is ready, a cordoned one too", () => {
  const planned = only(cluster({
    nodes: bad,
    services: [service("web")],
    endpointSlices: [slice("web", ["down"])],
  }));
  assertEquals(verdicts(planned), [
    "cordoned 10.0.0.1",
    "down NotReady",
    "excluded Excluded",
    "going Deleting",
    "nameless NoInternalIp",
    "six fd00::6",
    "unconnected NetworkUnavailable",
  ]);
});

Deno.test("Local: only eligible nodes with an endpoint are in", () => {
  const planned = only(cluster({
    services: [service("web", { externalTrafficPolicy: "Local" })],
    nodes: [
      node("a", ["10.0.0.1"]),
      node("b", ["10.0.0.2"]),
      node("c", ["10.0.0.3"], { ready: false }),
    ],
    endpointSlices: [slice("web", ["b", "c", "b"])],
  }));
  assertEquals(verdicts(planned), ["a NoLocalEndpoint", "b 10.0.0.2", "c NotReady"]);
});

Deno.test("endpoints that serve while they terminate count when none is ready, and only then", () => {
  const leaving = endpoint("node1", { ready: false, serving: true, terminating: true });
  const gone = endpoint("node2", { ready: false, serving: false, terminating: true });
  const local = { services: [service("web", { externalTrafficPolicy: "Local" })] };
  const draining = only(cluster({ ...local, endpointSlices: [slice("web", [leaving, gone])] }));
  assertEquals(verdicts(draining), ["node1 10.0.0.11", "node2 NoLocalEndpoint"]);
  const replaced = only(cluster({
    ...local,
    endpointSlices: [slice("web", [leaving]), slice("web", ["node2"], { name: "default/other" })],
  }));
  assertEquals(verdicts(replaced), ["node1 NoLocalEndpoint", "node2 10.0.0.12"]);
});

Deno.test("an endpoint that serves but neither is ready nor terminates does not count", () => {
  const starting = endpoint("node1", { ready: false, serving: true });
  const planned = only(cluster({
    services: [service("web")],
    endpointSlices: [slice("web", [starting])],
  }));
  assertEquals(planned.refusals.map((each) => each.reason), ["NoReadyEndpoint"]);
});

Deno.test("each family has its own endpoints and its own next hops", () => {
  const snapshot = cluster({
    eips: [eip("edge"), eip("edge6", "2001:db8::/64")],
    services: [service("web", { families: [4, 6] })],
    nodes: [node("a", ["10.0.0.1", "fd00::1", "10.9.9.9"]), node("b", ["10.0.0.2"])],
    endpointSlices: [slice("web", ["a"]), slice("web", ["a"], { family: 6 })],
  });
  const both = only(snapshot);
  assertEquals(verdicts(both), ["a 10.0.0.1", "b 10.0.0.2", "a fd00::1", "b NoInternalIp"]);
  assertEquals(both.routes.length, 2);
  const four = only({ ...snapshot, endpointSlices: [slice("web", ["a"])] });
  assertEquals(four.routes.length, 1);
  assertEquals(four.refusals.map((each) => each.reason), ["NoReadyEndpoint"]);
});

Deno.test("a slice of another namespace's Service of the same name does not count", () => {
  const planned = only(cluster({
    services: [service("web")],
    endpointSlices: [slice("other/web", ["node1"])],
  }));
  assertEquals(planned.routes, []);
});

Deno.test("two nodes with one address are one path", () => {
  const planned = only(cluster({
    nodes: [node("a", ["10.0.0.1"]), node("b", ["10.0.0.1"])],
    services: [service("web")],
    endpointSlices: [slice("web", ["a"])],
  }));
  assertEquals(planned.routes[0]?.paths.length, 1);
});

Deno.test("an address that is a node's own is not announced", () => {
  const planned = only(cluster({
    services: [service("web", { held: { "10.0.0.11": "edge" } })],
    endpointSlices: [slice("web", ["node1"])],
  }));
  assertEquals(planned.assignments.length, 1);
  assertEquals(planned.routes, []);
  assertEquals(planned.refusals.map((each) => each.reason), ["AddressOfNode"]);
});

Deno.test("the order of nodes, slices and endpoints changes nothing", () => {
  const snapshot = cluster({
    services: [service("web", { externalTrafficPolicy: "Local" })],
    endpointSlices: [
      slice("web", ["node2", "node1"]),
      slice("web", ["node1"], { name: "default/b" }),
    ],
  });
  const turned: Snapshot = {
    ...snapshot,
    nodes: [...snapshot.nodes].reverse(),
    endpointSlices: [...snapshot.endpointSlices].reverse(),
  };
  assertEquals(plan(turned), plan(snapshot));
});

Deno.test("a Planner gives unchanged parts back as the same objects", () => {
  const planner = new Planner();
  const services = [service("a", { createdAt: 1 }), service("b", { createdAt: 2 })];
  const endpointSlices = [slice("a", ["node1"]), slice("b", ["node1"])];
  const snapshot = cluster({ services, endpointSlices });
  const before = planner.plan(snapshot);
  const again = planner.plan({ ...snapshot });
  assert(again.routes === before.routes && again.services === before.services);
  assert(again.pools === before.pools && again.peers === before.peers);
  const after = planner.plan({ ...snapshot, endpointSlices: [endpointSlices[0]!, slice("b", [])] });
  assertEquals(after.routes.length, 1);
  assert(after.routes[0] === before.routes[0], "the route of a");
  assert(after.services[0] === before.services[0], "the part of a");
});

Deno.test("the same objects in another order change no reference", () => {
  const planner = new Planner();
  const services = [service("a", { createdAt: 1 }), service("b", { createdAt: 2 })];
  const endpointSlices = [slice("a", ["node1"]), slice("b", ["node1"])];
  const snapshot = cluster({ services, endpointSlices });
  const before = planner.plan(snapshot);
  const after = planner.plan({
    ...snapshot,
    services: [...services].reverse(),
    endpointSlices: [...endpointSlices].reverse(),
    nodes: [...snapshot.nodes].reverse(),
  });
  assert(after.routes === before.routes && after.services === before.services);
});

Deno.test("a Planner sees a change of any one thing that a Service claims", () => {
  const base: ServiceOptions = { createdAt: 5, held: { "203.0.113.5": "edge" } };
  const edits: readonly ServiceOptions[] = [
    { createdAt: 4 },
    { families: [4, 6] },
    { families: [6] },
    { requestedProtocol: "layer2" },
    { loadBalancerIp: "203.0.113.9" },
    { loadBalancerIp: "203.0.113.5" },
    { annotation: "203.0.113.9" },
    { held: {} },
    { held: { "203.0.113.6": "edge" } },
    { held: { "203.0.113.5": "gone" } },
    { held: { "203.0.113.5": null } },
    { optIn: "none" },
    { deleting: true },
    { isLoadBalancer: false },
  ];
  const of = (options: ServiceOptions): Snapshot =>
    cluster({
      eips: [eip("edge"), eip("edge6", "2001:db8::/64")],
      services: [service("web", { ...base, ...options }), service("rival", { createdAt: 4.5 })],
      endpointSlices: [slice("web", ["node1"])],
    });
  for (const options of edits) {
    const planner = new Planner();
    planner.plan(of({}));
    assertEquals(planner.plan(of(options)), plan(of(options)), JSON.stringify(options));
  }
});

Deno.test("a heartbeat of a node changes no reference", () => {
  const planner = new Planner();
  const snapshot = cluster({ services: [service("a")], endpointSlices: [slice("a", ["node1"])] });
  const before = planner.plan(snapshot);
  const beaten = snapshot.nodes.map((each) => ({ ...each, status: { heartbeat: 1 } }));
  const after = planner.plan({ ...snapshot, nodes: beaten });
  assert(after.routes === before.routes && after.services === before.services);
});

Deno.test("a node that BFD has lost is out, says why, and is in again without a trace", () => {
  const parts = snapshot({
    nodes: [
      node("n1", ["10.0.0.1"]),
      node("n2", ["10.0.0.2"]),
      node("n3", ["10.0.0.3"], { ready: false }),
    ],
    eips: [eip("pool")],
    services: [service("web", { externalTrafficPolicy: "Cluster" })],
    endpointSlices: [slice("web", ["n1"])],
  });
  const planner = new Planner();
  const hops = (unreachable?: ReadonlySet<string>) =>
    planner.plan(parts, unreachable).routes[0]?.paths.map(({ nextHop }) => formatAddress(nextHop));
  assertEquals(hops(), ["10.0.0.1", "10.0.0.2"]);
  const before = planner.plan(parts).routes[0];
  assertEquals(hops(new Set(["n2", "n3"])), ["10.0.0.1"]);
  const [planned] = planner.plan(parts, new Set(["n2", "n3"])).services;
  assert(planned !== undefined);
  assertEquals(verdicts(planned), ["n1 10.0.0.1", "n2 Unreachable", "n3 NotReady"]);
  assertEquals(planner.plan(parts).routes[0], before);
});
