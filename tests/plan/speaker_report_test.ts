import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  formatReport,
  parseReport,
  plan,
  type SpeakerReport,
  statuses,
} from "../../lib/plan/mod.ts";
import { bgpConf, bgpPeer, node, snapshot } from "../support/objects.ts";

const now = Date.UTC(2026, 0, 1);

const capabilities = ["route-refresh"];

function report(
  name: string,
  state: string,
  role: SpeakerReport["role"] = "agent",
): SpeakerReport {
  const since = now - 60_000;
  const session = { peer: "leaf", state, since, prefixesSent: 3, capabilities };
  return { role, name, at: now, sessions: [session] };
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
    { name: "node2", state: "Down", since: "2025-12-31T23:59:00Z" },
    { name: "node3", state: "Unknown" },
    {
      ...{ name: "node1", state: "Established", since: "2025-12-31T23:59:00Z" },
      ...{ prefixesSent: 3, capabilities },
    },
  ]);
  assertEquals([status["speakersWanted"], status["speakersEstablished"]], [3, 1]);
  assertEquals(established(status), "1 of 3 agents have their session");
});

Deno.test("a BgpPeer of the managers has an entry for each of them, and none of agents", () => {
  const reports = [
    report("b", "Established", "manager"),
    report("a", "Down", "manager"),
    report("node1", "Established"),
  ];
  const world = snapshot({
    bgpConfs: [bgpConf("conf")],
    bgpPeers: [bgpPeer("leaf", "10.0.0.1")],
  });
  const patchOf = (reports: readonly SpeakerReport[]) =>
    statuses(plan(world), world, { now, sessions: [], reports })
      .find((each) => each.object.kind === "BgpPeer")?.status ?? {};
  const status = patchOf(reports);
  assertEquals(status["speakers"], [
    { name: "a", state: "Down", since: "2025-12-31T23:59:00Z" },
    {
      ...{ name: "b", state: "Established", since: "2025-12-31T23:59:00Z" },
      ...{ prefixesSent: 3, capabilities },
    },
  ]);
  assertEquals([status["speakersWanted"], status["speakersEstablished"]], [2, 1]);
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

Deno.test("what some agents cannot do is in their entries, and a condition of the peer", () => {
  const refusals = [{ reason: "BfdUnavailable", message: "Cannot watch 10.0.0.1" }] as const;
  const blind = (name: string): SpeakerReport => {
    const said = report(name, "Established");
    return { ...said, sessions: said.sessions.map((each) => ({ ...each, refusals })) };
  };
  const status = statusOf(3, [report("node1", "Established"), blind("node2"), blind("node3")]);
  const speakers = status["speakers"] as readonly Record<string, unknown>[];
  assertEquals(speakers.map((each) => each["name"]), ["node2", "node3", "node1"]);
  assertEquals(speakers.map((each) => each["refusals"]), [refusals, refusals, undefined]);
  const conditions = status["conditions"] as readonly Record<string, string>[];
  assertEquals(conditions.map(({ type, status, reason }) => [type, status, reason]), [
    ["Accepted", "True", "Accepted"],
    ["Bfd", "False", "BfdUnavailable"],
    ["Established", "True", "Established"],
  ]);
  assertEquals(
    conditions[1]?.["message"],
    "At agent node2: Cannot watch 10.0.0.1 (and 1 more: see status.speakers)",
  );
});

Deno.test("a BgpConf that is not in force has no speakers", () => {
  const listening = { at: "*:179", since: now };
  const reports = [{ ...report("a", "Established", "manager"), listening }];
  const old = { status: { speakers: [], speakersWanted: 2, speakersListening: 2 } };
  const world = snapshot({
    bgpConfs: [bgpConf("conf"), { ...bgpConf("later"), ...old }],
    bgpPeers: [bgpPeer("leaf", "10.0.0.1")],
  });
  const patches = statuses(plan(world), world, { now, sessions: [], reports });
  const said = (name: string) => patches.find(({ object }) => object.name === name)?.status ?? {};
  assertEquals([said("conf")["speakersListening"], said("later")["speakersListening"]], [1, null]);
  assertEquals(said("later")["speakers"], null);
});

Deno.test("a speaker that shall listen and does not keeps the BgpConf from being ready, also without a reason", () => {
  const listening = { at: "*:179", since: now };
  const good = { ...report("a", "Established", "manager"), listening };
  const deaf = ["node1", "node2"].map((name) => ({
    ...report(name, "Established"),
    listening: { since: now },
  }));
  const world = snapshot({
    bgpConfs: [bgpConf("conf")],
    bgpPeers: [bgpPeer("leaf", "10.0.0.1")],
  });
  const ready = (...reports: readonly SpeakerReport[]) => {
    const patches = statuses(plan(world), world, { now, sessions: [], reports });
    const status = patches.find(({ object }) => object.name === "conf")?.status ?? {};
    const conditions = status["conditions"] as readonly Record<string, string>[];
    const { status: is, reason, message } =
      conditions.find(({ type }) => type === "SpeakersReady") ?? {};
    return [status["speakersListening"], is, reason, message];
  };
  assertEquals(ready(good), [1, "True", "Listening", "All of 1 speakers listen"]);
  assertEquals(ready(...deaf, good), [
    1,
    "False",
    "ListenFailed",
    "agent node1 shall listen and does not, and 1 more (see status.speakers)",
  ]);
});

Deno.test("parseReport() reads what formatReport() wrote", () => {
  const said = report("node1", "Established");
  assertEquals(parseReport(said, formatReport(said)), said);
  const refusals = [{ reason: "ListenFailed", message: "Cannot listen" }] as const;
  const more = { ...said, refusals, listening: { since: 7 } };
  assertEquals(parseReport(more, formatReport(more)), more);
  // A name of a newer porter is none of the closed list.
  const newer = formatReport(more).replace("ListenFailed", "MoonFull");
  assertEquals(parseReport(more, newer), { ...said, listening: { since: 7 } });
});

Deno.test("parseReport() takes nothing for a report that is none, and never throws", () => {
  const from = { role: "agent", name: "node1" } as const;
  for (const text of ["", "null", "[]", "{}", '{"at":"1","sessions":[]}', '{"at":1}']) {
    assertEquals(parseReport(from, text), undefined, text);
  }
  const long = JSON.stringify({
    at: 1,
    sessions: Array(1000).fill({
      ...{ peer: "leaf", state: "x".repeat(1000), since: 1e300 },
      capabilities: [7, ...Array(100).fill("y".repeat(100))],
    }),
  });
  const read = parseReport(from, long);
  assert(read !== undefined && read.sessions.length === 256);
  assertEquals([read.sessions[0]?.state.length, read.sessions[0]?.since], [200, 0]);
  assertEquals(read.sessions[0]?.capabilities, Array(16).fill("y".repeat(60)));
  fc.assert(fc.property(fc.json(), (text) => {
    const found = parseReport(from, text);
    if (found !== undefined) assertEquals(parseReport(from, formatReport(found)), found);
  }));
});
