/**
 * What a BFD session remembers: the state variables of RFC 5880 section 6.8.1 under their names, what
 * happens to a session, and what it asks its loop to do.
 *
 * @module
 */

import type { ControlPacket, SessionStateName } from "../wire/mod.ts";

/** What is wanted of a session; intervals in microseconds, both at least 1. */
export interface SessionConfig {
  readonly desiredMinTxInterval: number;
  readonly requiredMinRxInterval: number;
  /** 1 to 255. */
  readonly detectMult: number;
}

/** A session's state variables (RFC 5880 section 6.8.1). Intervals in microseconds. */
export interface SessionState {
  readonly sessionState: SessionStateName;
  readonly remoteSessionState: SessionStateName;
  /** Unique on this system, never 0. */
  readonly localDiscr: number;
  /** 0 while unknown. */
  readonly remoteDiscr: number;
  readonly localDiag: number;
  readonly remoteDiag: number;
  /** What our packets say: at least a second while the session is not Up. */
  readonly desiredMinTxInterval: number;
  readonly requiredMinRxInterval: number;
  readonly remoteMinRxInterval: number;
  readonly remoteDesiredMinTxInterval: number;
  readonly remoteDetectMult: number;
  readonly remoteDemandMode: boolean;
  readonly detectMult: number;
  /**
   * The intervals in use: those that our packets say, but for a longer transmit interval and a shorter
   * receive interval that a Poll Sequence has not confirmed yet (section 6.8.3).
   */
  readonly usedTxInterval: number;
  readonly usedRxInterval: number;
  /** A Poll Sequence is under way: our packets have the Poll bit. */
  readonly polling: boolean;
  /** What changed again while it was: another Poll Sequence follows. */
  readonly pollAgain: boolean;
  /** What is wanted; in force where a session that is not Up does not ask for less. */
  readonly config: SessionConfig;
}

/** The timers of a session. */
export type SessionTimer = "transmit" | "detection";

/** What happens to a session. */
export type SessionEvent =
  /** A packet of the other side, demultiplexed to this session (section 6.8.6). */
  | { readonly kind: "packet"; readonly packet: ControlPacket }
  | { readonly kind: "transmit-expires" }
  | { readonly kind: "detection-expires" }
  /** Other parameters are wanted (section 6.8.2, 6.8.3). */
  | { readonly kind: "configure"; readonly config: SessionConfig }
  /** Section 6.8.16: taken down, and up again, by hand. */
  | { readonly kind: "disable" }
  | { readonly kind: "enable" };

/** What to do for a session. */
export type SessionAction =
  | { readonly kind: "send"; readonly packet: ControlPacket }
  /** Starts or restarts; milliseconds, may have fractions. */
  | { readonly kind: "start-timer"; readonly timer: SessionTimer; readonly ms: number }
  | { readonly kind: "stop-timer"; readonly timer: SessionTimer }
  /** The session state changed, in this step, from `from`. */
  | { readonly kind: "changed"; readonly from: SessionStateName };

/** What a step may look at beside state and event. */
export interface SessionContext {
  /** In [0, 1): spreads the transmissions (section 6.8.7). */
  readonly jitter: number;
}

/** What comes of a step. */
export interface SessionStep {
  readonly state: SessionState;
  readonly actions: readonly SessionAction[];
}

/** Microseconds between packets of a session that is not Up, at least (section 6.8.3). */
export const slowInterval = 1_000_000;

/** A session that heard nothing and said nothing yet. */
export function newSession(localDiscr: number, config: SessionConfig): SessionState {
  const slow = Math.max(slowInterval, config.desiredMinTxInterval);
  return {
    sessionState: "Down",
    remoteSessionState: "Down",
    localDiscr,
    remoteDiscr: 0,
    localDiag: 0,
    remoteDiag: 0,
    desiredMinTxInterval: slow,
    requiredMinRxInterval: config.requiredMinRxInterval,
    remoteMinRxInterval: 1,
    remoteDesiredMinTxInterval: 0,
    remoteDetectMult: 0,
    remoteDemandMode: false,
    detectMult: config.detectMult,
    usedTxInterval: slow,
    usedRxInterval: config.requiredMinRxInterval,
    polling: false,
    pollAgain: false,
    config,
  };
}

/**
 * Microseconds without a packet after which the other side counts as gone (section 6.8.4,
 * Asynchronous mode); 0 before the first packet.
 */
export function detectionTime(state: SessionState): number {
  return state.remoteDetectMult * Math.max(state.usedRxInterval, state.remoteDesiredMinTxInterval);
}

/** Microseconds between our packets, before jitter (section 6.8.7). */
export function transmitInterval(state: SessionState): number {
  return Math.max(state.usedTxInterval, state.remoteMinRxInterval);
}

/** The packet that the state says, without Poll and Final (section 6.8.7). */
export function packetOf(state: SessionState): ControlPacket {
  return {
    diag: state.localDiag,
    state: state.sessionState,
    poll: false,
    final: false,
    controlPlaneIndependent: false,
    demand: false,
    detectMult: state.detectMult,
    myDiscriminator: state.localDiscr,
    yourDiscriminator: state.remoteDiscr,
    desiredMinTxInterval: state.desiredMinTxInterval,
    requiredMinRxInterval: state.requiredMinRxInterval,
    // The Echo function is not offered.
    requiredMinEchoRxInterval: 0,
  };
}
