/**
 * Seamless BFD, RFC 7880.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { type Address, parseAddress } from "../../lib/net/mod.ts";
import {
  newSession,
  reflect,
  reflectorDiscriminator,
  type SessionState,
  stepInitiator,
} from "../../lib/bfd/session/mod.ts";

const config = { desiredMinTxInterval: 100_000, requiredMinRxInterval: 100_000, detectMult: 3 };
const context = { jitter: 1 };
const address = parseAddress("192.0.2.11") as Address;
const reflector = reflectorDiscriminator(address);
const start: SessionState = { ...newSession(7, config), remoteDiscr: reflector };

function asked(state: SessionState) {
  const { actions } = stepInitiator(state, { kind: "transmit-expires" }, context);
  const [action] = actions;
  assert(action?.kind === "send");
  return action.packet;
}

function answered(state: SessionState, how: "Up" | "AdminDown" = "Up"): SessionState {
  const answer = reflect(asked(state), reflector, how);
  assert(answer.ok);
  return stepInitiator(state, { kind: "packet", packet: answer.value }, context).state;
}

Deno.test("an initiator asks with the Demand bit once a second, and is Up with the first answer", () => {
  const packet = asked(start);
  assertEquals([packet.demand, packet.yourDiscriminator, packet.state], [true, reflector, "Down"]);
  assertEquals(packet.desiredMinTxInterval, 1_000_000);
  const up = answered(start);
  assertEquals([up.sessionState, up.desiredMinTxInterval], ["Up", 100_000]);
});

Deno.test("an initiator without answers for its own multiplier of intervals is Down", () => {
  const answer = reflect(asked(start), reflector, "Up");
  assert(answer.ok);
  const { actions } = stepInitiator(start, { kind: "packet", packet: answer.value }, context);
  const timer = actions.find((it) => it.kind === "start-timer" && it.timer === "detection");
  assertEquals(timer, { kind: "start-timer", timer: "detection", ms: 300 });
  const down = stepInitiator(answered(start), { kind: "detection-expires" }, context).state;
  assertEquals([down.sessionState, down.localDiag], ["Down", 1]);
  assertEquals(down.remoteDiscr, reflector, "the reflector stays known");
});

Deno.test("a reflector that goes says AdminDown", () => {
  const down = answered(answered(start), "AdminDown");
  assertEquals([down.sessionState, down.remoteSessionState], ["Down", "AdminDown"]);
  assertEquals(down.localDiag, 3);
});

Deno.test("a reflector answers only initiators that mean it, and no answer is answered", () => {
  const packet = asked(start);
  assert(!reflect({ ...packet, demand: false }, reflector, "Up").ok);
  assert(!reflect(packet, reflector + 1, "Up").ok);
  const answer = reflect({ ...packet, poll: true }, reflector, "Up");
  assert(answer.ok);
  assertEquals([answer.value.final, answer.value.poll, answer.value.demand], [true, false, false]);
  assert(!reflect(answer.value, 7, "Up").ok);
  const { state } = stepInitiator(start, { kind: "packet", packet }, context);
  assertEquals(state, start, "an initiator's packet is no answer");
});

Deno.test("the discriminator of a reflector follows from its address and is never 0", () => {
  assertEquals(reflector, 0xc000020b);
  const six = reflectorDiscriminator(parseAddress("2001:db8::1:2") as Address);
  assertEquals(six, (0x20010db8 ^ 0x00010002) >>> 0);
  assertEquals(reflectorDiscriminator(parseAddress("::") as Address), 1);
});

Deno.test("an initiator that is taken down by hand asks nobody, whatever comes then", () => {
  const down = stepInitiator(answered(start), { kind: "disable" }, context).state;
  assertEquals(down.sessionState, "AdminDown");
  const faster = { ...config, desiredMinTxInterval: 50_000 };
  for (
    const event of [{ kind: "transmit-expires" }, { kind: "configure", config: faster }] as const
  ) {
    assertEquals(stepInitiator(down, event, context).actions, []);
  }
  const again = stepInitiator(down, { kind: "enable" }, context);
  assertEquals(again.state.sessionState, "Down");
  assert(again.actions.some(({ kind }) => kind === "send"));
});
