import { assert, assertEquals } from "@std/assert";
import {
  type ConnectionEvent,
  type ConnectionPhase,
  type ConnectionState,
  connectionTable,
  negotiate,
  openHoldMs,
} from "../../../lib/bgp/fsm/mod.ts";
import { openConnection, stepConnection } from "../../../lib/bgp/fsm/connection.ts";
import { cease, type Notification } from "../../../lib/bgp/wire/mod.ts";
import { context, local, peerConfig, peerOpen } from "./builders.ts";

const agreed = negotiate(peerOpen(), local, peerConfig());
assert(agreed.ok);
const agreement = agreed.value;

const states: { readonly [P in ConnectionPhase]: ConnectionState } = {
  OpenSent: { phase: "OpenSent" },
  OpenConfirm: { phase: "OpenConfirm", agreement },
  Established: { phase: "Established", agreement },
};

const update = { type: "update", withdrawn: [], attributes: [], nlri: [] } as const;
const told: Notification = cease("administrative-reset");
const events: { readonly [K in ConnectionEvent["kind"]]: Extract<ConnectionEvent, { kind: K }> } = {
  "stop": {
    kind: "stop",
    notification: cease("peer-deconfigured"),
    keepRoutes: false,
    why: "removed",
  },
  "collision-dump": { kind: "collision-dump" },
  "tcp-fails": { kind: "tcp-fails", why: "reset" },
  "hold-expires": { kind: "hold-expires" },
  "keepalive-expires": { kind: "keepalive-expires" },
  "send-hold-expires": { kind: "send-hold-expires" },
  "open": { kind: "open", message: peerOpen() },
  "keepalive": { kind: "keepalive", message: { type: "keepalive" } },
  "update": { kind: "update", message: update },
  "route-refresh": {
    kind: "route-refresh",
    message: { type: "route-refresh", afi: 1, safi: 1, subtype: 0 },
  },
  "notification": { kind: "notification", message: told },
  "malformed": {
    kind: "malformed",
    error: {
      severity: "session-reset",
      code: 1,
      subcode: 2,
      data: new Uint8Array(),
      message: "bad length",
    },
  },
};

/**
 * What RFC 4271 section 8.2.2 asks for, by state and event: the next state, or how the connection
 * ends ("code/subcode" of the NOTIFICATION, "silent" without one).
 */
const rfc: {
  readonly [P in ConnectionPhase]: { readonly [K in ConnectionEvent["kind"]]: string };
} = {
  OpenSent: {
    "stop": "6/3",
    "collision-dump": "6/7",
    "tcp-fails": "silent",
    "hold-expires": "4/0",
    "keepalive-expires": "OpenSent",
    "send-hold-expires": "silent",
    "open": "OpenConfirm",
    "keepalive": "5/1",
    "update": "5/1",
    "route-refresh": "5/1",
    "notification": "silent",
    "malformed": "1/2",
  },
  OpenConfirm: {
    "stop": "6/3",
    "collision-dump": "6/7",
    "tcp-fails": "silent",
    "hold-expires": "4/0",
    "keepalive-expires": "OpenConfirm",
    "send-hold-expires": "silent",
    "open": "5/2",
    "keepalive": "Established",
    "update": "5/2",
    "route-refresh": "5/2",
    "notification": "silent",
    "malformed": "1/2",
  },
  Established: {
    "stop": "6/3",
    "collision-dump": "6/7",
    "tcp-fails": "silent",
    "hold-expires": "4/0",
    "keepalive-expires": "Established",
    "send-hold-expires": "silent",
    "open": "5/3",
    "keepalive": "Established",
    "update": "Established",
    "route-refresh": "Established",
    "notification": "silent",
    "malformed": "1/2",
  },
};

function outcome(state: ConnectionState, event: ConnectionEvent): string {
  const { state: next, actions } = stepConnection(state, event, context());
  if (next !== undefined) return next.phase;
  const last = actions.at(-1);
  assertEquals(last?.kind, "close", "a connection without a next state is closed, last of all");
  const sent = actions.flatMap((it) => it.kind === "send" ? [it.message] : []);
  if (sent.length === 0) return "silent";
  const [only] = sent;
  assert(sent.length === 1 && only?.type === "notification");
  return `${only.code}/${only.subcode}`;
}

Deno.test("a connection does in every state on every event what RFC 4271 asks for", () => {
  let rows = 0;
  for (const phase of ["OpenSent", "OpenConfirm", "Established"] as const) {
    for (const event of Object.values(events)) {
      assertEquals(outcome(states[phase], event), rfc[phase][event.kind], `${phase} ${event.kind}`);
      rows++;
    }
    assertEquals(Object.keys(connectionTable[phase]).sort(), Object.keys(events).sort());
  }
  assertEquals(rows, 36);
});

Deno.test("a new connection says OPEN and gives the peer four minutes for its own", () => {
  const { state, actions } = openConnection(context());
  assertEquals(state, { phase: "OpenSent" });
  assertEquals(actions.map((it) => it.kind), ["send", "start-timer"]);
  assertEquals(actions[1], { kind: "start-timer", timer: "hold", ms: openHoldMs });
});

Deno.test("an unexpected message's type is the data of the FSM Error (RFC 6608)", () => {
  const { actions } = stepConnection(states.OpenSent, events.update, context());
  const sent = actions.find((it) => it.kind === "send");
  assertEquals(sent?.message, {
    type: "notification",
    code: 5,
    subcode: 1,
    data: Uint8Array.of(2),
  });
});

Deno.test("an OPEN is answered by KEEPALIVE, the codec agreed on and the agreed hold timer", () => {
  const open = { kind: "open", message: peerOpen({ holdTime: 30 }) } as const;
  const { actions } = stepConnection(states.OpenSent, open, context());
  assertEquals(actions.map((it) => it.kind), ["use-codec", "send", "start-timer", "start-timer"]);
  assertEquals(actions[1], { kind: "send", message: { type: "keepalive" } });
  // A third of 30 s, jittered to 0.875 of it.
  assertEquals(actions[2], { kind: "start-timer", timer: "keepalive", ms: 8750 });
  assertEquals(actions[3], { kind: "start-timer", timer: "hold", ms: 30_000 });
});

Deno.test("keepalives are never sent faster than one a second", () => {
  const open = { kind: "open", message: peerOpen({ holdTime: 3 }) } as const;
  const { actions } = stepConnection(states.OpenSent, open, context({}, 0));
  assertEquals(actions[2], { kind: "start-timer", timer: "keepalive", ms: 1000 });
});

Deno.test("a hold time of 0 stops the hold timer and sends no keepalives", () => {
  const open = { kind: "open", message: peerOpen({ holdTime: 0 }) } as const;
  const { state, actions } = stepConnection(states.OpenSent, open, context());
  assertEquals(actions.at(-1), { kind: "stop-timer", timer: "hold" });
  assert(!actions.some((it) => it.kind === "start-timer"));
  assert(state !== undefined);
  const next = stepConnection(state, events.keepalive, context());
  assert(!next.actions.some((it) => it.kind === "start-timer"));
});

Deno.test("KEEPALIVE and UPDATE restart the hold timer, ROUTE-REFRESH does not", () => {
  const restarts = (event: ConnectionEvent): boolean =>
    stepConnection(states.Established, event, context()).actions.some((it) =>
      it.kind === "start-timer" && it.timer === "hold"
    );
  assert(restarts(events.keepalive));
  assert(restarts(events.update));
  assert(!restarts(events["route-refresh"]));
});

Deno.test("why a connection ended is told in words, with what the peer said", () => {
  const end = (event: ConnectionEvent) =>
    stepConnection(states.Established, event, context()).actions.at(-1);
  assertEquals(end(events.notification), {
    kind: "close",
    reason: { kind: "remote", notification: told },
    from: "Established",
  });
  assertEquals(end(events["tcp-fails"]), {
    kind: "close",
    reason: { kind: "tcp", why: "reset" },
    from: "Established",
  });
});
