/**
 * What a peer's state machine remembers, and the state it shows.
 *
 * @module
 */

import type { SessionState } from "../model/mod.ts";
import type { Action } from "./action.ts";
import type { ConnectionState, StepContext } from "./connection.ts";
import type { PeerEvent } from "./event.ts";

/** What a peer does beside its connections: nothing, connecting, or waiting to be connected to. */
export type PeerPhase = "Idle" | "Connect" | "Active";

/** A peer. In Idle there is no connection. */
export interface PeerState {
  readonly phase: PeerPhase;
  readonly active: ConnectionState | undefined;
  readonly passive: ConnectionState | undefined;
  /** In OpenSent, and only beside a connection that is Established. */
  readonly successor: ConnectionState | undefined;
  /** Whether the session has been Established for so long that a new connection is no collision. */
  readonly settled: boolean;
  /** Seconds of the next idle hold; undefined for the configured first one. */
  readonly backoff: number | undefined;
  /** Seconds until the next attempt to connect when one fails; undefined for the first one. */
  readonly retry: number | undefined;
}

/** What comes of a step. */
export interface Step {
  readonly state: PeerState;
  readonly actions: readonly Action[];
}

/** A handler for every state and event. */
export type PeerTable = {
  readonly [Phase in PeerPhase]: {
    readonly [Kind in PeerEvent["kind"]]: (
      state: PeerState,
      event: Extract<PeerEvent, { kind: Kind }>,
      context: StepContext,
    ) => Step;
  };
};

/** A peer that was not started. */
export const stoppedPeer: PeerState = {
  phase: "Idle",
  active: undefined,
  passive: undefined,
  successor: undefined,
  settled: false,
  backoff: undefined,
  retry: undefined,
};

/** The state as RFC 4271 would name it: of the connection that is furthest, or of the peer. */
export function sessionState(state: PeerState): SessionState {
  const phases = [state.active?.phase, state.passive?.phase];
  for (const phase of ["Established", "OpenConfirm", "OpenSent"] as const) {
    if (phases.includes(phase)) return phase;
  }
  return state.phase;
}

/** Whether there is a connection that may become, or is, the peer's session. */
export function isConnected(state: PeerState): boolean {
  return state.active !== undefined || state.passive !== undefined;
}
