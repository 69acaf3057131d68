/**
 * The state machine of RFC 5880 section 6.8, rule by rule.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import type { ControlPacket, SessionStateName } from "../../lib/bfd/wire/mod.ts";
import {
  detectionTime,
  newSession,
  type SessionAction,
  type SessionConfig,
  type SessionEvent,
  type SessionState,
  step,
  transmitInterval,
} from "../../lib/bfd/session/mod.ts";

const config: SessionConfig = {
  desiredMinTxInterval: 100_000,
  requiredMinRxInterval: 100_000,
  detectMult: 3,
};

const theirs: ControlPacket = {
  diag: 0,
  state: "Down",
  poll: false,
  final: false,
  controlPlaneIndependent: false,
  demand: false,
  detectMult: 3,
  myDiscriminator: 99,
  yourDiscriminator: 7,
  desiredMinTxInterval: 100_000,
  requiredMinRxInterval: 100_000,
  requiredMinEchoRxInterval: 0,
};

function from(change: Partial<ControlPacket>): SessionEvent {
  return { kind: "packet", packet: { ...theirs, ...change } };
}

/** Runs events; gives the last state and the actions of the last event. */
function run(
  events: readonly SessionEvent[],
  start: SessionState = newSession(7, config),
): { state: SessionState; actions: readonly SessionAction[] } {
  let last: { state: SessionState; actions: readonly SessionAction[] } = {
    state: start,
    actions: [],
  };
  for (const event of events) last = step(last.state, event, { jitter: 1 });
  return last;
}

function sent(actions: readonly SessionAction[]): readonly ControlPacket[] {
  return actions.flatMap((action) => action.kind === "send" ? [action.packet] : []);
}

function timer(actions: readonly SessionAction[], name: "transmit" | "detection") {
  return actions.flatMap((it) => it.kind === "start-timer" && it.timer === name ? [it.ms] : [])[0];
}

/** Up, and the first Poll Sequence over. */
const up: SessionState = run([
  from({ state: "Down", yourDiscriminator: 0 }),
  from({ state: "Up" }),
  from({ state: "Up", final: true }),
]).state;

const rows: readonly {
  at: SessionStateName;
  hears: SessionStateName;
  becomes: SessionStateName;
}[] = [
  { at: "Down", hears: "AdminDown", becomes: "Down" },
  { at: "Down", hears: "Down", becomes: "Init" },
  { at: "Down", hears: "Init", becomes: "Up" },
  { at: "Down", hears: "Up", becomes: "Down" },
  { at: "Init", hears: "AdminDown", becomes: "Down" },
  { at: "Init", hears: "Down", becomes: "Init" },
  { at: "Init", hears: "Init", becomes: "Up" },
  { at: "Init", hears: "Up", becomes: "Up" },
  { at: "Up", hears: "AdminDown", becomes: "Down" },
  { at: "Up", hears: "Down", becomes: "Down" },
  { at: "Up", hears: "Init", becomes: "Up" },
  { at: "Up", hears: "Up", becomes: "Up" },
  { at: "AdminDown", hears: "AdminDown", becomes: "AdminDown" },
  { at: "AdminDown", hears: "Down", becomes: "AdminDown" },
  { at: "AdminDown", hears: "Init", becomes: "AdminDown" },
  { at: "AdminDown", hears: "Up", becomes: "AdminDown" },
];

for (const { at, hears, becomes } of rows) {
  Deno.test(`6.8.6: ${at} that hears ${hears} becomes ${becomes}`, () => {
    const { state } = run([from({ state: hears })], { ...up, sessionState: at });
    assertEquals(state.sessionState, becomes);
    const fell = becomes === "Down" && (at === "Up" || at === "Init");
    if (fell) assertEquals(state.localDiag, 3, "Neighbor Signaled Session Down");
  });
}

Deno.test("6.8.6: what a packet says is remembered under its variables", () => {
  const { state } = run([from({
    diag: 5,
    requiredMinRxInterval: 250_000,
    desiredMinTxInterval: 50_000,
    detectMult: 9,
    demand: true,
  })]);
  assertEquals(
    [
      ...[state.remoteDiscr, state.remoteSessionState, state.remoteDiag],
      ...[state.remoteMinRxInterval, state.remoteDesiredMinTxInterval],
      ...[state.remoteDetectMult, state.remoteDemandMode],
    ],
    [99, "Down", 5, 250_000, 50_000, 9, true],
  );
});

Deno.test("6.8.3: not faster than one a second while not Up, and the Poll Sequence after", () => {
  const down = run([{ kind: "transmit-expires" }]);
  assertEquals(sent(down.actions)[0]?.desiredMinTxInterval, 1_000_000);
  assertEquals(timer(down.actions, "transmit"), 1000);
  const init = run([from({ state: "Down", yourDiscriminator: 0 })]);
  assertEquals(transmitInterval(init.state), 1_000_000);
  const first = run([from({ state: "Down", yourDiscriminator: 0 }), from({ state: "Up" })]);
  const [packet] = sent(first.actions);
  assertEquals([packet?.state, packet?.poll, packet?.desiredMinTxInterval], ["Up", true, 100_000]);
  assertEquals(timer(first.actions, "transmit"), 100);
  assertEquals(run([{ kind: "transmit-expires" }], up).actions.length, 2);
  assertEquals(sent(run([{ kind: "transmit-expires" }], up).actions)[0]?.poll, false);
});

Deno.test("6.5: a poll is answered at once with Final, never with Poll", () => {
  const { actions } = run([from({ state: "Up", poll: true })], { ...up, polling: true });
  assertEquals(sent(actions).map(({ poll, final }) => [poll, final]), [[false, true]]);
  const disabled = run([{ kind: "disable" }, from({ state: "Up", poll: true })], up);
  assertEquals(sent(disabled.actions), [], "AdminDown answers nothing");
});

Deno.test("6.8.3: a longer transmit interval is used only after the Final", () => {
  const slower = { ...config, desiredMinTxInterval: 500_000 };
  const polling = run([{ kind: "configure", config: slower }], up);
  assertEquals(sent(polling.actions)[0]?.desiredMinTxInterval, 500_000);
  assertEquals(sent(polling.actions)[0]?.poll, true);
  assertEquals(transmitInterval(polling.state), 100_000);
  const done = run([from({ state: "Up", final: true })], polling.state);
  assertEquals(transmitInterval(done.state), 500_000);
  assert(!done.state.polling);
});

Deno.test("6.8.3: a shorter receive interval counts for detection only after the Final", () => {
  const slow = run([
    { kind: "configure", config: { ...config, requiredMinRxInterval: 400_000 } },
    from({ state: "Up", final: true }),
  ], up);
  assertEquals(detectionTime(slow.state), 1_200_000);
  const polling = run([{ kind: "configure", config }], slow.state);
  assertEquals(detectionTime(polling.state), 1_200_000);
  const done = run([from({ state: "Up", final: true })], polling.state);
  assertEquals(detectionTime(done.state), 300_000);
});

Deno.test("6.8.3: what changes during a Poll Sequence has one of its own", () => {
  const twice = run([
    { kind: "configure", config: { ...config, desiredMinTxInterval: 400_000 } },
    { kind: "configure", config: { ...config, desiredMinTxInterval: 800_000 } },
    from({ state: "Up", final: true }),
  ], up);
  assertEquals([twice.state.polling, transmitInterval(twice.state)], [true, 100_000]);
  const done = run([from({ state: "Up", final: true })], twice.state);
  assertEquals([done.state.polling, transmitInterval(done.state)], [false, 800_000]);
});

Deno.test("6.8.3: the other side's shorter receive interval is honoured at once", () => {
  const slow = run([from({ state: "Up", requiredMinRxInterval: 700_000 })], up);
  assertEquals(transmitInterval(slow.state), 700_000);
  const fast = run([from({ state: "Up" })], slow.state);
  assertEquals(sent(fast.actions).length, 1);
  assertEquals(timer(fast.actions, "transmit"), 100);
});

Deno.test("6.8.4: the detection time is their multiplier times the slower of two intervals", () => {
  const ours = run([from({ state: "Up", detectMult: 5, desiredMinTxInterval: 20_000 })], up);
  assertEquals(timer(ours.actions, "detection"), 500);
  const slow = run([from({ state: "Up", detectMult: 5, desiredMinTxInterval: 200_000 })], up);
  assertEquals(timer(slow.actions, "detection"), 1000);
});

Deno.test("6.8.4: silence in Up and Init is Down with diagnostic 1, and the neighbour forgotten", () => {
  for (const sessionState of ["Up", "Init"] as const) {
    const { state, actions } = run([{ kind: "detection-expires" }], { ...up, sessionState });
    assertEquals([state.sessionState, state.localDiag, state.remoteDiscr], ["Down", 1, 0]);
    assertEquals(sent(actions).map(({ state, diag }) => [state, diag]), [["Down", 1]]);
    assert(actions.some((it) => it.kind === "changed" && it.from === sessionState));
  }
  const quiet = run([{ kind: "detection-expires" }], { ...up, sessionState: "Down" });
  assertEquals([quiet.state.localDiag, quiet.actions.length, quiet.state.remoteDiscr], [0, 0, 0]);
});

Deno.test("6.8.7: nothing is sent to who wants nothing, until it is forgotten or wants again", () => {
  const deaf = run([from({ state: "Up", requiredMinRxInterval: 0 })], up);
  assert(deaf.actions.some((it) => it.kind === "stop-timer" && it.timer === "transmit"));
  assertEquals(sent(run([{ kind: "transmit-expires" }], deaf.state).actions), []);
  assertEquals(sent(run([from({ state: "Up" })], deaf.state).actions).length, 1);
  const gone = run([{ kind: "detection-expires" }], { ...deaf.state, sessionState: "Down" });
  assertEquals(sent(gone.actions).length, 1);
});

Deno.test("6.6: demand mode of the other side stops our packets while both are Up", () => {
  const { state, actions } = run([from({ state: "Up", demand: true })], up);
  assert(actions.some((it) => it.kind === "stop-timer" && it.timer === "transmit"));
  const changed = run([
    { kind: "configure", config: { ...config, desiredMinTxInterval: 200_000 } },
  ], state);
  assertEquals(
    sent(changed.actions).map(({ poll }) => poll),
    [true],
    "a poll is sent all the same",
  );
});

Deno.test("6.8.7: 75 to 100 % of the interval, at most 90 % with a multiplier of 1", () => {
  for (
    const [detectMult, jitter, ms] of [[3, 0, 75], [3, 1, 100], [1, 0, 75], [1, 1, 90]] as const
  ) {
    const { actions } = step({ ...up, detectMult }, { kind: "transmit-expires" }, { jitter });
    assertEquals(timer(actions, "transmit"), ms);
  }
});

Deno.test("6.8.16: taken down by hand it says AdminDown with diagnostic 7, and comes back", () => {
  const { state, actions } = run([{ kind: "disable" }], up);
  assertEquals(sent(actions).map(({ state, diag }) => [state, diag]), [["AdminDown", 7]]);
  assert(timer(actions, "transmit") !== undefined, "it goes on to say so");
  assertEquals(run([{ kind: "enable" }], state).state.sessionState, "Down");
  assertEquals(run([{ kind: "enable" }], up).state, up);
});

for (const state of ["Down", "AdminDown"] as const) {
  Deno.test(`6.8.6: ${state} of who knows no discriminator of the session does not end it`, () => {
    const stranger = from({ state, yourDiscriminator: 0, myDiscriminator: 100 });
    assertEquals(step(up, stranger, { jitter: 1 }), { state: up, actions: [] });
    // One that lost us has its own still; one that restarted is heard once it has been missed.
    const lost = run([from({ state, yourDiscriminator: 0 })], up);
    assertEquals(lost.state.sessionState, "Down");
    const missed = run([{ kind: "detection-expires" }, stranger], up);
    assertEquals(missed.state.remoteDiscr, 100);
  });
}
