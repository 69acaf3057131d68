/**
 * The state machine of a BFD session, Asynchronous mode, Active role: RFC 5880 section 6.2 and 6.8.
 * Demand mode is not used by us, but honoured where the other side has it; Echo and authentication
 * are not offered.
 *
 * ```ts
 * const { state, actions } = step(before, { kind: "packet", packet }, { jitter: Math.random() });
 * ```
 *
 * @module
 */

import { type ControlPacket, diag, type SessionStateName } from "../wire/mod.ts";
import {
  detectionTime,
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

/** What becomes of a session by an event. Never throws. */
export function step(
  state: SessionState,
  event: SessionEvent,
  context: SessionContext,
): SessionStep {
  switch (event.kind) {
    case "packet":
      return received(state, event.packet, context);
    case "transmit-expires":
      return { state, actions: now(state, context) };
    case "detection-expires":
      return silent(state, context);
    case "configure":
      return configured(state, event.config, context);
    case "disable":
      return said(state, entered(state, "AdminDown", diag.administrativelyDown), context);
    case "enable":
      if (state.sessionState !== "AdminDown") return { state, actions: [] };
      return said(state, entered(state, "Down", diag.none), context);
  }
}

/** Section 6.8.6, from "Set bfd.RemoteDiscr" on; what comes before is the decoder's and the loop's. */
function received(
  before: SessionState,
  packet: ControlPacket,
  context: SessionContext,
): SessionStep {
  if (isForeign(before, packet)) return { state: before, actions: [] };
  let state: SessionState = {
    ...before,
    remoteDiscr: packet.myDiscriminator,
    remoteSessionState: packet.state,
    remoteDiag: packet.diag,
    remoteDemandMode: packet.demand,
    remoteMinRxInterval: packet.requiredMinRxInterval,
    remoteDesiredMinTxInterval: packet.desiredMinTxInterval,
    remoteDetectMult: packet.detectMult,
  };
  if (packet.final && state.polling) state = pollEnded(state);
  state = transition(state, packet);
  if (before.sessionState === "AdminDown") return { state, actions: detection(state) };
  const actions: SessionAction[] = detection(state);
  const changed = state.sessionState !== before.sessionState;
  if (changed) actions.push({ kind: "changed", from: before.sessionState });
  if (packet.poll) actions.push({ kind: "send", packet: { ...packetOf(state), final: true } });
  if (changed || speaksFaster(before, state)) actions.push(...now(state, context));
  else if (isSilenced(state)) actions.push({ kind: "stop-timer", timer: "transmit" });
  return { state, actions };
}

/**
 * Whether the packet knows nothing of a session that is Up: neither our discriminator nor the neighbour's
 * own. It was found by its source address only, which anybody some hops away can forge, so that it must
 * not end the session. A neighbour that has restarted says the same, and is heard a detection time later.
 */
function isForeign(state: SessionState, packet: ControlPacket): boolean {
  return state.sessionState === "Up" && packet.yourDiscriminator === 0 &&
    packet.myDiscriminator !== state.remoteDiscr;
}

/** Section 6.8.6, the transitions. */
function transition(state: SessionState, packet: ControlPacket): SessionState {
  const { sessionState } = state;
  if (sessionState === "AdminDown") return state;
  if (packet.state === "AdminDown") {
    return sessionState === "Down" ? state : entered(state, "Down", diag.neighborDown);
  }
  switch (sessionState) {
    case "Down":
      if (packet.state === "Down") return entered(state, "Init", state.localDiag);
      return packet.state === "Init" ? entered(state, "Up", diag.none) : state;
    case "Init":
      return packet.state === "Down" ? state : entered(state, "Up", diag.none);
    case "Up":
      return packet.state === "Down" ? entered(state, "Down", diag.neighborDown) : state;
  }
}

/** A state and the parameters that go with it; leaving Up gives up a Poll Sequence. */
function entered(state: SessionState, to: SessionStateName, localDiag: number): SessionState {
  const next: SessionState = { ...state, sessionState: to, localDiag };
  return to === state.sessionState ? next : retimed(next, state.config);
}

/** The detection time passed without a packet (section 6.8.4). */
function silent(before: SessionState, context: SessionContext): SessionStep {
  // Section 6.8.1: who was silent for so long may come back as another.
  const forgotten: SessionState = {
    ...before,
    remoteDiscr: 0,
    remoteMinRxInterval: 1,
    remoteDemandMode: false,
    remoteSessionState: "Down",
  };
  const { sessionState } = before;
  if (sessionState === "Up" || sessionState === "Init") {
    return said(before, entered(forgotten, "Down", diag.detectionTimeExpired), context);
  }
  // Who wanted no packets is gone, and may come back.
  return { state: forgotten, actions: isSilenced(before) ? now(forgotten, context) : [] };
}

function configured(
  before: SessionState,
  config: SessionConfig,
  context: SessionContext,
): SessionStep {
  const state = retimed({ ...before, config }, config);
  const same = state.desiredMinTxInterval === before.desiredMinTxInterval &&
    state.requiredMinRxInterval === before.requiredMinRxInterval &&
    state.detectMult === before.detectMult;
  return same ? { state, actions: [] } : { state, actions: now(state, context) };
}

/**
 * Section 6.8.3: takes the parameters over that are right in this state. While Up, a changed interval
 * starts a Poll Sequence; until it ends a longer transmit interval and a shorter receive interval are
 * said, but not used. One that starts in the middle of another begins when that ends.
 */
function retimed(state: SessionState, config: SessionConfig): SessionState {
  const isUp = state.sessionState === "Up";
  const desired = isUp
    ? config.desiredMinTxInterval
    : Math.max(slowInterval, config.desiredMinTxInterval);
  const required = config.requiredMinRxInterval;
  const changes = desired !== state.desiredMinTxInterval ||
    required !== state.requiredMinRxInterval;
  const next: SessionState = {
    ...state,
    desiredMinTxInterval: desired,
    requiredMinRxInterval: required,
    detectMult: config.detectMult,
  };
  if (!isUp) {
    return {
      ...next,
      usedTxInterval: desired,
      usedRxInterval: required,
      polling: false,
      pollAgain: false,
    };
  }
  if (!changes) return next;
  return {
    ...next,
    usedTxInterval: Math.min(state.usedTxInterval, desired),
    usedRxInterval: Math.max(state.usedRxInterval, required),
    polling: true,
    pollAgain: state.polling,
  };
}

/** A packet with the Final bit ends our Poll Sequence: what we said is in force. */
function pollEnded(state: SessionState): SessionState {
  // What changed meanwhile was perhaps not in the packet that was answered.
  if (state.pollAgain) return { ...state, pollAgain: false };
  return {
    ...state,
    polling: false,
    usedTxInterval: state.desiredMinTxInterval,
    usedRxInterval: state.requiredMinRxInterval,
  };
}

/** A change that the other side shall hear of at once. */
function said(before: SessionState, state: SessionState, context: SessionContext): SessionStep {
  const actions = now(state, context);
  if (state.sessionState !== before.sessionState) {
    actions.unshift({ kind: "changed", from: before.sessionState });
  }
  return { state, actions };
}

/** The next packet at once, and the one after it in time. */
function now(state: SessionState, context: SessionContext): SessionAction[] {
  if (isSilenced(state)) return [{ kind: "stop-timer", timer: "transmit" }];
  const packet = { ...packetOf(state), poll: state.polling };
  const ms = spread(transmitInterval(state) / 1000, state.detectMult, context.jitter);
  return [{ kind: "send", packet }, { kind: "start-timer", timer: "transmit", ms }];
}

/** Section 6.8.7: whether nothing is to be sent periodically. */
function isSilenced(state: SessionState): boolean {
  if (state.remoteMinRxInterval === 0) return true;
  return state.remoteDemandMode && state.sessionState === "Up" &&
    state.remoteSessionState === "Up" && !state.polling;
}

/** Section 6.8.7: 75 to 100 % of the interval; at most 90 % where one lost packet means Down. */
export function spread(ms: number, detectMult: number, jitter: number): number {
  return ms * (0.75 + (detectMult === 1 ? 0.15 : 0.25) * jitter);
}

/** Whether the timer that runs is too slow for what is agreed now (section 6.8.3), or stands still. */
function speaksFaster(before: SessionState, after: SessionState): boolean {
  return transmitInterval(after) < transmitInterval(before) ||
    (isSilenced(before) && !isSilenced(after)) ||
    (!before.polling && after.polling);
}

/** Waits for the next packet; in Down and AdminDown only to forget who was there. */
function detection(state: SessionState): SessionAction[] {
  return [{ kind: "start-timer", timer: "detection", ms: detectionTime(state) / 1000 }];
}
