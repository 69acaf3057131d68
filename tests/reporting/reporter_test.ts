/**
 * When a speaker says how its sessions are, and when it holds its tongue.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import type { PeerStatus } from "../../lib/bgp/mod.ts";
import type { Refusal } from "../../lib/refusal/mod.ts";
import { silentLog, type SpeakerName, type SpeakerReport } from "../../lib/ports/mod.ts";
import type { SpeakerState } from "../../lib/plan/mod.ts";
import { Reporter } from "../../lib/reporting/mod.ts";
import { FakeClock, fakeEpoch } from "../support/fake_clock.ts";
import { addressOf } from "../support/objects.ts";

function session(state: PeerStatus["state"], more: Partial<PeerStatus> = {}): PeerStatus {
  return {
    ...{ name: "leaf", address: addressOf("10.0.0.1"), peerAs: 64600, state, since: 0, flaps: 0 },
    ...{ peerCapabilities: [], prefixesSent: 0, pathsSent: 0, prefixesReceived: 0 },
    ...{ prefixesHeldBack: 0, messagesSent: {}, messagesReceived: {}, ...more },
  } as PeerStatus;
}

class Bench {
  readonly clock = new FakeClock();
  readonly written: SpeakerReport[] = [];
  sessions: readonly PeerStatus[] = [];
  without: readonly Refusal[] = [];
  more: Omit<SpeakerState, "sessions"> = {};
  failure: Error | undefined;
  readonly reporter: Reporter;

  constructor(role: SpeakerName["role"] = "agent") {
    const write = (report: SpeakerReport): Promise<void> => {
      if (this.failure !== undefined) return Promise.reject(this.failure);
      this.written.push(report);
      return Promise.resolve();
    };
    this.reporter = new Reporter({
      ...{ speaker: { role, name: "node1" }, reports: { write }, clock: this.clock },
      state: () => ({ sessions: this.sessions, without: this.without, ...this.more }),
      ...{ random: () => 0.5, log: silentLog },
    });
  }

  /** The sessions change, and so much time goes by. */
  async become(sessions: readonly PeerStatus[], ms: number): Promise<void> {
    this.sessions = sessions;
    this.reporter.changed();
    await this.clock.advance(ms);
  }

  get states(): readonly string[] {
    return this.written.map((each) => each.sessions.map(({ state }) => state).join());
  }
}

Deno.test("an agent without sessions never says anything", async () => {
  const bench = new Bench();
  await bench.become([], 600_000);
  assertEquals(bench.written, []);
});

Deno.test("a change is told soon, and what comes and goes with every try is none", async () => {
  const bench = new Bench();
  await bench.become([session("Connect")], 1000);
  for (let second = 1; second < 30; second++) {
    const state = second % 2 === 0 ? "Connect" : "Active";
    await bench.become([session(state, { since: second * 1000 })], 1000);
  }
  assertEquals(bench.states, ["Down"]);
  assertEquals(bench.written[0]?.sessions[0]?.since, 0);
  await bench.become([session("Established")], 7500);
  assertEquals(bench.states, ["Down", "Established"]);
});

Deno.test("a session that flaps every second is told of every few seconds", async () => {
  const bench = new Bench();
  for (let second = 0; second < 60; second++) {
    await bench.become(
      [session(second % 2 === 0 ? "Established" : "Idle", { flaps: second })],
      1000,
    );
  }
  assert(bench.written.length >= 6 && bench.written.length <= 13, `${bench.written.length}`);
});

Deno.test("the same is said again before it is too old to be believed", async () => {
  const bench = new Bench();
  await bench.become([session("Established")], 1000);
  await bench.clock.advance(180_000);
  assert(bench.written.length >= 3, `${bench.written.length}`);
  const gaps = bench.written.slice(1).map(({ at }, index) => at - (bench.written[index]?.at ?? 0));
  assert(gaps.every((gap) => gap <= 60_000), gaps.join());
});

Deno.test("a report that fails is tried again, more and more seldom, until it is in", async () => {
  const bench = new Bench();
  bench.failure = new Error("the API server is away");
  await bench.become([session("Established")], 300_000);
  assertEquals(bench.written, []);
  bench.failure = undefined;
  await bench.clock.advance(120_000);
  assertEquals(bench.states[0], "Established");
});

Deno.test("a reporter that stops says nothing more", async () => {
  const bench = new Bench();
  await bench.become([session("Established")], 1000);
  await bench.reporter.stop();
  await bench.become([session("Idle")], 600_000);
  assertEquals(bench.states, ["Established"]);
});

Deno.test("a manager says the same again every ten seconds, and is silent while it leads", async () => {
  const bench = new Bench("manager");
  await bench.become([session("Established")], 1000);
  await bench.clock.advance(60_000);
  assert(bench.written.length >= 7 && bench.written.length <= 9, `${bench.written.length}`);
  bench.reporter.silence();
  bench.written.length = 0;
  await bench.clock.advance(60_000);
  assertEquals(bench.written, []);
  // It says again what it had said before.
  await bench.become([session("Established")], 1000);
  assertEquals(bench.states, ["Established"]);
  assertEquals(await bench.reporter.stop(), true);
});

Deno.test("a report under way when silence falls is not taken for said", async () => {
  const bench = new Bench("manager");
  bench.failure = new Error("the API server is away");
  await bench.become([session("Established")], 1000);
  bench.reporter.silence();
  bench.failure = undefined;
  await bench.become([session("Established")], 1000);
  assertEquals(bench.states, ["Established"]);
});

Deno.test("why there is no session is told, by name: of the plan, and of the sockets", async () => {
  const bench = new Bench();
  const object = { kind: "BgpPeer", namespace: "", name: "signed" };
  const message = "Cannot use spec.passwordSecretRef";
  bench.without = [
    { object, reason: "PeerSecretMissing", message },
    { object: { ...object, name: "leaf" }, reason: "PeerDuplicate", message: "has a session" },
  ];
  await bench.become([session("Idle", { refused: "Cannot set TCP_MD5SIG" })], 1000);
  const said = bench.written[0]?.sessions.map(({ peer, state, lastError }) => [
    ...[peer, state, lastError],
  ]);
  assertEquals(said, [
    ["leaf", "Down", "SocketOptionsDenied: Cannot set TCP_MD5SIG"],
    ["signed", "Down", "PeerSecretMissing: Cannot use spec.passwordSecretRef"],
  ]);
  const written = bench.written.length;
  await bench.become(bench.sessions, 30_000);
  assertEquals(bench.written.length, written, "the same is not said again so soon");
  bench.without = [];
  await bench.become([], 7500);
  assertEquals(bench.written.at(-1)?.sessions, []);
});

Deno.test("where it listens is told, and what it cannot do where it runs, once", async () => {
  const bench = new Bench();
  const conf = { kind: "BgpConf", namespace: "", name: "conf" };
  const leaf = { kind: "BgpPeer", namespace: "", name: "leaf" };
  const port = 17900;
  bench.more = { conf, speaker: { listening: { port }, connectionsRefused: 0 } };
  await bench.become([session("Established")], 1000);
  assertEquals(bench.written[0]?.listening, { at: "*:17900", since: fakeEpoch });
  assertEquals("refusals" in (bench.written[0] ?? {}), false);

  const message = "Cannot listen on port 17900: another process holds it";
  const failed = { reason: "ListenFailed", message } as const;
  const blind = { reason: "BfdUnavailable", message: "Cannot watch 10.0.0.1 with BFD" } as const;
  bench.more = {
    ...{ conf, speaker: { listenError: message, connectionsRefused: 0 } },
    refusals: [
      { object: conf, ...failed },
      { object: { ...conf, name: "other" }, ...failed },
      { object: leaf, ...blind },
      // What every speaker says alike is no news.
      { object: leaf, reason: "PeerUnsupported", message: "Cannot forward" },
    ],
  };
  await bench.become(bench.sessions, 7500);
  const { listening, refusals, sessions } = bench.written.at(-1) ?? {};
  assertEquals(Object.keys(listening ?? {}), ["since"]);
  assertEquals([refusals, sessions?.[0]?.refusals], [[failed], [blind]]);
  const written = bench.written.length;
  await bench.become(bench.sessions, 30_000);
  assertEquals(bench.written.length, written, "it is tried again and again, and told once");
});

Deno.test("a manager that only listens says so", async () => {
  const bench = new Bench("manager");
  const conf = { kind: "BgpConf", namespace: "", name: "conf" };
  const address = addressOf("2001:db8::1");
  bench.more = { conf, speaker: { listening: { address, port: 179 }, connectionsRefused: 0 } };
  await bench.become([], 1000);
  assertEquals(bench.written[0]?.listening?.at, "[2001:db8::1]:179");
});
