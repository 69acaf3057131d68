import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { formatAddress, formatPrefix, type Ipv4, ipv4, parsePrefix } from "../../lib/net/mod.ts";
import type { BgpPeer, Snapshot, Speakers } from "../../lib/objects/mod.ts";
import { plan, Planner } from "../../lib/plan/mod.ts";
import { Secret } from "../../lib/secret/mod.ts";
import { addressOf, bgpConf, bgpPeer, node, snapshot } from "../support/objects.ts";

Deno.test("without a BgpConf every BgpPeer is refused and no session is planned", () => {
  const planned = plan(
    snapshot({ bgpPeers: [bgpPeer("a", "10.0.0.1"), bgpPeer("b", "10.0.0.2")] }),
  );
  assertEquals(planned.speaker, undefined);
  assertEquals(planned.peers, []);
  assertEquals(planned.refusals.map((each) => each.reason), ["BgpConfMissing", "BgpConfMissing"]);
});

Deno.test("a BgpConf that is being deleted is not in force", () => {
  const planned = plan(snapshot({
    bgpConfs: [bgpConf("old", { as: 1, deleting: true }), bgpConf("new", { as: 2, createdAt: 1 })],
  }));
  assertEquals(planned.speaker?.as, 2);
  assertEquals(planned.refusals, []);
});

Deno.test("of BgpConfs of one age the lower name is in force", () => {
  const planned = plan(snapshot({ bgpConfs: [bgpConf("b"), bgpConf("a")] }));
  assertEquals(planned.conf?.name, "a");
  assertEquals(planned.refusals.map((each) => `${each.object.name} ${each.reason}`), [
    "b BgpConfSuperseded",
  ]);
});

Deno.test("a peer has what its BgpPeer says, and the defaults for the rest", () => {
  const planned = plan(snapshot({
    bgpConfs: [bgpConf("conf")],
    bgpPeers: [bgpPeer("leaf", "2001:db8::1", {
      peerAs: 4200000000,
      sendMax: 4,
      passiveMode: true,
      remotePort: 1790,
      holdTime: 9,
      connectRetryTime: 3,
      localAs: 64621,
      keepaliveTime: 2,
      idleHoldTime: 90,
      restartTime: 0,
    })],
  }));
  assertEquals(planned.peers.map((each) => ({ ...each, address: formatAddress(each.address) })), [{
    name: "leaf",
    address: "2001:db8::1",
    port: 1790,
    peerAs: 4200000000,
    passive: true,
    families: [4, 6],
    addPathSendMax: 4,
    nextHop: "keep",
    holdTime: 9,
    connectRetryTime: 3,
    localAs: 64621,
    keepaliveTime: 2,
    idleHoldTime: 90,
    idleHoldTimeMax: 90,
    maxPrefixesOut: 1_000_000,
    restartTime: 0,
  }]);
  assertEquals(planned.speaker?.listen, { port: 17900 });
});

Deno.test("defect of 2020: two BgpPeers of one address do not fight, the older one counts", () => {
  const planned = plan(snapshot({
    bgpConfs: [bgpConf("conf")],
    bgpPeers: [
      bgpPeer("a", "10.0.0.1", { createdAt: 2, peerAs: 1 }),
      bgpPeer("z", "10.0.0.1", { createdAt: 1, peerAs: 2 }),
      bgpPeer("y", "10.0.0.2", { deleting: true }),
    ],
  }));
  assertEquals(planned.peers.map((each) => `${each.name} ${each.peerAs}`), ["z 2"]);
  assertEquals(planned.refusals.map((each) => `${each.object.name} ${each.reason}`), [
    "a PeerDuplicate",
  ]);
});

Deno.test("BgpPeers of one address are told apart by port and interface, passive ones by nothing", () => {
  const planned = plan(snapshot({
    bgpConfs: [bgpConf("conf")],
    bgpPeers: [
      bgpPeer("a", "10.0.0.1"),
      bgpPeer("b", "10.0.0.1", { remotePort: 1790 }),
      bgpPeer("c", "10.0.0.1", { passiveMode: true }),
      bgpPeer("d", "10.0.0.1", { passiveMode: true, remotePort: 1791 }),
      bgpPeer("e", "fe80::1", { interface: "eth0" }),
      bgpPeer("f", "fe80::1", { interface: "eth1" }),
      bgpPeer("g", "10.0.0.1", { remotePort: 1790 }),
    ],
  }));
  assertEquals(planned.peers.map((each) => each.name), ["a", "b", "c", "e", "f"]);
  assertEquals(planned.refusals.map(({ object, message }) => [object.name, message]), [
    [
      "d",
      "Cannot use 10.0.0.1 of spec.config.neighborAddress: the older BgpPeer c has it, passive " +
      "too; delete one of the two",
    ],
    [
      "g",
      "Cannot use 10.0.0.1 of spec.config.neighborAddress: the older BgpPeer b has it, with port " +
      "1790 too; delete one of the two",
    ],
  ]);
});

Deno.test("BgpPeers of one range are told apart by nothing, those within it by their address", () => {
  const rangeOf = (text: string) => {
    const prefix = parsePrefix(text);
    assert(prefix !== undefined);
    return { listenRange: { prefix, limit: 5 }, passiveMode: true };
  };
  const planned = plan(snapshot({
    bgpConfs: [bgpConf("conf")],
    bgpPeers: [
      bgpPeer("a", "10.0.0.0", rangeOf("10.0.0.0/24")),
      bgpPeer("b", "10.0.0.0", rangeOf("10.0.0.0/24")),
      bgpPeer("c", "10.0.0.0", rangeOf("10.0.0.0/16")),
      bgpPeer("d", "10.0.0.1", { passiveMode: true }),
    ],
  }));
  const peers = planned.peers.map(({ name, listenRange, passive }) =>
    [name, listenRange && formatPrefix(listenRange.prefix), passive] as const
  );
  assertEquals<unknown>(peers, [
    ["a", "10.0.0.0/24", true],
    ["c", "10.0.0.0/16", true],
    ["d", undefined, true],
  ]);
  assertEquals(
    planned.refusals.map(({ object, reason, message }) => [object.name, reason, message]),
    [
      [
        "b",
        "PeerDuplicate",
        "Cannot use 10.0.0.0/24 of spec.config.listenRange: the older BgpPeer a has it, passive too; " +
        "delete one of the two",
      ],
    ],
  );
});

Deno.test("a peer's sockets are made as its BgpPeer says", () => {
  const planned = plan(snapshot({
    bgpConfs: [bgpConf("conf")],
    bgpPeers: [bgpPeer("leaf", "10.0.0.1", {
      sourceAddress: ipv4(0x0a000002),
      interface: "eth1",
      ttlSecurity: 1,
    })],
  }));
  const [peer] = planned.peers;
  assertEquals(
    [peer?.localAddress, peer?.interface, peer?.ttlSecurity, peer?.ebgpMultiHop],
    [ipv4(0x0a000002), "eth1", 1, undefined],
  );
});

Deno.test("a peer whose Secret is being read for the first time has no session, and no refusal", () => {
  const parts = {
    bgpConfs: [bgpConf("conf")],
    bgpPeers: [
      bgpPeer("leaf", "10.0.0.1", { passwordSecretRef: { name: "leaf", key: "password" } }),
    ],
  };
  const unread = { namespace: "porter-system", name: "leaf" };
  const planned = plan(snapshot({ ...parts, unreadSecrets: [unread] }));
  assertEquals([planned.peers, planned.refusals], [[], []]);
  const why = "the Secret porter-system/leaf cannot be read: secrets is forbidden";
  const refused = plan(snapshot({ ...parts, unreadSecrets: [{ ...unread, why }] }));
  assertEquals(refused.refusals.map(({ reason }) => reason), ["PeerSecretMissing"]);
  assertStringIncludes(refused.refusals[0]?.message ?? "", why);
});

Deno.test("a changed password is another configuration of that peer alone", () => {
  const planner = new Planner();
  const bgpPeers = [
    bgpPeer("leaf", "10.0.0.1", { passwordSecretRef: { name: "leaf", key: "password" } }),
    bgpPeer("other", "10.0.0.2"),
  ];
  const bgpConfs = [bgpConf("conf")];
  const planWith = (text: string) => {
    const data = { password: new Secret(text) };
    const { ref, ...meta } = bgpConf("leaf");
    const secrets = [{ ...meta, ref: { ...ref, kind: "Secret" }, data }];
    return planner.plan(snapshot({ bgpConfs, bgpPeers, secrets })).peers;
  };
  const before = planWith("horse");
  assertEquals(before.map(({ password }) => password?.reveal()), ["horse", undefined]);
  assertEquals(planWith("horse").map((each, index) => each === before[index]), [true, true]);
  const after = planWith("battery");
  assertEquals(after.map(({ password }) => password?.reveal()), ["battery", undefined]);
  assertEquals(after.map((each, index) => each === before[index]), [false, true]);
});

const agents = (
  labels: Readonly<Record<string, string>> = {},
): { readonly speakers: Speakers } => ({
  speakers: {
    type: "Agents",
    nodeSelector: {
      requirements: Object.entries(labels).map(([key, value]) => ({
        key,
        operator: "In",
        values: [value],
      })),
    },
  },
});

const nodes = [
  node("node1", ["10.0.0.11", "fd00::11"], { labels: { rack: "a" } }),
  node("node2", ["10.0.0.12"], { labels: { rack: "b" } }),
  node("node3", ["fd00::13"], { labels: { rack: "b" } }),
];

/** The names of the peers of the managers, or of a node's agent. */
function spokenTo(world: Snapshot, name?: string): readonly string[] {
  return plan(world, { node: name }).peers.map((each) => each.name);
}

Deno.test("a peer of agents is spoken to by those of the selected nodes, and by no manager", () => {
  const world = snapshot({
    nodes,
    bgpConfs: [bgpConf("conf")],
    bgpPeers: [
      bgpPeer("all", "10.0.0.1", agents()),
      bgpPeer("central", "10.0.0.2"),
      bgpPeer("rack-b", "10.0.0.3", agents({ rack: "b" })),
    ],
  });
  assertEquals(spokenTo(world), ["central"]);
  assertEquals(spokenTo(world, "node1"), ["all"]);
  assertEquals(spokenTo(world, "node2"), ["all", "rack-b"]);
  assertEquals(spokenTo(world, "no-such-node"), []);
  const { agentPeers, refusals } = plan(world);
  assertEquals(agentPeers.map(({ peer, nodes }) => `${peer.name}: ${nodes.join(" ")}`), [
    "all: node1 node2 node3",
    "rack-b: node2 node3",
  ]);
  assertEquals(refusals, []);
});

Deno.test("an agent says one path at its own address, under its node's BGP identifier", () => {
  const world = snapshot({
    nodes,
    bgpConfs: [bgpConf("conf")],
    bgpPeers: [bgpPeer("leaf", "10.0.0.1", agents())],
  });
  const { speaker, peers: [peer] } = plan(world, { node: "node1" });
  assertEquals(speaker, { as: 64620, routerId: addressOf("10.0.0.11") as Ipv4 });
  assertEquals([peer?.addPathSendMax, peer?.nextHop], [0, "self"]);
  const six = plan(world, { node: "node3" }).speaker?.routerId;
  assert(six !== undefined && six.family === 4 && six.value !== 0);
  const manager = plan(world).speaker;
  assertEquals(manager, { as: 64620, routerId: addressOf("10.0.0.250") as Ipv4 });
});

Deno.test("an agent listens only for peers that shall connect to it", () => {
  const passive = bgpPeer("leaf", "10.0.0.1", { ...agents({ rack: "b" }), passiveMode: true });
  const world = snapshot({ nodes, bgpConfs: [bgpConf("conf")], bgpPeers: [passive] });
  assertEquals(plan(world, { node: "node2" }).speaker?.listen, { port: 17900 });
  assertEquals(plan(world, { node: "node1" }).speaker, undefined);
});

Deno.test("managers that speak to nobody, but agents do, do not listen", () => {
  const bgpPeers = [bgpPeer("leaf", "10.0.0.1", agents())];
  const bgpConfs = [bgpConf("conf")];
  assertEquals(plan(snapshot({ nodes, bgpConfs, bgpPeers })).speaker?.listen, undefined);
  assertEquals(plan(snapshot({ nodes, bgpConfs })).speaker?.listen, { port: 17900 });
});

Deno.test("BgpPeers of one address are refused only where they meet at a speaker", () => {
  const world = (...bgpPeers: readonly BgpPeer[]) =>
    snapshot({ nodes, bgpConfs: [bgpConf("conf")], bgpPeers });
  const a = bgpPeer("a", "10.0.0.1", agents({ rack: "a" }));
  const b = bgpPeer("b", "10.0.0.1", agents({ rack: "b" }));
  const central = bgpPeer("central", "10.0.0.1");
  assertEquals(plan(world(a, b, central)).refusals, []);
  const all = bgpPeer("all", "10.0.0.1", { ...agents(), createdAt: 9 });
  assertEquals(plan(world(a, all)).refusals.map((each) => `${each.object.name} ${each.reason}`), [
    "all PeerDuplicate",
  ]);
  // Refused as a whole, also where nobody else speaks.
  assertEquals(spokenTo(world(a, all), "node2"), []);
});

Deno.test("a selector that means no node is refused by name, and heals with the node's label", () => {
  const bgpPeers = [bgpPeer("leaf", "10.0.0.1", agents({ rack: "c" }))];
  const planner = new Planner({ node: "node1" });
  const world = (labels: Readonly<Record<string, string>>) =>
    snapshot({ bgpPeers, bgpConfs: [bgpConf("conf")], nodes: [node("node1", [], { labels })] });
  assertEquals(planner.plan(world({})).refusals.map((each) => each.reason), ["NoSpeakerNode"]);
  const healed = planner.plan(world({ rack: "c" }));
  assertEquals([healed.refusals, healed.peers.length], [[], 1]);
});

const bfd = { minTx: 100, minRx: 200, detectMultiplier: 5 };

Deno.test("BFD watches an external peer on the link and an internal one anywhere, or as it is told", () => {
  const planned = plan(snapshot({
    bgpConfs: [bgpConf("conf", { as: 64620 })],
    bgpPeers: [
      bgpPeer("a", "10.0.0.1", { peerAs: 64600, bfd }),
      bgpPeer("b", "10.0.0.2", { peerAs: 64620, bfd }),
      bgpPeer("c", "10.0.0.3", { peerAs: 64620, bfd: { ...bfd, multiHop: false } }),
      bgpPeer("d", "10.0.0.4", { peerAs: 64600 }),
      bgpPeer("e", "10.0.0.5", { bfd, ebgpMultiHop: 3, sourceAddress: addressOf("10.0.9.9") }),
    ],
  }));
  assertEquals(planned.bfd.map(({ name, encapsulation }) => `${name} ${encapsulation}`), [
    "BgpPeer a single-hop",
    "BgpPeer b multi-hop",
    "BgpPeer c single-hop",
    "BgpPeer e multi-hop",
  ]);
  assertEquals(planned.bfd[3]?.localAddress, addressOf("10.0.9.9"));
  const { minTx, minRx, detectMult } = planned.bfd[0] ?? {};
  assertEquals([minTx, minRx, detectMult], [100, 200, 5]);
});

Deno.test("a peer that agents speak to is watched by those agents, and by nobody else", () => {
  const racked = node("n1", ["10.0.0.11"], { labels: { rack: "1" } });
  const world = snapshot({
    bgpConfs: [bgpConf("conf")],
    nodes: [racked, node("n2", ["10.0.0.12"])],
    bgpPeers: [
      bgpPeer("leaf", "10.0.0.1", { bfd, ...agents({ rack: "1" }) }),
      bgpPeer("far", "10.0.1.1", { bfd, ...agents(), ebgpMultiHop: 2 }),
      bgpPeer("central", "10.0.2.1", { bfd }),
    ],
  });
  const watched = (node?: string) =>
    new Planner(node === undefined ? {} : { node }).plan(world).bfd
      .map(({ name, encapsulation }) => `${name} ${encapsulation}`);
  assertEquals(watched("n1"), ["BgpPeer far multi-hop", "BgpPeer leaf single-hop"]);
  assertEquals(watched("n2"), ["BgpPeer far multi-hop"]);
  assertEquals(watched(), ["BgpPeer central single-hop"]);
  assertEquals(plan(world).refusals, []);
});

Deno.test("BFD with a link-local neighbour is refused by name, and the session comes up without it", () => {
  const planned = plan(snapshot({
    bgpConfs: [bgpConf("conf")],
    bgpPeers: [bgpPeer("leaf", "fe80::1", { bfd, interface: "eth0" })],
  }));
  assertEquals([planned.bfd.length, planned.peers.length], [0, 1]);
  assertEquals(planned.refusals.map(({ reason }) => reason), ["BfdUnavailable"]);
});

Deno.test("nodes are watched where the BgpConf says so, by their first InternalIP", () => {
  const nodeBfd = { interval: 100, detectMultiplier: 3, maxUnreachable: 50 };
  const nodes = [
    node("a", ["10.0.0.1", "2001:db8::1"]),
    node("b", ["2001:db8::2"], { ready: false }),
    node("c", []),
    node("d", ["10.0.0.4"], { deleting: true }),
  ];
  const planner = new Planner();
  const parts = snapshot({ bgpConfs: [bgpConf("conf", { nodeBfd })], nodes });
  const planned = planner.plan(parts).nodeBfd;
  assertEquals(
    planned?.targets.map((each) =>
      `${each.name} ${formatAddress(each.address)} ${each.encapsulation} ${each.minTx}`
    ),
    ["Node a 10.0.0.1 seamless 100", "Node b 2001:db8::2 seamless 100"],
  );
  assertEquals([...planned?.eligible ?? []], ["a"]);
  assert(planner.plan(parts).nodeBfd === planned, "the same objects give the same plan");
  assertEquals(plan(snapshot({ bgpConfs: [bgpConf("conf")], nodes })).nodeBfd, undefined);
  assertEquals(new Planner({ node: "a" }).plan(parts).nodeBfd, undefined, "agents watch nobody");
});
