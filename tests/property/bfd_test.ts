/**
 * Laws of BFD sessions over any sequence of events, and of two of them with a link between that loses
 * packets and is cut.
 *
 * @module
 */

import fc from "fast-check";
import { assert, assertEquals } from "@std/assert";
import { type ControlPacket, encodePacket } from "../../lib/bfd/wire/mod.ts";
import {
  detectionTime,
  newSession,
  type SessionAction,
  type SessionConfig,
  type SessionEvent,
  type SessionState,
  slowInterval,
  step,
  stepInitiator,
  transmitInterval,
} from "../../lib/bfd/session/mod.ts";
import { seededRandom } from "../fuzz/random.ts";

const interval = fc.constantFrom(1, 10_000, 50_000, 100_000, 300_000, 2_000_000, 0xffffffff);
const config: fc.Arbitrary<SessionConfig> = fc.record({
  desiredMinTxInterval: interval,
  requiredMinRxInterval: interval,
  detectMult: fc.constantFrom(1, 2, 3, 255),
});
const packet: fc.Arbitrary<ControlPacket> = fc.record({
  diag: fc.integer({ min: 0, max: 31 }),
  state: fc.constantFrom("AdminDown", "Down", "Init", "Up"),
  poll: fc.boolean(),
  final: fc.boolean(),
  controlPlaneIndependent: fc.boolean(),
  demand: fc.boolean(),
  detectMult: fc.integer({ min: 1, max: 255 }),
  myDiscriminator: fc.integer({ min: 1, max: 0xffffffff }),
  yourDiscriminator: fc.integer({ min: 0, max: 0xffffffff }),
  desiredMinTxInterval: fc.oneof(fc.constant(0), interval),
  requiredMinRxInterval: fc.oneof(fc.constant(0), interval),
  requiredMinEchoRxInterval: interval,
});

/** How to draw each kind of event; a kind without a row does not compile. */
const events: {
  readonly [K in SessionEvent["kind"]]: fc.Arbitrary<Extract<SessionEvent, { kind: K }>>;
} = {
  "packet": packet.map((packet) => ({ kind: "packet", packet })),
  "transmit-expires": fc.constant({ kind: "transmit-expires" }),
  "detection-expires": fc.constant({ kind: "detection-expires" }),
  "configure": config.map((config) => ({ kind: "configure", config })),
  "disable": fc.constant({ kind: "disable" }),
  "enable": fc.constant({ kind: "enable" }),
};
const anyEvents = fc.array(fc.oneof(...Object.values(events)), { maxLength: 40 });

for (const [name, machine] of [["session", step], ["initiator", stepInitiator]] as const) {
  Deno.test(`a ${name} never throws, and what it says is right, whatever happens`, () => {
    fc.assert(fc.property(config, anyEvents, fc.double({ min: 0, max: 0.999, noNaN: true }), (
      config,
      all,
      jitter,
    ) => {
      let state = newSession(7, config);
      for (const event of all) {
        const before = state;
        const { state: after, actions } = machine(state, event, { jitter });
        state = after;
        const changes = actions.filter((it) => it.kind === "changed");
        const expected = before.sessionState === after.sessionState ? 0 : 1;
        // Down and Init in one breath is not one step, so there is one change at most.
        assertEquals(changes.length, expected, `${before.sessionState} ${after.sessionState}`);
        for (const action of actions) checkAction(action, after);
      }
    }));
  });
}

function checkAction(action: SessionAction, state: SessionState): void {
  if (action.kind === "start-timer") {
    assert(action.ms >= 0 && Number.isFinite(action.ms));
    if (action.timer === "transmit") {
      const whole = transmitInterval(state) / 1000;
      assert(action.ms >= 0.75 * whole && action.ms <= whole);
      if (state.detectMult === 1) assert(action.ms <= 0.9 * whole + 1e-9);
    }
  }
  if (action.kind !== "send") return;
  const { packet } = action;
  assertEquals(encodePacket(packet).length, 24);
  assert(!(packet.poll && packet.final), "both Poll and Final (RFC 5880 section 6.5)");
  assertEquals(packet.state, state.sessionState);
  if (packet.state !== "Up") assert(packet.desiredMinTxInterval >= slowInterval);
}

/** One end of the link in the simulation. */
interface End {
  state: SessionState;
  transmit: number;
  detection: number;
  readonly went: { readonly to: string; readonly at: number }[];
}

interface InFlight {
  readonly to: 0 | 1;
  readonly at: number;
  readonly packet: ControlPacket;
}

/** Milliseconds that a packet is on its way. */
const delay = 0.5;

/** Two sessions and time between them, in milliseconds. */
class Link {
  readonly ends: readonly [End, End];
  now = 0;
  loss = 0;
  readonly #random: () => number;
  #flying: InFlight[] = [];

  constructor(configs: readonly [SessionConfig, SessionConfig], seed: number) {
    const random = seededRandom(seed);
    this.#random = () => random(2 ** 30) / 2 ** 30;
    const end = (index: 0 | 1): End => ({
      state: newSession(index + 1, configs[index]),
      transmit: 0,
      detection: Infinity,
      went: [],
    });
    this.ends = [end(0), end(1)];
  }

  /** Lets time pass until `end`, or until `done` says so. */
  run(end: number, done: () => boolean = () => false): void {
    while (!done()) {
      const timers = this.ends.flatMap(({ transmit, detection }) => [transmit, detection]);
      const next = Math.min(...timers, ...this.#flying.map(({ at }) => at));
      if (next > end) break;
      this.now = Math.max(this.now, next);
      this.#next();
    }
    if (!done()) this.now = end;
  }

  #next(): void {
    const packet = this.#flying.find(({ at }) => at <= this.now);
    if (packet !== undefined) {
      this.#flying = this.#flying.filter((it) => it !== packet);
      return this.happens(packet.to, { kind: "packet", packet: packet.packet });
    }
    for (const index of [0, 1] as const) {
      const end = this.ends[index];
      if (end.detection <= this.now) {
        end.detection = Infinity;
        return this.happens(index, { kind: "detection-expires" });
      }
      if (end.transmit <= this.now) {
        end.transmit = Infinity;
        return this.happens(index, { kind: "transmit-expires" });
      }
    }
  }

  happens(index: 0 | 1, event: SessionEvent): void {
    const end = this.ends[index];
    const { state, actions } = step(end.state, event, { jitter: this.#random() });
    end.state = state;
    for (const action of actions) {
      if (action.kind === "changed") end.went.push({ to: state.sessionState, at: this.now });
      else if (action.kind === "start-timer") end[action.timer] = this.now + action.ms;
      else if (action.kind === "stop-timer") end[action.timer] = Infinity;
      else if (this.#random() >= this.loss) {
        // One overtakes no other: a Down that comes after the Init that followed it would be believed.
        const at = this.now + delay;
        this.#flying.push({ to: index === 0 ? 1 : 0, at, packet: action.packet });
      }
    }
  }
}

const linkConfig: fc.Arbitrary<SessionConfig> = fc.record({
  desiredMinTxInterval: fc.constantFrom(50_000, 100_000, 300_000, 1_500_000),
  requiredMinRxInterval: fc.constantFrom(50_000, 100_000, 300_000, 1_500_000),
  detectMult: fc.constantFrom(2, 3, 5),
});

function bothUp(link: Link): boolean {
  return link.ends.every(({ state }) => state.sessionState === "Up" && !state.polling);
}

Deno.test("two sessions over a link that loses a third of everything come Up and agree", () => {
  fc.assert(
    fc.property(linkConfig, linkConfig, fc.integer(), (a, b, seed) => {
      const link = new Link([a, b], seed);
      link.loss = 0.33;
      link.run(120_000, () => bothUp(link));
      link.loss = 0;
      link.run(link.now + 20_000);
      assert(bothUp(link), JSON.stringify(link.ends));
      const [left, right] = link.ends;
      const used = Math.max(a.desiredMinTxInterval, b.requiredMinRxInterval);
      assertEquals(transmitInterval(left.state), used);
      assertEquals(detectionTime(right.state), a.detectMult * used);
    }),
    { numRuns: 60 },
  );
});

Deno.test("a link that is whole never goes down; one that is cut does within the agreed time", () => {
  fc.assert(
    fc.property(linkConfig, linkConfig, fc.integer(), (a, b, seed) => {
      const link = new Link([a, b], seed);
      link.run(60_000, () => bothUp(link));
      link.run(link.now + 60_000);
      assert(link.ends.every(({ went }) => !went.some(({ to }) => to === "Down")));
      const cut = link.now;
      link.loss = 1;
      link.run(cut + 60_000);
      for (const [index, { went }] of link.ends.entries()) {
        const down = went.find(({ to }) => to === "Down");
        assert(down !== undefined);
        const sender = [b, a][index] as SessionConfig;
        const receiver = [a, b][index] as SessionConfig;
        const used = Math.max(sender.desiredMinTxInterval, receiver.requiredMinRxInterval);
        assert(down.at - cut <= sender.detectMult * used / 1000 + 2);
      }
    }),
    { numRuns: 60 },
  );
});

Deno.test("parameters changed at any time are agreed on without the session going down", () => {
  fc.assert(
    fc.property(
      linkConfig,
      fc.array(linkConfig, { minLength: 1, maxLength: 5 }),
      fc.integer(),
      (a, changes, seed) => {
        const link = new Link([a, a], seed);
        link.run(60_000, () => bothUp(link));
        for (const config of changes) {
          link.happens(0, { kind: "configure", config });
          link.run(link.now + 700);
        }
        link.run(link.now + 20_000);
        assert(bothUp(link));
        assert(link.ends.every(({ went }) => !went.some(({ to }) => to === "Down")));
        const last = changes.at(-1) ?? a;
        assertEquals(
          transmitInterval(link.ends[0].state),
          Math.max(last.desiredMinTxInterval, a.requiredMinRxInterval),
        );
      },
    ),
    { numRuns: 60 },
  );
});
