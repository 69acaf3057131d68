/**
 * The finite state machine of RFC 4271 section 8 as a function: `step(state, event, context)` gives
 * the next state and what to do. Nothing here reads a clock, draws a number or opens a socket.
 *
 * ```ts
 * const { state, actions } = step(stoppedPeer, { kind: "start" }, { local, peer, jitter: 0.5 });
 * // state.phase is "Connect"; actions: stop "idle-hold", connect, start "connect-retry"
 * ```
 *
 * @module
 */

export * from "./action.ts";
export {
  type ConnectionPhase,
  type ConnectionState,
  type ConnectionStep,
  type ConnectionTable,
  connectionTable,
  jittered,
  openHoldMs,
  type StepContext,
} from "./connection.ts";
export * from "./event.ts";
export * from "./negotiate.ts";
export { peerTable, step } from "./peer.ts";
export * from "./peer_state.ts";
export { collisionMs } from "./succession.ts";
