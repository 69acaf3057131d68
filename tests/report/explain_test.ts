/**
 * A table of broken set-ups: each must name its cause, and the first broken link must be that one.
 *
 * @module
 */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { PeerStatus } from "../../lib/bgp/model/mod.ts";
import type { BgpPeer, ObjectFault, Service, Snapshot } from "../../lib/objects/mod.ts";
import { plan, recorded } from "../../lib/plan/mod.ts";
import {
  type ChainReport,
  explain,
  type HostReport,
  type Subject,
  subjectOf as asked,
} from "../../lib/report/mod.ts";
import { session } from "../observe/state.ts";
import {
  bgpConf,
  bgpPeer,
  cluster,
  eip,
  node,
  service,
  type ServiceOptions,
  slice,
} from "../support/objects.ts";

/** A set-up in which all is well, and what is different in this one. */
interface SetUp {
  readonly service?: ServiceOptions;
  readonly objects?: Partial<Snapshot>;
  readonly session?: Partial<PeerStatus>;
  /** Paths that the peer was told; 2 where nothing is said. */
  readonly told?: number;
  readonly listenError?: string;
  readonly hosts?: readonly HostReport[];
  /** Nothing of the plan is written down yet. */
  readonly unwritten?: true;
}

const off = "nobody";

function host(name: string, change: Partial<HostReport["eips"][number]> = {}): HostReport {
  const eips = ["203.0.113.1", "203.0.113.10"].map((address) => ({
    ...{ address, ports: ["tcp 80"], present: true, refused: null },
    ...change,
  }));
  return { node: name, missing: [], eips };
}

const wholeHosts = [host("node1"), host("node2")];

function subjectOf(setUp: SetUp): Subject {
  const web = service("web", { createdAt: 5, ...setUp.service });
  const objects = cluster({
    services: [web],
    endpointSlices: [slice("web", ["node1"])],
    ...setUp.objects,
  });
  const snapshot = setUp.unwritten ? objects : recorded(objects, plan(objects));
  const planned = plan(snapshot);
  return {
    snapshot,
    plan: planned,
    refusals: planned.refusals,
    running: {
      sessions: planned.peers.map(({ name, address }) =>
        session(name, { address, ...setUp.session })
      ),
      bfd: [],
      speaker: {
        connectionsRefused: 0,
        ...(setUp.listenError === undefined ? {} : { listenError: setUp.listenError }),
      },
      told: () => setUp.told ?? 2,
    },
    hosts: setUp.hosts ?? wholeHosts,
  };
}

function explained(setUp: SetUp, name = "default/web"): ChainReport {
  return explain(subjectOf(setUp), name);
}

/** A BgpPeer that hears only of the Eips with a label that none has. */
const choosy = (name: string, speakers?: BgpPeer["spec"]["speakers"]): BgpPeer =>
  bgpPeer(name, "10.0.0.9", {
    export: {
      attributes: {},
      eipSelector: { requirements: [{ key: "tier", operator: "In", values: ["gold"] }] },
    },
    ...(speakers && { speakers }),
  });

const everyNode = { requirements: [] };

const down: Partial<PeerStatus> = { state: "Active", prefixesSent: 0 };

/** A session that is not up has agreed on nothing. */
function notUp(change: Partial<PeerStatus>): Partial<PeerStatus> {
  return { ...down, ...change, negotiated: undefined } as unknown as Partial<PeerStatus>;
}

const other = (name: string, options: ServiceOptions): Service =>
  service(name, { createdAt: 1, ...options });

const fault: ObjectFault = {
  severity: "error",
  object: { kind: "Service", namespace: "default", name: "web" },
  field: "spec.ports[0].port",
  message: "must be at most 65535",
};

const broken: readonly (SetUp & {
  readonly name: string;
  readonly link: string;
  readonly reason: string;
  /** What one of the facts must say. */
  readonly says?: RegExp;
  /** What is to be done must say this. */
  readonly next?: RegExp;
})[] = [
  {
    name: "of type ClusterIP",
    service: { isLoadBalancer: false },
    ...{ link: "opt-in", reason: "NotLoadBalancer", next: /spec\.type/ },
  },
  {
    name: "without class and annotation",
    service: { optIn: "none" },
    ...{ link: "opt-in", reason: "NotOptedIn", next: /loadBalancerClass/ },
  },
  {
    name: "that names no load balancer, where that is not asked for",
    service: { optIn: "classless" },
    ...{ link: "opt-in", reason: "NotOptedIn", next: /loadBalancerClass/ },
  },
  {
    name: "with an annotation that says Porter",
    service: { optIn: "none", annotations: { "lb.kubesphere.io/v1alpha1": "Porter" } },
    ...{ link: "opt-in", reason: "NotOptedIn", says: /"Porter", not porter/ },
  },
  {
    name: "with another load balancer's class",
    service: { optIn: "none", annotations: { "lb.kubesphere.io/v1alpha1": "porter" } },
    ...{ link: "opt-in", reason: "OtherClass" },
  },
  {
    name: "being deleted",
    service: { deleting: true },
    ...{ link: "opt-in", reason: "Deleting" },
  },
  {
    name: "with a field that cannot be read",
    objects: { faults: [fault] },
    ...{ link: "opt-in", reason: "InvalidObject", says: /spec\.ports\[0\]\.port.*65535/ },
  },
  {
    name: "without any Eip",
    objects: { eips: [] },
    ...{ link: "pool", reason: "NoPool", next: /Create an Eip/ },
  },
  {
    name: "with every Eip disabled",
    objects: { eips: [eip("edge", "203.0.113.0/24", { disable: true })] },
    ...{ link: "pool", reason: "PoolsDisabled", says: /Eip edge: disabled/ },
  },
  {
    name: "with the one address taken by an older Service",
    objects: {
      eips: [eip("edge", "203.0.113.7")],
      services: [other("first", {}), service("web", { createdAt: 5 })],
    },
    ...{ link: "pool", reason: "PoolExhausted", says: /1 of 1 in use/ },
  },
  {
    name: "that no Eip admits",
    objects: { eips: [eip("edge", "203.0.113.0/24", { namespaces: [off] })] },
    ...{ link: "pool", reason: "PoolNotAllowed" },
  },
  {
    name: "with Eips on request only",
    objects: { eips: [eip("edge", "203.0.113.0/24", { autoAssign: false })] },
    ...{ link: "pool", reason: "PoolsOnRequestOnly", next: /porter\.kubesphere\.io\/pool/ },
  },
  {
    name: "that names an Eip that is not there",
    service: { requestedPools: [off] },
    ...{ link: "pool", reason: "RequestedPoolMissing" },
  },
  {
    name: "of an unknown protocol",
    service: { requestedProtocol: "bpg" },
    ...{ link: "pool", reason: "ProtocolUnknown" },
  },
  {
    name: "of layer 2",
    service: { requestedProtocol: "layer2" },
    ...{ link: "pool", reason: "ProtocolUnsupported" },
  },
  {
    name: "with a request that is no address",
    service: { loadBalancerIp: "203.0.113.300" },
    ...{ link: "address", reason: "RequestedAddressInvalid", says: /203\.0\.113\.300/ },
  },
  {
    name: "with a request outside all Eips",
    service: { loadBalancerIp: "198.51.100.7" },
    ...{ link: "address", reason: "RequestedAddressOutsidePools" },
  },
  {
    name: "with a request that ends in .0",
    service: { loadBalancerIp: "203.0.113.0" },
    ...{ link: "address", reason: "RequestedAddressReserved", next: /usingKnownIPs/ },
  },
  {
    name: "with a request that another Service has",
    service: { loadBalancerIp: "203.0.113.7" },
    objects: {
      services: [
        other("first", { loadBalancerIp: "203.0.113.7" }),
        service("web", { createdAt: 5, loadBalancerIp: "203.0.113.7" }),
      ],
    },
    ...{ link: "address", reason: "RequestedAddressInUse", says: /first/ },
  },
  {
    name: "with a request of the other family",
    service: { loadBalancerIp: "2001:db8::7" },
    objects: { eips: [eip("edge"), eip("six", "2001:db8::/120")] },
    ...{ link: "address", reason: "RequestedAddressFamily" },
  },
  {
    name: "with a request that is a node's own address",
    service: { loadBalancerIp: "203.0.113.7" },
    objects: { nodes: [node("node1", ["203.0.113.7"])] },
    ...{ link: "address", reason: "AddressOfNode", says: /node1/ },
  },
  {
    name: "whose address nobody has written down",
    unwritten: true,
    ...{ link: "address", reason: "Pending", next: /leads/ },
  },
  {
    name: "without ready endpoints",
    objects: {
      endpointSlices: [slice("web", [{
        ...{ ready: false, serving: false, terminating: false, nodeName: "node1" },
      }])],
    },
    ...{ link: "endpoints", reason: "NoReadyEndpoint", says: /0 of 1 endpoints/ },
  },
  {
    name: "without any EndpointSlice",
    objects: { endpointSlices: [] },
    ...{ link: "endpoints", reason: "NoReadyEndpoint", says: /0 of 0 endpoints in 0/ },
  },
  {
    name: "with every node out",
    objects: {
      nodes: [
        node("node1", ["10.0.0.11"], { ready: false }),
        node("node2", ["10.0.0.12"], { excluded: true }),
        node("node3", ["10.0.0.13"], { networkUnavailable: true }),
        node("node4", []),
      ],
    },
    ...{ link: "next hops", reason: "NoEligibleNode", says: /not node4 \(IPv4\): NoInternalIp/ },
  },
  {
    name: "of policy Local with its endpoint on a node that is out",
    service: { externalTrafficPolicy: "Local" },
    objects: {
      nodes: [node("node1", ["10.0.0.11"], { ready: false }), node("node2", ["10.0.0.12"])],
    },
    ...{ link: "next hops", reason: "NoEligibleNode", says: /not node2 \(IPv4\): NoLocalEndpoint/ },
  },
  {
    name: "without a BgpConf",
    objects: { bgpConfs: [] },
    ...{ link: "speaker", reason: "BgpConfMissing", next: /bgp_conf\.yaml/ },
  },
  {
    name: "without a BgpPeer",
    objects: { bgpPeers: [] },
    ...{ link: "speaker", reason: "NoPeer", next: /BgpPeer/ },
  },
  {
    name: "with a port that somebody else has, and a peer that dials",
    objects: { bgpPeers: [bgpPeer("leaf", "10.0.0.1", { passiveMode: true })] },
    listenError: "Cannot listen on port 179: another process holds it",
    ...{ link: "speaker", reason: "ListenFailed", says: /another process/ },
  },
  {
    name: "with nobody at the peer's address",
    session: notUp({ lastError: "connection refused" }),
    ...{ link: "peers", reason: "SessionDown", next: /Nobody listens/ },
  },
  {
    name: "with the wrong AS of the peer",
    session: notUp({ lastError: "the AS is another; sent OPEN Message Error/Bad Peer AS: AS 1" }),
    ...{ link: "peers", reason: "SessionDown", says: /Bad Peer AS/, next: /AS numbers/ },
  },
  {
    name: "with a passive peer that does not come",
    objects: { bgpPeers: [bgpPeer("leaf", "10.0.0.1", { passiveMode: true })] },
    session: notUp({}),
    ...{ link: "peers", reason: "SessionDown", next: /passiveMode/ },
  },
  {
    name: "with a peer that does not take the family",
    session: {
      negotiated: {
        ...session("leaf").negotiated as NonNullable<PeerStatus["negotiated"]>,
        families: [6],
      },
    },
    ...{ link: "peers", reason: "FamilyNotNegotiated", says: /does not take ipv4-unicast/ },
    next: /Activate that address family/,
  },
  {
    name: "that no BgpPeer selects",
    objects: { bgpPeers: [choosy("leaf")] },
    ...{ link: "peers", reason: "NoPeerSelects", says: /spec\.export of the BgpPeer/ },
    next: /Compare spec\.export/,
  },
  {
    name: "beyond the peer's cap",
    told: 0,
    session: { prefixesHeldBack: 3 },
    ...{ link: "peers", reason: "RouteCapReached", says: /3 prefixes are kept back/ },
  },
  {
    name: "whose address is missing on a node",
    hosts: [host("node1"), { ...host("node2", { present: false }), missing: ["nft is gone"] }],
    ...{ link: "host state", reason: "HostStateMissing", says: /node2 lacks .*nft is gone/ },
  },
  {
    name: "whose address a node has on an interface of its own",
    hosts: [host("node1", { present: false, refused: "eth0" }), host("node2")],
    ...{ link: "host state", reason: "HostAddressTaken", says: /node1 has .* on eth0/ },
  },
];

Deno.test("a Service that is reached has no broken link", () => {
  const { broken, links } = explained({});
  assertEquals(broken, null);
  assertEquals(links.map(({ verdict }) => verdict), Array(links.length).fill("fine"));
  assertEquals(links.map(({ title }) => title), [
    ...["Service", "opt-in", "pool", "address", "endpoints", "next hops"],
    ...["speaker", "peers", "host state"],
  ]);
});

Deno.test("there are at least 25 broken set-ups, each with another way to break", () => {
  assert(broken.length >= 25, `${broken.length}`);
  assertEquals(new Set(broken.map(({ name }) => name)).size, broken.length);
});

for (const { name, link, reason, says, next, ...setUp } of broken) {
  Deno.test(`explain() finds the cause of a Service ${name}`, () => {
    const { broken, links } = explained(setUp);
    const at = links.find(({ verdict }) => verdict === "broken");
    assertEquals([broken, at?.title, at?.reason], [link, link, reason]);
    const facts = at?.facts.join("\n") ?? "";
    if (says !== undefined) assertMatch(facts, says);
    const todo = at?.next ?? facts;
    assert(todo !== "", "nothing is said of what to do");
    if (next !== undefined) assertMatch(todo, next);
  });
}

Deno.test("the same reason stands in the chain as in the Service's conditions", () => {
  for (const { link, reason, ...setUp } of broken) {
    if (!["pool", "endpoints", "next hops"].includes(link)) continue;
    const subject = subjectOf(setUp);
    const refused = subject.plan.refusals.filter(({ object }) => object.name === "web");
    assert(refused.some((each) => each.reason === reason), reason);
  }
});

Deno.test("a Service that names no load balancer is served where that is asked for", () => {
  const objects = cluster({
    services: [service("web", { optIn: "classless" })],
    endpointSlices: [slice("web", ["node1"])],
  });
  const optIn = (serveClassless: boolean) =>
    explain(asked(objects, { serveClassless }), "web").links.find(({ title }) =>
      title === "opt-in"
    );
  assertEquals(optIn(true)?.facts, ["by --serve-classless"]);
  assertEquals([optIn(true)?.verdict, optIn(false)?.reason], ["fine", "NotOptedIn"]);
});

Deno.test("a Service that is not there is told, and where one of that name is", () => {
  const { broken, links } = explained({}, "shop/web");
  assertEquals([broken, links[0]?.reason], ["Service", "NotFound"]);
  assertStringIncludes(links[0]?.facts.join("\n") ?? "", "there is a Service default/web");
});

Deno.test("before everything was listed nothing is judged", () => {
  const subject = subjectOf({});
  const { broken, links } = explain(
    { ...subject, snapshot: { ...subject.snapshot, complete: false } },
    "default/web",
  );
  assertEquals([broken, links.at(-1)?.reason], ["objects", "NotListed"]);
});

Deno.test("where nobody runs, what only a running porter knows is unknown, not broken", () => {
  const { running: _, hosts: __, ...subject } = subjectOf({});
  const { broken, links } = explain(subject, "default/web");
  const verdicts = new Map(links.map(({ title, verdict }) => [title, verdict]));
  assertEquals([broken, verdicts.get("peers"), verdicts.get("host state")], [
    null,
    "unknown",
    "unknown",
  ]);
});

Deno.test("half a trouble is a warning: one of two peers down, a superseded BgpConf", () => {
  const two = [bgpPeer("leaf", "10.0.0.1"), bgpPeer("spare", "10.0.0.2")];
  const subject = subjectOf({ objects: { bgpPeers: two } });
  const { running } = subject;
  assert(running !== undefined);
  const sessions = running.sessions.map((each) =>
    each.name === "spare" ? { ...each, ...notUp({ lastError: "no route to host" }) } : each
  );
  const chain = explain({ ...subject, running: { ...running, sessions } }, "default/web");
  const peers = chain.links.find(({ title }) => title === "peers");
  assertEquals([chain.broken, peers?.verdict], [null, "warning"]);
  assertMatch(peers?.facts.join("\n") ?? "", /not sent to spare: the session is Active/);
  const confs = [bgpConf("conf", { createdAt: 1 }), bgpConf("younger", { createdAt: 2 })];
  const speaker = explained({ objects: { bgpConfs: confs } }).links
    .find(({ title }) => title === "speaker");
  assertEquals(speaker?.verdict, "warning");
  assertMatch(speaker?.facts.join("\n") ?? "", /BgpConfSuperseded/);
});

Deno.test("a peer that does not select a Service is no fault while another has it", () => {
  const { broken, links } = explained({
    objects: { bgpPeers: [bgpPeer("leaf", "10.0.0.1"), choosy("picky")] },
  });
  const peers = links.find(({ title }) => title === "peers");
  assertEquals([broken, peers?.verdict], [null, "fine"]);
  assertMatch(peers?.facts.join("\n") ?? "", /not sent to picky: spec\.export/);
});

Deno.test("that no peer selects a Service needs nobody to run to be seen", () => {
  for (const speakers of [undefined, { type: "Agents" as const, nodeSelector: everyNode }]) {
    const objects = { bgpPeers: [choosy("picky", speakers)] };
    const { running: _, ...subject } = subjectOf({ objects });
    const { broken, links } = explain(subject, "default/web");
    const peers = links.find(({ title }) => title === "peers");
    assertEquals([broken, peers?.reason], ["peers", "NoPeerSelects"]);
  }
});

Deno.test("an address that no peer has is broken although the Service's other one is told", () => {
  const { broken, links } = explained({
    service: { families: [4, 6] },
    objects: {
      eips: [eip("edge"), eip("six", "2001:db8:5::/120")],
      nodes: [node("node1", ["10.0.0.11", "2001:db8::11"])],
      endpointSlices: [slice("web", ["node1"]), slice("web", ["node1"], { family: 6 })],
    },
  });
  const peers = links.find(({ title }) => title === "peers");
  assertEquals([broken, peers?.reason], ["peers", "FamilyNotNegotiated"]);
  assertMatch(peers?.next ?? "", /Activate that address family/);
  assertMatch(peers?.facts.join("\n") ?? "", /203\.0\.113\.1 sent to leaf/);
});

Deno.test("a peer without ADD-PATH is told one next hop, and the chain says why", () => {
  const negotiated = { ...session("leaf").negotiated, addPathSend: [] } as unknown;
  const chain = explained({
    session: { negotiated } as Partial<PeerStatus>,
    told: 1,
  });
  const peers = chain.links.find(({ title }) => title === "peers");
  assertMatch(
    peers?.facts.join("\n") ?? "",
    /1 of 2 next hops: the peer does not receive ADD-PATH/,
  );
});
