/**
 * What a manager knows of peers that agents speak to: their sessions as the agents said, and so which routes
 * they were told.
 *
 * @module
 */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { plan, recorded, type ReportedSession, type SpeakerReport } from "../../lib/plan/mod.ts";
import {
  agentsStates,
  explain,
  nodesReport,
  type PeerReport,
  peersReport,
  routesReport,
  type Subject,
  subjectOf,
  type ToldReport,
} from "../../lib/report/mod.ts";
import { watched } from "../observe/state.ts";
import { bgpConf, bgpPeer, cluster, node, service, slice } from "../support/objects.ts";

const objects = cluster({
  bgpPeers: [
    bgpPeer("leaf", "10.0.0.1", {
      speakers: { type: "Agents", nodeSelector: { requirements: [] } },
    }),
  ],
  services: [service("web", { createdAt: 1 }), service("api", { createdAt: 2 })],
  endpointSlices: [slice("web", ["node1"]), slice("api", ["node1"])],
});

/** What one agent says. */
function said(name: string, change: Partial<ReportedSession> = {}): SpeakerReport {
  const session = { peer: "leaf", state: "Established", since: 7, prefixesSent: 2 };
  return {
    ...{ role: "agent", name, at: 9 },
    sessions: [{ ...session, capabilities: ["route-refresh"], ...change }],
  };
}

function subjectWith(reports: readonly SpeakerReport[] | undefined): Subject {
  const snapshot = recorded(objects, plan(objects));
  const planned = plan(snapshot);
  return {
    ...{ snapshot, plan: planned, refusals: planned.refusals },
    running: {
      ...{ sessions: [], bfd: [], speaker: { connectionsRefused: 0 }, told: () => undefined },
      ...(reports === undefined ? {} : { reports }),
    },
  };
}

function peerWith(reports: readonly SpeakerReport[] | undefined): PeerReport {
  const [peer, ...others] = peersReport(subjectWith(reports));
  assertEquals(others, []);
  if (peer === undefined) throw new Error("no peer is told of");
  return peer;
}

function toldWith(reports: readonly SpeakerReport[] | undefined): ToldReport {
  const [told] = routesReport(subjectWith(reports))[0]?.peers ?? [];
  if (told === undefined) throw new Error("no peer is told of");
  return told;
}

Deno.test("a peer of agents is as its agents say", () => {
  const peer = peerWith([said("node1"), said("node2", { since: 8 })]);
  assertEquals([peer.state, peer.since, peer.agentsUp, peer.hints], ["Established", 8, 2, []]);
  assertEquals(peer.prefixes, { wanted: 4, sent: 4, received: 0, heldBack: 0 });
  assertEquals([peer.pathsSent, peer.capabilities], [4, ["route-refresh"]]);
  assertEquals(peer.agents.map(({ node, state }) => [node, state]), [
    ["node1", "Established"],
    ["node2", "Established"],
  ]);
});

Deno.test("an agent that is down or silent stands first, and what to do is said", () => {
  const down = said("node2", { state: "Down", prefixesSent: 0, lastError: "Connection refused" });
  const peer = peerWith([said("node1"), down]);
  assertEquals([peer.state, peer.agentsUp, peer.lastError], ["Partial", 1, "Connection refused"]);
  assertEquals(peer.agents[0]?.node, "node2");
  assertMatch(peer.hints.join(), /^1 of 2 agents have no session: node2 \(Connection refused\)/);
  const silent = peerWith([said("node1")]);
  assertEquals([silent.state, silent.agents[0]?.state], ["Partial", "Unknown"]);
  assertMatch(silent.hints.join(), /^1 of 2 agents say nothing: node2; does porter agent run/);
  assertEquals(peerWith([down]).state, "Down");
  assertEquals([peerWith([]).state, peerWith([]).since], ["Unknown", null]);
  // Another peer's session, or a manager's, is none with this one.
  assertEquals(peerWith([said("node1", { peer: "other" })]).state, "Unknown");
  assertEquals(peerWith([{ ...said("node1"), role: "manager" }]).state, "Unknown");
});

Deno.test("the sessions of all agents come to one word", () => {
  const down = (name: string) => said(name, { state: "Down" });
  const word = (reports: readonly SpeakerReport[]) =>
    agentsStates(subjectWith(reports).plan, reports).map(({ state, up, agents }) =>
      `${state} ${up}/${agents}`
    );
  assertEquals(word([said("node1"), said("node2")]), ["Established 2/2"]);
  assertEquals(word([said("node1"), down("node2")]), ["Partial 1/2"]);
  assertEquals([word([down("node1")]), word([])], [["Down 0/2"], ["Unknown 0/2"]]);
});

Deno.test("where nobody can read what agents say, nothing is made up", () => {
  const peer = peerWith(undefined);
  assertEquals([peer.state, peer.agentsUp, peer.agents, peer.hints], ["NotAsked", null, [], []]);
  assertEquals(toldWith(undefined).sent, "unknown");
  assertStringIncludes(toldWith(undefined).why, "cannot be read");
  const nobodyRuns = routesReport(subjectOf(objects))[0]?.peers[0];
  assertEquals([nobodyRuns?.sent, nobodyRuns?.why], ["unknown", "no running porter was asked"]);
});

Deno.test("a route is told by the agents of its next hops that have told all of theirs", () => {
  const all = toldWith([said("node1"), said("node2")]);
  assertEquals([all.sent, all.paths], ["yes", 2]);
  assertEquals(all.why, "2 of 2 next hops, by the agents of node1, node2");
  const down = said("node2", { state: "Down", prefixesSent: 0, lastError: "Connection refused" });
  const some = toldWith([said("node1"), down]);
  assertEquals([some.sent, some.paths], ["yes", 1]);
  assertMatch(some.why, /^1 of 2 next hops, by the agents of node1; node2: Connection refused$/);
  const unsure = toldWith([said("node1", { prefixesSent: 1 }), down]);
  assertEquals(unsure.sent, "unknown");
  assertMatch(unsure.why, /^node1 has told 1 of 2 prefixes, which of them is not known, node2: /);
  assertEquals(toldWith([]).sent, "unknown");
});

Deno.test("explain says that no agent has its session", () => {
  const down = (name: string) => said(name, { state: "Down", prefixesSent: 0 });
  const chain = explain(subjectWith([down("node1"), down("node2")]), "default/web");
  const link = chain.links.find(({ title }) => title === "peers");
  assertEquals([link?.verdict, link?.reason], ["broken", "SessionDown"]);
  assertMatch(link?.facts.join() ?? "", /leaf: the session is down: node1 is down, node2 is down$/);
  assertEquals(chain.broken, "peers");
});

Deno.test("ten thousand routes of a hundred agents are told of in a moment", () => {
  const nodes = Array.from({ length: 100 }, (_, n) => node(`n${n}`, [`10.1.0.${n + 1}`]));
  const snapshot = cluster({ ...objects, nodes });
  const { plan: planned } = subjectOf(snapshot);
  const [route] = planned.announced;
  if (route === undefined) throw new Error("nothing is announced");
  const subject: Subject = {
    ...subjectWith(nodes.map(({ ref }) => said(ref.name, { prefixesSent: 10_000 }))),
    ...{ snapshot, plan: { ...planned, announced: Array.from({ length: 10_000 }, () => route) } },
  };
  const start = performance.now();
  assertEquals(peersReport(subject)[0]?.prefixes.wanted, 1_000_000);
  for (let n = 0; n < 10; n++) routesReport(subject);
  assertEquals(performance.now() - start < 2000, true);
});

Deno.test("a node says how far its drain is, and how its BFD session is", () => {
  const since = 1_000_000;
  const snapshot = cluster({
    bgpConfs: [bgpConf("conf")],
    nodes: [node("node1", ["10.0.0.11"], { drain: { since } }), node("node2", ["10.0.0.12"])],
  });
  const at = (now: number) => {
    const running = {
      ...{ sessions: [], speaker: { connectionsRefused: 0 }, told: () => undefined },
      bfd: [watched("Node node2", { state: "Down" })],
    };
    const subject: Subject = { ...subjectOf(snapshot, { now }), running };
    return nodesReport(subject).map(({ drain, bfd }) => ({ drain, bfd }));
  };
  const leavesAt = since + 60_000;
  assertEquals(at(since + 1), [
    { drain: { phase: "draining", leavesAt }, bfd: null },
    { drain: null, bfd: "Down" },
  ]);
  assertEquals(at(leavesAt)[0]?.drain, { phase: "leaving", leavesAt });
});
