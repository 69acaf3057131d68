/**
 * A peer as a whole: the states Idle, Connect and Active of RFC 4271 section 8.2.2, at most one
 * connection that we made and one that the peer made, which of the two stays (`collision.ts`), and how
 * long to keep quiet after a failure (IdleHoldTimer, section 8.1.1).
 *
 * Where porter chooses among what the RFC leaves open: an attempt to connect that is refused leads to
 * Active, not to Idle, so that the peer can still connect to us, and is repeated soon at first and
 * every ConnectRetryTime later; a connection that is Established is never given up for a new one
 * (CollisionDetectEstablishedState is off) but by a peer that restarted gracefully (`succession.ts`);
 * the back-off stands in for ConnectRetryCounter and DampPeerOscillations.
 *
 * @module
 */

import { cease, type Open } from "../wire/mod.ts";
import { type Action, endsOf, ofRole } from "./action.ts";
import { winner } from "./collision.ts";
import {
  type ConnectionState,
  type ConnectionStep,
  openConnection,
  stepConnection,
  type StepContext,
} from "./connection.ts";
import {
  begin,
  dialFailed,
  redial,
  rest,
  retry,
  start,
  startTimer,
  stopDialling,
  stopTimer,
} from "./dialling.ts";
import type { PeerEvent, Role } from "./event.ts";
import { negotiate } from "./negotiate.ts";
import {
  isConnected,
  type PeerState,
  type PeerTable,
  sessionState,
  type Step,
  stoppedPeer,
} from "./peer_state.ts";
import {
  collisionMs,
  establishedRole,
  isSameSpeaker,
  maySucceed,
  promote,
  successionText,
} from "./succession.ts";

/** What becomes of a peer by an event. */
export function step(state: PeerState, event: PeerEvent, context: StepContext): Step {
  const handler = peerTable[state.phase][event.kind] as (
    state: PeerState,
    event: PeerEvent,
    context: StepContext,
  ) => Step;
  return handler(state, event, context);
}

type On<Kind extends PeerEvent["kind"]> = Extract<PeerEvent, { kind: Kind }>;
/** RFC 4271 section 8.2.2 for the states before TCP is there, and for all connections together. */
export const peerTable: PeerTable = {
  Idle: {
    "start": start,
    "stop": stop,
    "connect-retry-expires": unchanged,
    "idle-hold-expires": begin,
    "settled": unchanged,
    "stable": unchanged,
    // Without a NOTIFICATION, or two speakers could keep each other idle in turns for ever.
    "tcp-connected": (state, { role }) => ({
      state,
      actions: [{ kind: "refuse", role, why: "the session is held idle after a failure" }],
    }),
    "connect-fails": unchanged,
    "connection": unchanged,
  },
  Connect: {
    "start": unchanged,
    "stop": stop,
    "connect-retry-expires": redial,
    "idle-hold-expires": unchanged,
    "settled": settle,
    "stable": forgetFailures,
    "tcp-connected": connected,
    "connect-fails": dialFailed,
    "connection": connectionEvent,
  },
  Active: {
    "start": unchanged,
    "stop": stop,
    "connect-retry-expires": retry,
    "idle-hold-expires": unchanged,
    "settled": settle,
    "stable": forgetFailures,
    "tcp-connected": connected,
    "connect-fails": unchanged,
    "connection": connectionEvent,
  },
};

function unchanged(state: PeerState): Step {
  return { state, actions: [] };
}

/** Ends everything and forgets the failures: whoever stops a peer starts it afresh. */
function stop(state: PeerState, event: On<"stop">, context: StepContext): Step {
  const actions: Action[] = [
    ...stopDialling(state),
    ...(["idle-hold", "settled", "stable"] as const).map(stopTimer),
  ];
  for (const role of roles) {
    const connection = state[role];
    if (connection === undefined) continue;
    actions.push(...ofRole(role, stepConnection(connection, event, context).actions));
  }
  return { state: stoppedPeer, actions };
}

const roles = ["active", "passive", "successor"] as const satisfies readonly Role[];

const dump = { kind: "collision-dump" } as const;

function other(role: Role): Role {
  return role === "active" ? "passive" : "active";
}

function settle(state: PeerState): Step {
  return { state: { ...state, settled: true }, actions: [] };
}

function forgetFailures(state: PeerState): Step {
  return { state: { ...state, backoff: undefined }, actions: [] };
}

/** A connection that is not wanted; one of our own is closed without a word. */
function refuse(state: PeerState, role: Role, why: string): Step {
  if (role === "active") return { state, actions: [{ kind: "refuse", role, why }] };
  const notification = cease("collision-resolution");
  return { state, actions: [{ kind: "refuse", role, notification, why }] };
}

function connected(state: PeerState, { role }: On<"tcp-connected">, context: StepContext): Step {
  if (role === "active" && state.phase !== "Connect") {
    return refuse(state, role, "the attempt had been given up");
  }
  const isUp = sessionState(state) === "Established";
  if (isUp && (role === "active" || !maySucceed(state))) {
    return refuse(state, role, "the session is Established already");
  }
  const slot = isUp ? "successor" : role;
  const before = state[slot];
  if (before !== undefined && before.phase !== "OpenSent") {
    return refuse(state, role, "the peer has a connection open already");
  }
  // A peer that connects again has lost the first one, which so far proved nothing.
  const dumped = before === undefined
    ? []
    : ofRole(slot, stepConnection(before, dump, context).actions);
  const opened = openConnection(context);
  const phase = role === "active" ? "Active" : state.phase;
  // An attempt of ours under way goes on: the OPENs will tell which connection stays.
  const timers = phase === "Active" ? [stopTimer("connect-retry")] : [];
  return {
    state: { ...state, phase, [slot]: opened.state },
    actions: [...timers, ...dumped, { kind: "adopt", role: slot }, ...ofRole(slot, opened.actions)],
  };
}

function connectionEvent(state: PeerState, event: On<"connection">, context: StepContext): Step {
  const connection = state[event.role];
  if (connection === undefined) return unchanged(state);
  if (event.event.kind === "open" && connection.phase === "OpenSent") {
    return opened(state, event.role, event.event.message, context);
  }
  return advance(state, event.role, stepConnection(connection, event.event, context), context);
}

/** The peer's OPEN came: of two connections that have one, one goes (RFC 4271 section 6.8). */
function opened(state: PeerState, role: Role, open: Open, context: StepContext): Step {
  const acceptable = negotiate(open, context.local, context.peer).ok;
  if (acceptable && role === "successor") return succeeded(state, open, context);
  const rival = state[other(role)];
  const event = { kind: "open", message: open } as const;
  const connection: ConnectionState = { phase: "OpenSent" };
  if (!acceptable || rival === undefined || rival.phase === "OpenSent") {
    return advance(state, role, stepConnection(connection, event, context), context);
  }
  const keep = rival.phase === "Established" ? other(role) : winner(open, context);
  if (keep !== role) {
    return advance(state, role, stepConnection(connection, dump, context), context);
  }
  const cleared = advance(state, other(role), stepConnection(rival, dump, context), context);
  const kept = advance(cleared.state, role, stepConnection(connection, event, context), context);
  return { state: kept.state, actions: [...cleared.actions, ...kept.actions] };
}

/** The successor's OPEN is good: the session before it is closed without a word, as if TCP had broken. */
function succeeded(state: PeerState, message: Open, context: StepContext): Step {
  const connection: ConnectionState = { phase: "OpenSent" };
  const role = establishedRole(state);
  const before = role && state[role];
  if (role === undefined || before === undefined || !isSameSpeaker(state, message)) {
    return advance(state, "successor", stepConnection(connection, dump, context), context);
  }
  const fails = { kind: "tcp-fails", why: successionText } as const;
  const over = advance(state, role, stepConnection(before, fails, context), context);
  const opened = stepConnection(connection, { kind: "open", message }, context);
  const next = advance(over.state, "passive", opened, context);
  return { state: next.state, actions: [...over.actions, ...next.actions] };
}

/** Puts the connection's step into the peer. */
function advance(state: PeerState, role: Role, result: ConnectionStep, context: StepContext): Step {
  const actions = ofRole(role, result.actions);
  const next: PeerState = { ...state, [role]: result.state };
  const phase = result.state?.phase;
  if (phase === undefined) return closed(next, actions, context);
  if (phase === "OpenSent" || state[role]?.phase === phase) return { state: next, actions };
  // The peer has spoken: no attempt of ours is needed beside this connection.
  const settled = { ...next, phase: "Active" } as const;
  if (phase === "OpenConfirm") {
    return { state: settled, actions: [...stopDialling(state), ...actions] };
  }
  const stable: Action = {
    kind: "start-timer",
    timer: "stable",
    ms: context.peer.idleHoldTimeMax * 1000,
  };
  const young: Action = { kind: "start-timer", timer: "settled", ms: collisionMs };
  return { state: settled, actions: [...actions, young, stable] };
}

/** A connection is gone; when it was the last, the peer rests, longer each time. */
function closed(before: PeerState, actions: Action[], context: StepContext): Step {
  const ends = endsOf(actions);
  const sessionEnds = ends.some((end) => end.from === "Established");
  if (sessionEnds) actions.push(stopTimer("settled"), stopTimer("stable"));
  const state = sessionEnds ? { ...before, settled: false } : before;
  if (state.successor !== undefined && establishedRole(state) === undefined) {
    const next = promote(state, context);
    return { state: next.state, actions: [...actions, ...next.actions] };
  }
  if (isConnected(state)) return { state, actions };
  // RFC 4271, OpenSent, event 18: TCP that broke before an OPEN came is no failure of BGP.
  if (ends.every((end) => end.from === "OpenSent" && end.reason.kind === "tcp")) {
    const waits = state.phase === "Active" && !context.peer.passive;
    return waits ? rest(state, actions, context) : { state, actions };
  }
  const seconds = state.backoff ?? context.peer.idleHoldTime;
  const backoff = Math.min(seconds * 2, context.peer.idleHoldTimeMax);
  return {
    state: { ...state, phase: "Idle", backoff },
    actions: [...actions, ...stopDialling(state), startTimer("idle-hold", seconds, context)],
  };
}
