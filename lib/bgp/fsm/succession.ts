/**
 * A peer that connects although its session is Established has most likely restarted (RFC 4724 section
 * 4.2): its new connection takes over, and nobody has to wait for the hold timer. Porter keeps no routes
 * of others, so all that is lost by it is the table to be said again.
 *
 * That nobody makes a weapon of it, the session before goes only when the OPEN on the new connection is
 * acceptable and of the same speaker by its BGP identifier, when both sides had agreed on graceful
 * restart, and when nothing failed lately: a second time within `idleHoldTimeMax` it gets Cease/7, as it
 * always does without graceful restart. And a session must be a second old: both sides dial, and what
 * the peer opened before it knew of this session collides with it (RFC 4271 section 6.8).
 *
 * @module
 */

import { sameAddress } from "../../net/mod.ts";
import type { Open } from "../wire/mod.ts";
import { ofRole } from "./action.ts";
import { openHoldMs, stepConnection, type StepContext } from "./connection.ts";
import type { Role } from "./event.ts";
import type { PeerState, Step } from "./peer_state.ts";

/** For people. */
export const successionText =
  "the peer opened a new session while this one was up: it has restarted (RFC 4724 section 4.2)";

/**
 * Milliseconds for which a session is too young to have been lost unseen: longer than a connection takes
 * that the peer opened meanwhile, shorter than any router's restart. To wait for what the peer says on the
 * new connection needs no time, but our OPEN there: a peer that is in OpenConfirm still on the first one
 * would choose by identifier, and might give up the one that is Established here.
 */
export const collisionMs = 1000;

/** The connection that is Established. */
export function establishedRole(state: PeerState): Exclude<Role, "successor"> | undefined {
  if (state.active?.phase === "Established") return "active";
  return state.passive?.phase === "Established" ? "passive" : undefined;
}

/** Whether a new connection of the peer may take the place of the one that is Established. */
export function maySucceed(state: PeerState): boolean {
  return state.settled && state.backoff === undefined &&
    agreementOf(state)?.negotiated.gracefulRestart !== undefined;
}

/** Whether an OPEN is of the speaker that the Established session is with. */
export function isSameSpeaker(state: PeerState, open: Open): boolean {
  const known = agreementOf(state)?.negotiated.peerBgpId;
  return known !== undefined && sameAddress(known, open.bgpId);
}

/**
 * The session is over: its successor is the passive connection now, its OPEN still to come. Counts as a
 * failure, or the idle hold could be evaded.
 */
export function promote(state: PeerState, context: StepContext): Step {
  const { passive, successor } = state;
  // One that came before the session was up and never said an OPEN.
  const dumped = passive === undefined
    ? []
    : ofRole("passive", stepConnection(passive, { kind: "collision-dump" }, context).actions);
  const { idleHoldTime, idleHoldTimeMax } = context.peer;
  const backoff = Math.min((state.backoff ?? idleHoldTime) * 2, idleHoldTimeMax);
  return {
    state: { ...state, passive: successor, successor: undefined, backoff },
    actions: [
      ...dumped,
      ...ofRole("successor", [{ kind: "stop-timer", timer: "hold" }]),
      { kind: "promote" },
      ...ofRole("passive", [{ kind: "start-timer", timer: "hold", ms: openHoldMs }]),
    ],
  };
}

function agreementOf(state: PeerState) {
  const role = establishedRole(state);
  const connection = role && state[role];
  return connection?.phase === "Established" ? connection.agreement : undefined;
}
