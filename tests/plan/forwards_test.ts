import { assertEquals, assertStringIncludes } from "@std/assert";
import { formatAddress, parsePrefix } from "../../lib/net/mod.ts";
import { plan, portForwards } from "../../lib/plan/mod.ts";
import type { BgpPeer, Speakers } from "../../lib/objects/mod.ts";
import { addressOf, bgpConf, bgpPeer, node, snapshot } from "../support/objects.ts";

const forward = { usingPortForward: true } as const;
const nodes = [node("node1", ["172.30.0.2", "2001:db8::2"]), node("node2", ["172.30.0.3"])];

function forwardsOf(bgpPeers: readonly BgpPeer[], name = "node1", bgpConfs = [conf]) {
  return portForwards(snapshot({ bgpConfs, bgpPeers, nodes }), name)
    .map(({ from, to, port }) => `${formatAddress(from)} > ${formatAddress(to)}:${port}`);
}

const given = bgpConf("conf");
const conf = { ...given, spec: { ...given.spec, port: 17900 } };

Deno.test("portForwards() are those of the peers that ask for it, to the node's own addresses of the family", () => {
  const peers = [
    bgpPeer("silent", "172.30.0.9"),
    bgpPeer("b", "2001:db8::1", forward),
    bgpPeer("a", "172.30.0.1", forward),
    bgpPeer("same", "172.30.0.1", { ...forward, passiveMode: true }),
    bgpPeer("gone", "172.30.0.8", { ...forward, deleting: true }),
    bgpPeer("source", "172.30.0.7", { ...forward, sourceAddress: addressOf("172.30.0.99") }),
  ];
  assertEquals(forwardsOf(peers), [
    "172.30.0.1 > 172.30.0.2:17900",
    "2001:db8::1 > 2001:db8::2:17900",
    "172.30.0.7 > 172.30.0.99:17900",
  ]);
  assertEquals(forwardsOf(peers, "node2")[0], "172.30.0.1 > 172.30.0.3:17900");
  assertEquals(forwardsOf(peers, "unknown"), []);
  assertEquals(forwardsOf(peers, "node1", []), []);
});

Deno.test("portForwards() are none where the BgpConf's port is 179, and of agents only where they speak", () => {
  const on179 = { ...given, spec: { ...given.spec, port: 179 } };
  assertEquals(forwardsOf([bgpPeer("a", "172.30.0.1", forward)], "node1", [on179]), []);
  const requirements = [{ key: "rack", operator: "In" as const, values: ["1"] }];
  const speakers: Speakers = { type: "Agents", nodeSelector: { requirements } };
  const peer = bgpPeer("a", "172.30.0.1", { ...forward, speakers });
  assertEquals(forwardsOf([peer]), []);
  const [first, second] = nodes;
  const labelled = [{ ...first!, labels: { rack: "1" } }, second!];
  const world = snapshot({ bgpConfs: [conf], bgpPeers: [peer], nodes: labelled });
  assertEquals([portForwards(world, "node1").length, portForwards(world, "node2").length], [1, 0]);
});

Deno.test("usingPortForward is refused by name where it cannot be, and the session is planned without it", () => {
  const prefix = parsePrefix("172.30.0.0/24")!;
  const cases = [
    [
      bgpPeer("a", "172.30.0.1", { ...forward, passwordSecretRef: { name: "s", key: "k" } }),
      "signed",
    ],
    [bgpPeer("b", "172.30.0.0", { ...forward, listenRange: { prefix, limit: 9 } }), "a range"],
    [bgpPeer("c", "fe80::1", { ...forward, interface: "eth0" }), "link-local"],
  ] as const;
  for (const [peer, why] of cases) {
    const planned = plan(snapshot({ bgpConfs: [conf], bgpPeers: [peer], nodes }));
    const refusal = planned.refusals.find((each) => each.reason === "PeerUnsupported");
    assertStringIncludes(refusal?.message ?? "", "Cannot use spec.usingPortForward");
    assertStringIncludes(refusal?.message ?? "", why);
    assertEquals(forwardsOf([peer]), []);
  }
  const fine = plan(snapshot({
    bgpConfs: [conf],
    bgpPeers: [bgpPeer("leaf", "172.30.0.1", forward)],
    nodes,
  }));
  assertEquals([fine.refusals, fine.peers.length], [[], 1]);
});
