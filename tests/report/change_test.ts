import { assert, assertEquals, assertMatch } from "@std/assert";
import {
  type LabelSelector,
  type Noun,
  parseObject,
  type Snapshot,
} from "../../lib/objects/mod.ts";
import { plan, recorded } from "../../lib/plan/mod.ts";
import { differences } from "../../lib/report/mod.ts";
import { addressOf, bgpPeer, cluster, eip, node, service, slice } from "../support/objects.ts";

const objects = cluster({
  services: [service("web", { createdAt: 1 })],
  endpointSlices: [slice("web", ["node1"])],
});
const now = recorded(objects, plan(objects));

Deno.test("an object as it is changes nothing, although the manifest says no status", () => {
  const web = service("web", { createdAt: 0 });
  assertEquals(differences(now, { set: [{ kind: "Service", object: web }], removed: [] }), []);
});

Deno.test("a Service that is new, and one that goes, are told with their addresses and routes", () => {
  const added = differences(now, {
    set: [{ kind: "Service", object: service("more") }],
    removed: [],
  });
  assertEquals(added.map(({ what, before }) => [what, before]), [
    ["Eip edge", "open, 1 of 254 in use"],
    ["Service default/more", null],
    ["nodes take in 203.0.113.2", null],
    ["refused Service default/more NoReadyEndpoint", null],
  ]);
  const removed = differences(now, {
    set: [],
    removed: [{ kind: "Service", namespace: "default", name: "web" }],
  });
  assertEquals(removed.map(({ what, after }) => [what, after]), [
    ["Service default/web", null],
    ["route 203.0.113.1/32", null],
    ["Eip edge", "open, 0 of 254 in use"],
    ["nodes take in 203.0.113.1", null],
  ]);
});

Deno.test("a pool that shrinks leaves a live address where it is, and that is told", () => {
  const smaller = differences(now, {
    set: [{ kind: "Eip", object: eip("edge", "203.0.113.9") }],
    removed: [],
  });
  assertEquals(smaller.map(({ what }) => what), ["Service default/web", "Eip edge"]);
  assertEquals(smaller.map(({ before, after }) => [before, after])[0], [
    "203.0.113.1 of Eip edge",
    "203.0.113.1 of Eip edge, its Eip does not contain it any more",
  ]);
});

Deno.test("what a manager serves counts: Services that name no load balancer, and racks", () => {
  const plain = service("plain", { optIn: "classless" });
  const change = { set: [{ kind: "Service" as const, object: plain }], removed: [] };
  assertEquals(differences(now, change), []);
  assertEquals(differences(now, change, { serveClassless: true }).map(({ what }) => what), [
    ...["Eip edge", "Service default/plain", "nodes take in 203.0.113.2"],
    "refused Service default/plain NoReadyEndpoint",
  ]);
});

/** What is said of a change, "what: before -> after". */
function told(set: readonly Noun[], beside: Snapshot = now): readonly string[] {
  return differences(beside, { set, removed: [] }).map(({ what, before, after }) =>
    `${what}: ${before} -> ${after}`
  );
}

const before = "route 203.0.113.1/32: 2 next hops: 10.0.0.11, 10.0.0.12";
const inRack = (name: string): LabelSelector => ({
  requirements: [{ key: "rack", operator: "In", values: [name] }],
});
const small: [number, number, number] = [64620, 1, 2];

Deno.test("what routes say beside their next hops is told", () => {
  const bgp = { attributes: { communities: [0xfc6c0064], med: 5 }, serviceMaySet: [] };
  assertEquals(told([{ kind: "Eip", object: eip("edge", "203.0.113.0/24", { bgp }) }]), [
    `${before} -> 2 next hops: 10.0.0.11, 10.0.0.12, med 5, communities 64620:100`,
  ]);
});

Deno.test("whom a BgpPeer's selectors leave out is told", () => {
  const selecting = bgpPeer("leaf", "10.0.0.1", {
    export: { attributes: {}, nodeSelector: inRack("a") },
  });
  assertEquals(told([{ kind: "BgpPeer", object: selecting }]), [
    `${before} -> 2 next hops: 10.0.0.11, 10.0.0.12, only to nobody`,
  ]);
});

Deno.test("what a BgpPeer says of all its paths, where it is spoken to from, and BFD is told", () => {
  const changed = bgpPeer("leaf", "10.0.0.1", {
    export: { attributes: { largeCommunities: [small] } },
    sourceAddress: addressOf("10.0.0.200"),
    bfd: { minTx: 300, minRx: 300, detectMultiplier: 3 },
  });
  const said = told([{ kind: "BgpPeer", object: changed }]);
  assertEquals(said.map((each) => each.split(":")[0]), ["BgpPeer leaf", "BFD of BgpPeer leaf"]);
  assertMatch(said[0] ?? "", / -> .*localAddress 10\.0\.0\.200.*large communities 64620:1:2/);
  assertMatch(said[1] ?? "", /null -> 10\.0\.0\.1, .*300 ms/);
});

Deno.test("a port that is another one is told: nodes open it", () => {
  const ports = [{ name: "https", protocol: "TCP" as const, port: 443 }];
  assertEquals(told([{ kind: "Service", object: service("web", { createdAt: 1, ports }) }]), [
    "nodes take in 203.0.113.1: 203.0.113.1 tcp 80 -> 203.0.113.1 tcp 443",
  ]);
});

Deno.test("which agents speak to a peer is told", () => {
  const by = (name: string) =>
    bgpPeer("leaf", "10.0.0.1", {
      speakers: { type: "Agents", nodeSelector: inRack(name) },
    });
  const racks = cluster({
    nodes: [
      node("node1", ["10.0.0.11"], { labels: { rack: "a" } }),
      node("node2", ["10.0.0.12"], { labels: { rack: "b" } }),
    ],
    bgpPeers: [by("a")],
  });
  assertEquals(
    told([{ kind: "BgpPeer", object: by("b") }], racks),
    ["BgpPeer leaf is spoken to by: the agents of node1 -> the agents of node2"],
  );
});

Deno.test("families that the manifest does not say stay what the API server made of them", () => {
  const six = slice("web6", ["node1"], { family: 6 });
  const objects = cluster({
    eips: [eip("edge"), eip("edge6", "2001:db8:5::/64")],
    services: [service("web6", { createdAt: 1, families: [6] })],
    endpointSlices: [six],
    nodes: [node("node1", ["10.0.0.11", "2001:db8::11"])],
  });
  const there = recorded(objects, plan(objects));
  const web = parseObject({
    apiVersion: "v1",
    kind: "Service",
    metadata: {
      ...{ name: "web6", namespace: "default" },
      annotations: { "lb.kubesphere.io/v1alpha1": "porter" },
    },
    spec: { type: "LoadBalancer", ports: [{ name: "http", port: 80 }] },
  });
  assert(web.ok && web.value.kind === "Service");
  assertEquals(told([web.value], there), []);
});
