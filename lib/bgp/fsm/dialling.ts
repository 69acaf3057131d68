/**
 * How a peer is called: at once, again after ConnectRetryTime, and sooner where the first attempt fails
 * (RFC 4271 section 8.2.2, Connect and Active).
 *
 * @module
 */

import type { Action, PeerTimer } from "./action.ts";
import { jittered, type StepContext } from "./connection.ts";
import type { PeerEvent } from "./event.ts";
import { isConnected, type PeerState, type Step } from "./peer_state.ts";

type Start = Extract<PeerEvent, { kind: "start" }>;

/** Starts a timer of the peer, jittered (RFC 4271 section 10). */
export function startTimer(timer: PeerTimer, seconds: number, context: StepContext): Action {
  return { kind: "start-timer", timer, ms: jittered(seconds * 1000, context.jitter) };
}

/** Stops a timer of the peer. */
export function stopTimer(timer: PeerTimer): Action {
  return { kind: "stop-timer", timer };
}

/** After a pause the peer may call first: it is waited for in Active. */
export function start(state: PeerState, event: Start, context: StepContext): Step {
  if (event.pause === undefined || context.peer.passive) return begin(state, event, context);
  return {
    state: { ...state, phase: "Active", retry: undefined },
    actions: [stopTimer("idle-hold"), startTimer("connect-retry", event.pause, context)],
  };
}

/** The idle hold is over: calls the peer, or waits for it. */
export function begin(state: PeerState, _event: PeerEvent, context: StepContext): Step {
  const idle = stopTimer("idle-hold");
  const fresh = { ...state, retry: undefined };
  if (context.peer.passive) return { state: { ...fresh, phase: "Active" }, actions: [idle] };
  return dial(fresh, [idle], context);
}

function dial(state: PeerState, before: readonly Action[], context: StepContext): Step {
  const timer = startTimer("connect-retry", context.peer.connectRetryTime, context);
  return {
    state: { ...state, phase: "Connect" },
    actions: [...before, { kind: "connect" }, timer],
  };
}

/** Nothing came of an attempt: in Active until the next one, each time longer. */
export function rest(state: PeerState, before: readonly Action[], context: StepContext): Step {
  const { connectRetryTime, idleHoldTime } = context.peer;
  const seconds = Math.min(state.retry ?? idleHoldTime, connectRetryTime);
  return {
    state: { ...state, phase: "Active", retry: seconds * 2 },
    actions: [...before, startTimer("connect-retry", seconds, context)],
  };
}

/** Gives up an attempt under way, and the next one. */
export function stopDialling(state: PeerState): Action[] {
  const retry = stopTimer("connect-retry");
  return state.phase === "Connect" ? [{ kind: "abort-connect" }, retry] : [retry];
}

/** The attempt took too long: the next one. */
export function redial(state: PeerState, _event: PeerEvent, context: StepContext): Step {
  return dial(state, [{ kind: "abort-connect" }], context);
}

/** ConnectRetryTimer expires in Active. */
export function retry(state: PeerState, _event: PeerEvent, context: StepContext): Step {
  return isConnected(state) || context.peer.passive
    ? { state, actions: [] }
    : dial(state, [], context);
}

/** The attempt came to nothing; where the peer has called meanwhile, that goes on. */
export function dialFailed(state: PeerState, _event: PeerEvent, context: StepContext): Step {
  if (!isConnected(state)) return rest(state, [], context);
  return { state: { ...state, phase: "Active" }, actions: [stopTimer("connect-retry")] };
}
