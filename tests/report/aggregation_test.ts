/** What is told of addresses that a covering prefix is announced for. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { formatPrefix } from "../../lib/net/mod.ts";
import { plan, recorded } from "../../lib/plan/mod.ts";
import {
  eipsReport,
  explain,
  leafConfig,
  leafFacts,
  routesReport,
  type Subject,
  vendors,
} from "../../lib/report/mod.ts";
import { session } from "../observe/state.ts";
import { addressOf, bgpPeer, cluster, eip, service, slice } from "../support/objects.ts";

const bgp = { attributes: {}, serviceMaySet: [], aggregationLength: 28 };
const gold = { requirements: [{ key: "tier", operator: "In" as const, values: ["gold"] }] };
const exporting = { attributes: {}, serviceSelector: gold };

/** "gold" and "plain" are covered, "local" stands beside; peer "choosy" hears of "gold" alone. */
function subject(): Subject {
  const objects = cluster({
    eips: [eip("edge", "203.0.113.0/24", { bgp })],
    services: [
      service("gold", { labels: { tier: "gold" } }),
      service("local", { externalTrafficPolicy: "Local" }),
      service("plain"),
    ],
    endpointSlices: ["gold", "local", "plain"].map((each) => slice(each, ["node1"])),
    bgpPeers: [bgpPeer("leaf", "10.0.0.1"), bgpPeer("choosy", "10.0.0.2", { export: exporting })],
  });
  const snapshot = recorded(objects, plan(objects));
  const planned = plan(snapshot);
  return {
    snapshot,
    plan: planned,
    refusals: planned.refusals,
    running: {
      sessions: planned.peers.map(({ name, address }) => session(name, { address })),
      bfd: [],
      speaker: { connectionsRefused: 0 },
      told: (peer, prefix) =>
        planned.announced.filter((each) => formatPrefix(each.prefix) === formatPrefix(prefix))
          .flatMap(({ paths }) => paths)
          .filter(({ attributes: { onlyTo } }) => onlyTo?.includes(peer) ?? true).length,
    },
  };
}

Deno.test("a route says what covers its address, and which peer has it by which", () => {
  const routes = routesReport(subject());
  const told = routes.map(({ prefix, aggregate, announced, peers }) => ({
    prefix,
    aggregate,
    announced,
    peers: peers.map(({ peer, sent, why }) => `${peer} ${sent}: ${why}`),
  }));
  assertEquals(told, [
    {
      prefix: "203.0.113.1/32",
      aggregate: null,
      announced: true,
      peers: ["choosy yes: 2 of 2 next hops", "leaf yes: 2 of 2 next hops as 203.0.113.0/28"],
    },
    {
      prefix: "203.0.113.2/32",
      aggregate: null,
      announced: true,
      peers: [
        "choosy no: spec.export of the BgpPeer does not select it",
        "leaf yes: 1 of 1 next hops",
      ],
    },
    {
      prefix: "203.0.113.3/32",
      aggregate: "203.0.113.0/28",
      announced: true,
      peers: [
        "choosy no: spec.export of the BgpPeer does not select it",
        "leaf yes: 2 of 2 next hops as 203.0.113.0/28",
      ],
    },
  ]);
});

Deno.test("covered addresses count as announced, with the prefix's next hops", () => {
  const { eips } = eipsReport(subject());
  assertEquals(
    eips.map(({ service, state, nextHops }) => `${service} ${state} ${nextHops}`),
    ["default/gold announced 2", "default/local announced 1", "default/plain announced 2"],
  );
});

Deno.test("explain() follows a covered Service to its packets", () => {
  const { links } = explain(subject(), "default/gold");
  const peers = links.find(({ title }) => title === "peers");
  assertEquals(peers?.verdict, "fine");
  assertEquals(peers?.facts, [
    "203.0.113.1 sent to choosy: 2 of 2 next hops",
    "203.0.113.1 sent to leaf: 2 of 2 next hops as 203.0.113.0/28",
  ]);
});

Deno.test("every vendor's filter takes the covering prefixes beside the host routes, and nothing between", () => {
  const facts = leafFacts(subject(), "leaf", [addressOf("10.0.0.11")]);
  assert(facts.ok);
  const wanted = {
    bird: ["203.0.113.0/24{28,28}", "203.0.113.0/24{32,32}"],
    frr: ["permit 203.0.113.0/24 ge 28 le 28\n", "permit 203.0.113.0/24 ge 32\n"],
    sonic: ["permit 203.0.113.0/24 ge 28 le 28\n", "permit 203.0.113.0/24 ge 32\n"],
    eos: ["permit 203.0.113.0/24 ge 28 le 28\n", "permit 203.0.113.0/24 ge 32\n"],
    nxos: ["permit 203.0.113.0/24 ge 28 le 28\n", "permit 203.0.113.0/24 ge 32\n"],
    junos: [
      "203.0.113.0/24 prefix-length-range /28-/28",
      "203.0.113.0/24 prefix-length-range /32-/32",
    ],
  };
  for (const vendor of vendors) {
    const text = leafConfig(vendor, facts.value);
    for (const part of wanted[vendor]) assertStringIncludes(text, part, vendor);
  }
});
