import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  formatReport,
  parseReport,
  plan,
  reportLifetime,
  type SpeakerReport,
  statuses,
} from "../../lib/plan/mod.ts";
import { bgpConf, bgpPeer, node, snapshot } from "../support/objects.ts";

const now = Date.UTC(2026, 0, 1);

function report(nodeName: string, state: string, at = now): SpeakerReport {
  const since = now - 60_000;
  return { node: nodeName, at, sessions: [{ peer: "leaf", state, since, prefixesSent: 3 }] };
}

/** The status of a BgpPeer that the agents of so many nodes speak to. */
function statusOf(
  nodes: number,
  reports: readonly SpeakerReport[] | undefined,
): Readonly<Record<string, unknown>> {
  const world = snapshot({
    bgpConfs: [bgpConf("conf")],
    bgpPeers: [
      bgpPeer("leaf", "10.0.0.1", {
        speakers: { type: "Agents", nodeSelector: { requirements: [] } },
      }),
    ],
    nodes: Array.from({ length: nodes }, (_, index) => node(`node${index + 1}`, [])),
  });
  const patches = statuses(plan(world), world, { now, sessions: [], reports });
  return patches.find((each) => each.object.kind === "BgpPeer")?.status ?? {};
}

function established(status: Readonly<Record<string, unknown>>): unknown {
  const conditions = status["conditions"] as readonly { type: string; message: string }[];
  return conditions.find((each) => each.type === "Established")?.message;
}

Deno.test("a BgpPeer has an entry for each agent, those without a session first", () => {
  const status = statusOf(3, [report("node1", "Established"), report("node2", "Down")]);
  assertEquals(status["speakers"], [
    { node: "node2", state: "Down", since: "2025-12-31T23:59:00Z" },
    { node: "node3", state: "Unknown" },
    { node: "node1", state: "Established", since: "2025-12-31T23:59:00Z", prefixesSent: 3 },
  ]);
  assertEquals([status["speakersWanted"], status["speakersEstablished"]], [3, 1]);
  assertEquals(established(status), "1 of 3 agents have their session");
});

Deno.test("an agent that said nothing for long is unknown, whatever it said last", () => {
  const old = now - reportLifetime - 1;
  const status = statusOf(1, [report("node1", "Established", old)]);
  assertEquals(status["speakers"], [{ node: "node1", state: "Unknown" }]);
});

Deno.test("a status has so many entries at most, and counts them all", () => {
  const reports = Array.from(
    { length: 100 },
    (_, index) => report(`node${index + 1}`, "Established"),
  );
  const status = statusOf(100, reports);
  assertEquals((status["speakers"] as unknown[]).length, 64);
  assertEquals([status["speakersWanted"], status["speakersEstablished"]], [100, 100]);
});

Deno.test("as long as nobody read the reports, the status keeps what it says of them", () => {
  const status = statusOf(2, undefined);
  assertEquals("speakers" in status, false);
  assertEquals(established(status), undefined);
});

Deno.test("parseReport() reads what formatReport() wrote", () => {
  const said = report("node1", "Established");
  assertEquals(parseReport("node1", formatReport(said)), said);
});

Deno.test("parseReport() takes nothing for a report that is none, and never throws", () => {
  for (const text of ["", "null", "[]", "{}", '{"at":"1","sessions":[]}', '{"at":1}']) {
    assertEquals(parseReport("node1", text), undefined, text);
  }
  const long = JSON.stringify({
    at: 1,
    sessions: Array(1000).fill({ peer: "leaf", state: "x".repeat(1000), since: 1e300 }),
  });
  const read = parseReport("node1", long);
  assert(read !== undefined && read.sessions.length === 256);
  assertEquals([read.sessions[0]?.state.length, read.sessions[0]?.since], [200, 0]);
  fc.assert(fc.property(fc.json(), (text) => {
    const found = parseReport("node1", text);
    if (found !== undefined) assertEquals(parseReport("node1", formatReport(found)), found);
  }));
});
