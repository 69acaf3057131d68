/**
 * What `porter peers` says of a session: how many prefixes the peer shall be told, and what to do.
 *
 * @module
 */

import { assertEquals, assertMatch } from "@std/assert";
import type { PeerStatus } from "../../lib/bgp/model/mod.ts";
import { plan, recorded } from "../../lib/plan/mod.ts";
import { type PeerReport, peersReport } from "../../lib/report/mod.ts";
import { session } from "../observe/state.ts";
import { bgpPeer, cluster, eip, node, service, slice } from "../support/objects.ts";

const gold = { requirements: [{ key: "tier", operator: "In" as const, values: ["gold"] }] };

/** Of three prefixes, one of them IPv6, the peer is told one. */
const objects = cluster({
  bgpPeers: [bgpPeer("picky", "10.0.0.2", { export: { attributes: {}, eipSelector: gold } })],
  eips: [
    eip("edge", "203.0.113.0/27"),
    eip("six", "2001:db8:5::/120"),
    eip("dear", "203.0.113.64/28", { labels: { tier: "gold" }, autoAssign: false }),
  ],
  nodes: [node("node1", ["10.0.0.11", "2001:db8::11"]), node("node2", ["10.0.0.12"])],
  services: [
    service("web", { createdAt: 1, families: [4, 6] }),
    service("gold", { createdAt: 2, requestedPools: ["dear"] }),
  ],
  endpointSlices: [
    slice("web", ["node1"]),
    slice("web", ["node1"], { family: 6 }),
    slice("gold", ["node1"]),
  ],
});

function peerWith(change: Partial<PeerStatus> = {}, snapshot = objects): PeerReport {
  const written = recorded(snapshot, plan(snapshot));
  const planned = plan(written);
  const [peer] = peersReport({
    ...{ snapshot: written, plan: planned, refusals: planned.refusals },
    running: {
      ...{ sessions: [session("picky", change)], bfd: [], told: () => 1 },
      speaker: { connectionsRefused: 0 },
    },
  });
  if (peer === undefined) throw new Error("no peer is told of");
  return peer;
}

Deno.test("a peer wants what its spec.export selects, and nothing else is missed", () => {
  const { prefixes, hints } = peerWith();
  assertEquals([prefixes.wanted, hints], [1, []]);
});

Deno.test("a peer that is told of both families by its spec.export must take both", () => {
  const all = { ...objects, bgpPeers: [bgpPeer("picky", "10.0.0.2")] };
  const { prefixes, hints } = peerWith({}, all);
  assertEquals(prefixes.wanted, 2);
  assertMatch(hints.join(), /^The peer does not take ipv6-unicast: activate it there$/);
});

Deno.test("ADD-PATH is missed only where the peer may be told several next hops", () => {
  const negotiated = { ...session("picky").negotiated, addPathSend: [] };
  const without = { negotiated } as Partial<PeerStatus>;
  assertMatch(peerWith(without).hints.join(), /does not receive ADD-PATH/);
  const inRack = bgpPeer("picky", "10.0.0.2", {
    export: {
      ...{ attributes: {}, eipSelector: gold },
      nodeSelector: { requirements: [{ key: "rack", operator: "In", values: ["a"] }] },
    },
  });
  const [one, two] = objects.nodes;
  if (one === undefined || two === undefined) throw new Error("two nodes");
  const nodes = [{ ...one, labels: { rack: "a" } }, two];
  assertEquals(peerWith(without, { ...objects, nodes, bgpPeers: [inRack] }).hints, []);
});
