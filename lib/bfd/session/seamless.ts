/**
 * Seamless BFD (RFC 7880): an initiator that watches, and a reflector that answers and remembers
 * nothing. Only the initiator has a state machine (section 7.3), timers and parameters; where both are
 * porter's, one side decides everything, and an answer goes to the port that asked (RFC 7881).
 *
 * @module
 */

import type { Address } from "../../net/mod.ts";
import { err, ok, type Result } from "../../result/mod.ts";
import { type ControlPacket, diag, type SessionStateName } from "../wire/mod.ts";
import {
  packetOf,
  type SessionAction,
  type SessionConfig,
  type SessionContext,
  type SessionEvent,
  type SessionState,
  type SessionStep,
  slowInterval,
  transmitInterval,
} from "./state.ts";
import { spread } from "./step.ts";

/** Microseconds between the packets of one initiator that a reflector asks for, at least. */
const reflectorMinRx = 10_000;

/**
 * The discriminator of the reflector at an address (RFC 7880 section 3 leaves open how it is agreed
 * on): the IPv4 address itself, or the four words of an IPv6 address folded into one. Never 0.
 */
export function reflectorDiscriminator(address: Address): number {
  if (address.family === 4) return address.value || 1;
  const words = [96n, 64n, 32n, 0n].map((shift) => Number(address.value >> shift & 0xffffffffn));
  return words.reduce((folded, word) => (folded ^ word) >>> 0, 0) || 1;
}

/**
 * The answer to an initiator's packet (RFC 7880 section 7.2): "Up", or "AdminDown" when the
 * reflector is about to go. The error says why there is none.
 */
export function reflect(
  packet: ControlPacket,
  discriminator: number,
  state: "Up" | "AdminDown",
): Result<ControlPacket> {
  // Two reflectors that answered each other would never stop.
  if (!packet.demand) return err("it has no Demand bit: it is no packet of an initiator");
  if (packet.yourDiscriminator !== discriminator) {
    return err(`Your Discriminator is ${packet.yourDiscriminator}, not ours`);
  }
  return ok({
    diag: state === "Up" ? diag.none : diag.administrativelyDown,
    state,
    poll: false,
    final: packet.poll,
    controlPlaneIndependent: false,
    demand: false,
    detectMult: packet.detectMult,
    myDiscriminator: discriminator,
    yourDiscriminator: packet.myDiscriminator,
    desiredMinTxInterval: packet.desiredMinTxInterval,
    requiredMinRxInterval: reflectorMinRx,
    requiredMinEchoRxInterval: 0,
  });
}

/**
 * Microseconds without an answer after which an initiator takes the reflector for gone (RFC 7880
 * section 7.3.1): its own multiplier, since the reflector has none.
 */
export function initiatorDetectionTime(state: SessionState): number {
  return state.detectMult * transmitInterval(state);
}

/** The step of an initiator (RFC 7880 section 7.3.1). Never throws. */
export function stepInitiator(
  state: SessionState,
  event: SessionEvent,
  context: SessionContext,
): SessionStep {
  switch (event.kind) {
    case "packet":
      return answered(state, event.packet, context);
    case "transmit-expires":
      return { state, actions: ask(state, context) };
    case "detection-expires":
      if (state.sessionState !== "Up") return { state, actions: [] };
      return entered(state, "Down", diag.detectionTimeExpired, context);
    case "configure": {
      const next = timed({ ...state, config: event.config }, event.config);
      const same = next.usedTxInterval === state.usedTxInterval &&
        next.detectMult === state.detectMult;
      return { state: next, actions: same ? [] : ask(next, context) };
    }
    case "disable":
      return {
        state: { ...state, sessionState: "AdminDown", localDiag: diag.administrativelyDown },
        actions: [
          { kind: "stop-timer", timer: "transmit" },
          { kind: "stop-timer", timer: "detection" },
          ...(state.sessionState === "AdminDown"
            ? []
            : [{ kind: "changed", from: state.sessionState } as const]),
        ],
      };
    case "enable":
      if (state.sessionState !== "AdminDown") return { state, actions: [] };
      return entered(state, "Down", diag.none, context);
  }
}

function answered(
  before: SessionState,
  packet: ControlPacket,
  context: SessionContext,
): SessionStep {
  // A packet with the Demand bit is an initiator's, not an answer.
  if (before.sessionState === "AdminDown" || packet.demand) return { state: before, actions: [] };
  const state: SessionState = {
    ...before,
    remoteSessionState: packet.state,
    remoteDiag: packet.diag,
    remoteMinRxInterval: packet.requiredMinRxInterval,
    remoteDetectMult: packet.detectMult,
    remoteDesiredMinTxInterval: packet.desiredMinTxInterval,
  };
  const to = packet.state === "Up" ? "Up" : "Down";
  if (to !== state.sessionState) {
    const why = to === "Up" ? diag.none : diag.neighborDown;
    return entered(state, to, why, context);
  }
  return { state, actions: to === "Up" ? [detection(state)] : [] };
}

function entered(
  before: SessionState,
  to: SessionStateName,
  localDiag: number,
  context: SessionContext,
): SessionStep {
  const moved: SessionState = { ...before, sessionState: to, localDiag };
  const state = timed(moved, before.config);
  const waits: SessionAction = to === "Up"
    ? detection(state)
    : { kind: "stop-timer", timer: "detection" };
  return {
    state,
    actions: [{ kind: "changed", from: before.sessionState }, ...ask(state, context), waits],
  };
}

/** The intervals that are right in this state; nothing is negotiated, so they hold at once. */
function timed(state: SessionState, config: SessionConfig): SessionState {
  const interval = state.sessionState === "Up"
    ? config.desiredMinTxInterval
    : Math.max(slowInterval, config.desiredMinTxInterval);
  return {
    ...state,
    detectMult: config.detectMult,
    desiredMinTxInterval: interval,
    usedTxInterval: interval,
    requiredMinRxInterval: config.requiredMinRxInterval,
    usedRxInterval: config.requiredMinRxInterval,
  };
}

function ask(state: SessionState, context: SessionContext): SessionAction[] {
  // Who is taken down by hand asks nobody, whatever timer was still on its way.
  if (state.sessionState === "AdminDown") return [];
  const packet = { ...packetOf(state), demand: true };
  const ms = spread(transmitInterval(state) / 1000, state.detectMult, context.jitter);
  return [{ kind: "send", packet }, { kind: "start-timer", timer: "transmit", ms }];
}

function detection(state: SessionState): SessionAction {
  return { kind: "start-timer", timer: "detection", ms: initiatorDetectionTime(state) / 1000 };
}
