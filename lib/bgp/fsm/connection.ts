/**
 * One TCP connection of a peer, from the moment our OPEN goes out: the states OpenSent, OpenConfirm
 * and Established of RFC 4271 section 8.2.2. Every state x event is written; a forgotten one does not
 * compile.
 *
 * @module
 */

import type { PeerConfig, SpeakerConfig } from "../model/mod.ts";
import { cease, holdTimerExpired, type Notification, notificationOf } from "../wire/mod.ts";
import type { Agreement, ConnectionAction, EndReason } from "./action.ts";
import type { ConnectionEvent, Stop } from "./event.ts";
import { parting } from "./graceful_restart.ts";
import { localOpen, negotiate } from "./negotiate.ts";
import { unexpectedMessage } from "./notification.ts";

/** The states a connection can be in. */
export type ConnectionPhase = "OpenSent" | "OpenConfirm" | "Established";

/** A connection; what was agreed on is known once the peer's OPEN came. */
export type ConnectionState =
  | { readonly phase: "OpenSent" }
  | { readonly phase: "OpenConfirm"; readonly agreement: Agreement }
  | { readonly phase: "Established"; readonly agreement: Agreement };

/** What every step may look at beside state and event. */
export interface StepContext {
  readonly local: SpeakerConfig;
  readonly peer: PeerConfig;
  /** Whether an OPEN said now is the first to this peer since the speaker restarted (RFC 4724). */
  readonly restarting: boolean;
  /** In [0, 1); spreads timers as RFC 4271 section 10 asks. */
  readonly jitter: number;
}

/** What comes of a step; a connection without a next state is closed. */
export interface ConnectionStep {
  readonly state: ConnectionState | undefined;
  readonly actions: readonly ConnectionAction[];
}

/** How long the peer's OPEN may take, in milliseconds: the "large value" of RFC 4271 section 8.2.2. */
export const openHoldMs = 240_000;

/** A delay shortened at random to 0.75 to 1 times its length (RFC 4271 section 10). */
export function jittered(ms: number, jitter: number): number {
  return ms * (0.75 + 0.25 * jitter);
}

/** A new connection: says OPEN and waits for the peer's. */
export function openConnection(context: StepContext): ConnectionStep {
  return {
    state: { phase: "OpenSent" },
    actions: [
      { kind: "send", message: localOpen(context.local, context.peer, context.restarting) },
      { kind: "start-timer", timer: "hold", ms: openHoldMs },
    ],
  };
}

/** What becomes of a connection by an event. */
export function stepConnection(
  state: ConnectionState,
  event: ConnectionEvent,
  context: StepContext,
): ConnectionStep {
  // The table's rows are keyed by the very kinds they take, which the checker cannot follow here.
  const handler = connectionTable[state.phase][event.kind] as (
    state: ConnectionState,
    event: ConnectionEvent,
    context: StepContext,
  ) => ConnectionStep;
  return handler(state, event, context);
}

type In<Phase extends ConnectionPhase> = Extract<ConnectionState, { phase: Phase }>;
type On<Kind extends ConnectionEvent["kind"]> = Extract<ConnectionEvent, { kind: Kind }>;

/** A handler for every state and event. */
export type ConnectionTable = {
  readonly [Phase in ConnectionPhase]: {
    readonly [Kind in ConnectionEvent["kind"]]: (
      state: Extract<ConnectionState, { phase: Phase }>,
      event: Extract<ConnectionEvent, { kind: Kind }>,
      context: StepContext,
    ) => ConnectionStep;
  };
};

/** RFC 4271 section 8.2.2 for the states after TCP is there. */
export const connectionTable: ConnectionTable = {
  OpenSent: {
    "stop": stopped,
    "collision-dump": collided,
    "tcp-fails": tcpFailed,
    "hold-expires": (s) => expired(s, "no OPEN came in time"),
    "keepalive-expires": unchanged,
    "send-hold-expires": stuck,
    "open": received,
    "keepalive": unexpected,
    "update": unexpected,
    "route-refresh": unexpected,
    "notification": told,
    "malformed": malformed,
  },
  OpenConfirm: {
    "stop": stopped,
    "collision-dump": collided,
    "tcp-fails": tcpFailed,
    "hold-expires": (s) => expired(s, "no KEEPALIVE came in time"),
    "keepalive-expires": sendKeepalive,
    "send-hold-expires": stuck,
    "open": unexpected,
    "keepalive": establish,
    "update": unexpected,
    "route-refresh": unexpected,
    "notification": told,
    "malformed": malformed,
  },
  Established: {
    "stop": stopped,
    "collision-dump": collided,
    "tcp-fails": tcpFailed,
    "hold-expires": (s) => expired(s, "the hold timer expired"),
    "keepalive-expires": sendKeepalive,
    "send-hold-expires": stuck,
    "open": unexpected,
    "keepalive": (s) => ({ state: s, actions: restartHold(s.agreement) }),
    "update": (s, { message }) => deliver(s, message),
    // RFC 2918 does not let it restart the hold timer: only KEEPALIVE and UPDATE do.
    "route-refresh": (s, { message }) => ({ state: s, actions: [{ kind: "deliver", message }] }),
    "notification": told,
    "malformed": malformed,
  },
};

function unchanged(state: ConnectionState): ConnectionStep {
  return { state, actions: [] };
}

/** Stops the timers, says the NOTIFICATION there is to say, and closes. */
function end(state: ConnectionState, reason: EndReason): ConnectionStep {
  const actions: ConnectionAction[] = [
    { kind: "stop-timer", timer: "hold" },
    { kind: "stop-timer", timer: "keepalive" },
  ];
  if (reason.kind === "local" && reason.notification !== undefined) {
    actions.push({ kind: "send", message: reason.notification });
  }
  actions.push({ kind: "close", reason, from: state.phase });
  return { state: undefined, actions };
}

function endLocally(state: ConnectionState, notification: Notification, why: string) {
  return end(state, { kind: "local", notification, why });
}

function expired(state: ConnectionState, why: string): ConnectionStep {
  return endLocally(state, holdTimerExpired(), why);
}

function stopped(state: ConnectionState, event: Stop): ConnectionStep {
  const agreed = state.phase === "OpenSent" ? undefined : state.agreement.negotiated;
  return end(state, parting(event, agreed?.gracefulRestart));
}

function collided(state: ConnectionState): ConnectionStep {
  return endLocally(state, cease("collision-resolution"), "another connection of the peer is kept");
}

function tcpFailed(state: ConnectionState, event: On<"tcp-fails">): ConnectionStep {
  return end(state, { kind: "tcp", why: event.why });
}

/** Nothing can be said to who takes no byte, so the connection just goes (RFC 9687 section 3). */
function stuck(state: ConnectionState): ConnectionStep {
  return end(state, {
    kind: "local",
    why: "the peer read nothing for longer than the hold time (Send Hold Timer Expired)",
  });
}

function unexpected(
  state: ConnectionState,
  { message }: On<"open" | "keepalive" | "update" | "route-refresh">,
): ConnectionStep {
  return endLocally(
    state,
    unexpectedMessage(state.phase, message.type),
    `the peer sent ${message.type.toUpperCase()} in state ${state.phase}`,
  );
}

function told(state: ConnectionState, { message }: On<"notification">): ConnectionStep {
  return end(state, { kind: "remote", notification: message });
}

function malformed(state: ConnectionState, { error }: On<"malformed">): ConnectionStep {
  return endLocally(state, notificationOf(error), error.message);
}

function received(
  state: In<"OpenSent">,
  { message }: On<"open">,
  context: StepContext,
): ConnectionStep {
  const result = negotiate(message, context.local, context.peer);
  if (!result.ok) return endLocally(state, result.error.notification, result.error.why);
  const agreement = result.value;
  return {
    state: { phase: "OpenConfirm", agreement },
    actions: [
      { kind: "use-codec", codec: agreement.codec, holdTime: agreement.negotiated.holdTime },
      { kind: "send", message: { type: "keepalive" } },
      ...startKeepalive(agreement, context),
      ...restartHold(agreement),
    ],
  };
}

function establish(state: In<"OpenConfirm">): ConnectionStep {
  const { agreement } = state;
  return {
    state: { phase: "Established", agreement },
    actions: [...restartHold(agreement), { kind: "established", agreement }],
  };
}

function deliver(state: In<"Established">, message: On<"update">["message"]): ConnectionStep {
  return {
    state,
    actions: [...restartHold(state.agreement), { kind: "deliver", message }],
  };
}

function sendKeepalive(
  state: In<"OpenConfirm" | "Established">,
  _event: On<"keepalive-expires">,
  context: StepContext,
): ConnectionStep {
  return {
    state,
    actions: [
      { kind: "send", message: { type: "keepalive" } },
      ...startKeepalive(state.agreement, context),
    ],
  };
}

/** As configured or a third of the hold time, jittered, but not more than one a second (section 4.4). */
function startKeepalive(agreement: Agreement, context: StepContext): ConnectionAction[] {
  const { holdTime } = agreement.negotiated;
  if (holdTime === 0) return [];
  const third = holdTime / 3;
  const seconds = Math.min(context.peer.keepaliveTime || third, third);
  const ms = Math.max(1000, jittered(seconds * 1000, context.jitter));
  return [{ kind: "start-timer", timer: "keepalive", ms }];
}

function restartHold({ negotiated }: Agreement): ConnectionAction[] {
  return negotiated.holdTime === 0
    ? [{ kind: "stop-timer", timer: "hold" }]
    : [{ kind: "start-timer", timer: "hold", ms: negotiated.holdTime * 1000 }];
}
