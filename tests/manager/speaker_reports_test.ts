/**
 * Two managers that tell each other of their sessions: the one that leads knows of both, whoever that is.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import type { PeerStatus, SpeakerStatus } from "../../lib/bgp/mod.ts";
import { type ManagedSpeaker, Manager } from "../../lib/manager/mod.ts";
import { SpeakerReports } from "../../lib/manager/speaker_reports.ts";
import {
  type LogFields,
  type ReportStore,
  silentLog,
  type SpeakerName,
  type SpeakerReport,
} from "../../lib/ports/mod.ts";
import { openMemoryStore } from "../../lib/store/mod.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { addressOf } from "../support/objects.ts";

function session(state: PeerStatus["state"]): PeerStatus {
  return {
    ...{ name: "leaf", address: addressOf("10.0.0.1"), peerAs: 64600, state, since: 0, flaps: 0 },
    ...{ peerCapabilities: [], prefixesSent: 0, pathsSent: 0, prefixesReceived: 0 },
    ...{ prefixesHeldBack: 0, messagesSent: {}, messagesReceived: {} },
  };
}

class MemoryReports implements ReportStore {
  readonly all = new Map<string, SpeakerReport>();
  writes = 0;

  write(report: SpeakerReport): Promise<void> {
    this.writes++;
    this.all.set(report.name, report);
    return Promise.resolve();
  }
  read(): Promise<readonly SpeakerReport[]> {
    return Promise.resolve([...this.all.values()]);
  }
  remove({ name }: SpeakerName): Promise<void> {
    this.all.delete(name);
    return Promise.resolve();
  }
}

class Bench {
  readonly clock = new FakeClock();
  readonly reports = new MemoryReports();
  readonly states = { a: session("Established"), b: session("Established") };
  readonly managers = { a: this.#manager("a"), b: this.#manager("b") };
  #leader: "a" | "b" = "a";

  #manager(name: "a" | "b"): SpeakerReports {
    return new SpeakerReports({
      ...{ name, reports: this.reports, random: () => 0.5, clock: this.clock, log: silentLog },
      state: () => ({ sessions: [this.states[name]] }),
      onChange: () => {},
    });
  }

  /** A pass of both, and so many milliseconds. */
  async pass(ms: number, leader = this.#leader): Promise<void> {
    this.#leader = leader;
    for (const name of ["a", "b"] as const) {
      const state = { sessions: [this.states[name]] };
      this.managers[name].pass({ leads: leader === name, spoken: true, state });
    }
    await this.clock.advance(ms);
  }

  get known(): readonly string[] | undefined {
    return this.managers[this.#leader].latest
      ?.map(({ name, sessions }) => `${name} ${sessions.map(({ state }) => state)}`).sort();
  }
}

Deno.test("the manager that leads knows of all sessions, and its own without asking", async () => {
  const bench = new Bench();
  assertEquals(bench.known, undefined);
  await bench.pass(15_000);
  assertEquals(bench.known, ["a Established", "b Established"]);
  bench.states.a = session("Idle");
  await bench.pass(0);
  assertEquals(bench.known, ["a Down", "b Established"]);
  bench.states.b = session("Idle");
  await bench.pass(15_000);
  assertEquals(bench.known, ["a Down", "b Down"]);
});

Deno.test("who asks the manager that follows is told of all sessions, too", async () => {
  const bench = new Bench();
  bench.reports.all.set("node1", {
    role: "agent",
    name: "node1",
    at: bench.clock.now(),
    sessions: [],
  });
  await bench.pass(15_000);
  assertEquals(bench.managers.b.latest, undefined);
  const names = (await bench.managers.b.ask())?.map(({ role, name }) => `${role} ${name}`);
  assertEquals(names?.includes("agent node1"), true);
  assertEquals(await bench.managers.a.ask(), bench.managers.a.latest);
});

Deno.test("a manager that leads writes no report, one that follows some in a minute", async () => {
  const bench = new Bench();
  await bench.pass(60_000);
  assertEquals([...bench.reports.all.keys()], ["b"]);
  assertEquals(bench.reports.writes <= 9, true, `${bench.reports.writes}`);
});

Deno.test("when another one leads, it knows of both, and nobody of what was", async () => {
  const bench = new Bench();
  await bench.pass(15_000);
  await bench.pass(50_000, "b");
  assertEquals(bench.known, ["a Established", "b Established"]);
  assertEquals([...bench.reports.all.keys()], ["a"]);
});

Deno.test("a manager that stops takes its report back", async () => {
  const bench = new Bench();
  await bench.pass(15_000);
  await bench.managers.b.stop();
  assertEquals([...bench.reports.all], []);
  await bench.clock.advance(10_000);
  assertEquals(bench.known, ["a Established"]);
  await bench.managers.a.stop();
  assertEquals(bench.clock.pending, 0);
});

const group = "network.kubesphere.io/v1alpha1";
const objects = [
  {
    ...{ apiVersion: group, kind: "BgpConf", metadata: { name: "conf" } },
    spec: { as: 64620, routerID: "172.30.0.10", port: 17900 },
  },
  {
    ...{ apiVersion: group, kind: "BgpPeer", metadata: { name: "leaf" } },
    spec: { config: { peerAs: 64600, neighborAddress: "10.0.0.1" } },
  },
];

/** A speaker with one session. */
function speaker(
  state: PeerStatus["state"],
  status: Partial<SpeakerStatus> = { listening: { port: 17900 } },
): ManagedSpeaker {
  return {
    ...{ configure() {}, setPeers() {}, setRoutes() {}, setUnreachable() {} },
    ...{ peers: () => [session(state)], status: () => ({ connectionsRefused: 0, ...status }) },
    close: () => Promise.resolve(),
  };
}

Deno.test("the status of a BgpPeer has the session of each manager, until it stops", async () => {
  const store = openMemoryStore(objects);
  const clock = new FakeClock();
  const reports = new MemoryReports();
  const start = (name: string, leads: boolean, state: PeerStatus["state"]): Manager => {
    const manager = new Manager({
      ...{ store, clock, log: silentLog, speaker: () => speaker(state) },
      leadership: { leads, subscribe: () => () => {} },
      reporting: { name, reports, random: () => 0.5 },
    });
    manager.start();
    return manager;
  };
  const said = (): unknown => {
    const { state, speakers, speakersEstablished, speakersWanted } =
      store.snapshot().bgpPeers[0]?.status ?? {};
    const entries = (speakers as readonly { name: string; state: string }[] | undefined)
      ?.map((each) => `${each.name} ${each.state}`);
    return [state, entries, speakersEstablished, speakersWanted];
  };
  const leader = start("a", true, "Established");
  await clock.advance(1000);
  assertEquals(said(), ["Established", ["a Established"], 1, 1]);
  const other = start("b", false, "Connect");
  await clock.advance(15_000);
  assertEquals(said(), ["Established", ["b Down", "a Established"], 1, 2]);
  await other.stop();
  await clock.advance(15_000);
  assertEquals(said(), ["Established", ["a Established"], 1, 1]);
  await leader.stop();
});

Deno.test("the status of the BgpConf says which manager cannot listen, though it does not lead", async () => {
  const store = openMemoryStore(objects);
  const clock = new FakeClock();
  const reports = new MemoryReports();
  const listenError = "Cannot listen on port 17900: another process holds it";
  const status = { b: { listenError } as Partial<SpeakerStatus> };
  const start = (name: string, leads: boolean, speaker: () => ManagedSpeaker): Manager => {
    const manager = new Manager({
      ...{ store, clock, log: silentLog, speaker },
      leadership: { leads, subscribe: () => () => {} },
      reporting: { name, reports, random: () => 0.5 },
    });
    manager.start();
    return manager;
  };
  const conf = () => store.snapshot().bgpConfs[0]?.status ?? {};
  const condition = (type: string) =>
    (conf()["conditions"] as readonly Record<string, string>[]).find((each) =>
      each["type"] === type
    );
  const a = start("a", true, () => speaker("Established"));
  await clock.advance(1000);
  const since = "2026-01-01T00:00:00Z";
  const fine = { name: "a", role: "Manager", listening: "*:17900", since };
  assertEquals(conf()["speakers"], [fine]);
  assertEquals(condition("SpeakersReady")?.["status"], "True");

  const b = start("b", false, () => {
    const made = speaker("Established");
    return { ...made, status: () => ({ connectionsRefused: 0, ...status.b }) };
  });
  await clock.advance(15_000);
  const [first, second] = conf()["speakers"] as readonly Record<string, unknown>[];
  assertEquals(second, fine);
  assertEquals([first?.["name"], first?.["listening"], first?.["refusals"]], [
    ...["b", undefined],
    [{ reason: "ListenFailed", message: listenError }],
  ]);
  assertEquals([conf()["speakersListening"], conf()["speakersWanted"]], [1, 2]);
  // The leading manager itself is fine.
  assertEquals(condition("Accepted")?.["status"], "True");
  assertEquals(condition("SpeakersReady")?.["reason"], "ListenFailed");
  assertEquals(condition("SpeakersReady")?.["message"], `At manager b: ${listenError}`);

  await b.stop();
  await clock.advance(15_000);
  assertEquals(conf()["speakers"], [fine]);
  assertEquals(condition("SpeakersReady")?.["status"], "True");
  await a.stop();
});

Deno.test("what an agent's node refuses is a condition, an event, a log entry and counted", async () => {
  const store = openMemoryStore(objects);
  const clock = new FakeClock();
  const reports = new MemoryReports();
  const refusal = { reason: "PortForwardFailed", message: "Cannot forward port 179" } as const;
  const report = { role: "agent", name: "node1", at: clock.now(), sessions: [] } as const;
  reports.all.set("node1", { ...report, refusals: [refusal] });
  const logged: string[] = [];
  const note = (event: string, fields?: LogFields) => {
    if (fields?.["reason"] === refusal.reason) logged.push(`${event} ${fields["message"]}`);
  };
  let counted = 0;
  const manager = new Manager({
    ...{ store, clock, log: { ...silentLog, info: note, warn: note } },
    speaker: () => speaker("Established"),
    reporting: { name: "a", reports, random: () => 0.5 },
    onPass: ({ refusals }) => {
      counted = refusals.filter(({ reason }) => reason === refusal.reason).length;
    },
  });
  manager.start();
  await clock.advance(30_000);
  const message = "At agent node1: Cannot forward port 179";
  assertEquals(logged.sort(), [`event ${message}`, `refused ${message}`]);
  assertEquals(counted, 1);
  const ready = (): string | undefined => {
    const all = store.snapshot().bgpConfs[0]?.status.conditions as
      | readonly { readonly type: string; readonly reason: string }[]
      | undefined;
    return all?.find(({ type }) => type === "SpeakersReady")?.reason;
  };
  assertEquals(ready(), refusal.reason);
  logged.length = 0;
  for (let number = 2; number < 200; number++) {
    reports.all.set(`node${number}`, {
      ...{ ...report, name: `node${number}`, at: clock.now(), refusals: [refusal] },
    });
  }
  await clock.advance(30_000);
  const several = "At several agents, see status.speakers: Cannot forward port 179";
  // One of each, however many they are; and the word of the one is over.
  assertEquals(logged.sort(), [`event ${several}`, "refusal.over undefined", `refused ${several}`]);
  assertEquals(counted, 1);
  for (let number = 2; number < 200; number++) reports.all.delete(`node${number}`);
  reports.all.set("node1", { ...report, at: clock.now() });
  await clock.advance(30_000);
  assertEquals([ready(), counted], ["Listening", 0]);
  await manager.stop();
});
