/**
 * Laws of the state machine over any sequence of events, the events being drawn from its own tables so
 * that a new one is tested by existing.
 *
 * @module
 */

import fc from "fast-check";
import { assert, assertEquals } from "@std/assert";
import { ipv4 } from "../../lib/net/mod.ts";
import {
  type Action,
  type ConnectionEvent,
  connectionTable,
  type PeerEvent,
  type PeerState,
  peerTable,
  type Role,
  sessionState,
  step,
  stoppedPeer,
} from "../../lib/bgp/fsm/mod.ts";
import { cease, type Message, type Notification, type Open } from "../../lib/bgp/wire/mod.ts";
import { local, peerConfig, peerOpen } from "../bgp/fsm/builders.ts";

const role = fc.constantFrom<Role>("active", "passive");
const roles = ["active", "passive", "successor"] as const satisfies readonly Role[];
const notification = fc.constant(cease("administrative-reset"));
const error = fc.constant({
  severity: "session-reset" as const,
  code: 3,
  subcode: 1,
  data: new Uint8Array(),
  message: "malformed",
});
const restart = fc.record({
  kind: fc.constant("graceful-restart" as const),
  restarting: fc.boolean(),
  notification: fc.boolean(),
  restartTime: fc.constantFrom(0, 120),
  families: fc.constant([]),
});
const open = fc.record({
  holdTime: fc.constantFrom(0, 1, 3, 90),
  bgpId: fc.constantFrom(ipv4(0x0a000001), ipv4(0x0a000009), ipv4(0)),
  restart: fc.option(restart),
}).map(({ restart, ...change }) => {
  const capabilities = [...peerOpen().capabilities, ...(restart === null ? [] : [restart])];
  return peerOpen({ ...change, capabilities });
});

/** How to draw each kind of event; a kind without a row does not compile. */
const connectionEvents: {
  readonly [K in ConnectionEvent["kind"]]: fc.Arbitrary<Extract<ConnectionEvent, { kind: K }>>;
} = {
  "stop": fc.tuple(notification, fc.boolean()).map(([n, keepRoutes]) => ({
    kind: "stop" as const,
    notification: n,
    keepRoutes,
    why: "stop",
  })),
  "collision-dump": fc.constant({ kind: "collision-dump" }),
  "tcp-fails": fc.constant({ kind: "tcp-fails", why: "reset" }),
  "hold-expires": fc.constant({ kind: "hold-expires" }),
  "keepalive-expires": fc.constant({ kind: "keepalive-expires" }),
  "send-hold-expires": fc.constant({ kind: "send-hold-expires" }),
  "open": open.map((message) => ({ kind: "open", message })),
  "keepalive": fc.constant({ kind: "keepalive", message: { type: "keepalive" } }),
  "update": fc.constant({
    kind: "update",
    message: { type: "update", withdrawn: [], attributes: [], nlri: [] },
  }),
  "route-refresh": fc.constant({
    kind: "route-refresh",
    message: { type: "route-refresh", afi: 1, safi: 1, subtype: 0 },
  }),
  "notification": notification.map((message) => ({ kind: "notification", message })),
  "malformed": error.map((it) => ({ kind: "malformed", error: it })),
};

const onConnection = fc.record({
  kind: fc.constant("connection" as const),
  role: fc.constantFrom(...roles),
  event: fc.oneof(...Object.values(connectionEvents)),
});

const peerEvents: {
  readonly [K in PeerEvent["kind"]]: fc.Arbitrary<Extract<PeerEvent, { kind: K }>>;
} = {
  "start": fc.constantFrom({ kind: "start" }, { kind: "start", pause: 0.2 }),
  "stop": fc.tuple(notification, fc.boolean()).map(([n, keepRoutes]) => ({
    kind: "stop" as const,
    notification: n,
    keepRoutes,
    why: "stop",
  })),
  "connect-retry-expires": fc.constant({ kind: "connect-retry-expires" }),
  "idle-hold-expires": fc.constant({ kind: "idle-hold-expires" }),
  "settled": fc.constant({ kind: "settled" }),
  "stable": fc.constant({ kind: "stable" }),
  "tcp-connected": role.map((it) => ({ kind: "tcp-connected", role: it })),
  "connect-fails": fc.constant({ kind: "connect-fails", why: "refused" }),
  "connection": onConnection,
};
/** The way up, or up to where a second connection comes in between; else most states stay unseen. */
const way = fc.tuple(role, role, open, fc.boolean(), fc.boolean()).map(
  ([one, two, message, both, again]): PeerEvent[] => {
    const say = (role: Role, event: ConnectionEvent): PeerEvent => ({
      kind: "connection",
      role,
      event,
    });
    const alive: ConnectionEvent = { kind: "keepalive", message: { type: "keepalive" } };
    return [
      { kind: "tcp-connected", role: one },
      ...(both ? [{ kind: "tcp-connected", role: two } as const] : []),
      say(one, { kind: "open", message }),
      ...(both ? [say(two, { kind: "open", message })] : []),
      say(one, alive),
      say(two, alive),
      ...(again ? [{ kind: "settled" } as const] : []),
      ...(again ? [{ kind: "tcp-connected", role: "passive" } as const] : []),
      ...(again ? [say("successor", { kind: "open", message }), say("passive", alive)] : []),
    ];
  },
);
const single = fc.oneof(...Object.values(peerEvents)).map((event) => [event]);
const anyEvents = fc.array(
  fc.oneof({ weight: 4, arbitrary: single }, { weight: 1, arbitrary: way }),
  { maxLength: 40, size: "max" },
).map((parts) => parts.flat());
const config = fc.record({
  passive: fc.boolean(),
  holdTime: fc.constantFrom(0, 3, 90),
});

/** The world as the actions make it; every rule broken throws. */
class World {
  readonly timers = new Set<string>();
  readonly links = new Set<Role>();
  dialling = false;
  started = false;
  established: Role | undefined;
  reachedEstablished = 0;
  partings = 0;
  promotions = 0;
  #candidate: Role | undefined;

  /** Whether the loop could tell this event: no timer that does not run, no answer without a call. */
  canHappen(event: PeerEvent): boolean {
    switch (event.kind) {
      case "connect-retry-expires":
        return this.timers.delete("connect-retry");
      case "idle-hold-expires":
        return this.timers.delete("idle-hold");
      case "settled":
      case "stable":
        return this.timers.delete(event.kind);
      case "connect-fails":
        return this.#answered();
      case "tcp-connected":
        if (event.role === "active" && !this.#answered()) return false;
        this.#candidate = event.role;
        return true;
      case "connection":
        return this.#canHappenTo(event.role, event.event);
      case "start":
        this.started = true;
        return true;
      case "stop":
        this.started = false;
        return true;
    }
  }

  #answered(): boolean {
    const was = this.dialling;
    this.dialling = false;
    return was;
  }

  #canHappenTo(role: Role, { kind }: ConnectionEvent): boolean {
    if (kind === "hold-expires") return this.timers.delete(`${role} hold`);
    if (kind === "keepalive-expires") return this.timers.delete(`${role} keepalive`);
    return this.links.has(role);
  }

  obey(actions: readonly Action[]): void {
    for (const action of actions) this.#obey(action);
    assertEquals(this.#candidate, undefined, "a new connection is adopted or refused");
  }

  #obey(action: Action): void {
    switch (action.kind) {
      case "connect":
        assert(!this.dialling, "one attempt at a time");
        this.dialling = true;
        return;
      case "abort-connect":
        this.dialling = false;
        return;
      case "adopt":
        // Beside a session that is up, what the peer makes is a successor.
        assert(this.established === undefined || action.role === "successor");
        assertEquals(action.role === "successor" ? "passive" : action.role, this.#candidate);
        assert(!this.links.has(action.role), "one connection a role");
        this.links.add(action.role);
        this.#candidate = undefined;
        return;
      case "promote":
        assertEquals(this.established, undefined, "only what is over is succeeded");
        assert(this.links.delete("successor") && !this.links.has("passive"));
        assert(!this.timers.has("successor hold"), "its timers would be lost");
        this.links.add("passive");
        this.promotions++;
        return;
      case "refuse":
        assertEquals(action.role, this.#candidate);
        this.#candidate = undefined;
        return;
      case "start-timer":
        assert(action.ms > 0);
        this.timers.add(action.timer);
        return;
      case "stop-timer":
        this.timers.delete(action.timer);
        return;
      case "connection":
        return this.#obeyFor(action);
    }
  }

  #obeyFor({ role, action }: Extract<Action, { kind: "connection" }>): void {
    assert(this.links.has(role), `${action.kind} after close`);
    if (action.kind === "start-timer") this.timers.add(`${role} ${action.timer}`);
    if (action.kind === "stop-timer") this.timers.delete(`${role} ${action.timer}`);
    if (action.kind === "deliver") assertEquals(this.established, role);
    if (action.kind === "established") {
      assertEquals(this.established, undefined, "one session a peer");
      this.established = role;
      this.reachedEstablished++;
    }
    if (action.kind === "close") {
      this.links.delete(role);
      assertEquals(action.from === "Established", this.established === role);
      if (this.established === role) this.established = undefined;
    }
  }
}

/** What the peer does with our routes when it is told this at the end of an Established session. */
function fateOfRoutes(open: Open, last: Notification | undefined): "kept" | "dropped" {
  for (const capability of open.capabilities) {
    if (capability.kind !== "graceful-restart") continue;
    const hard = last?.code === 6 && last.subcode === 9;
    return last === undefined || (capability.notification && !hard) ? "kept" : "dropped";
  }
  return "dropped";
}

/** RFC 4724 and 8538: a stop keeps the routes of a session or drops them, as it was asked to. */
function checkParting(state: PeerState, event: PeerEvent, actions: readonly Action[]): number {
  if (event.kind !== "stop") return 0;
  for (const role of ["active", "passive"] as const) {
    const connection = state[role];
    if (connection?.phase !== "Established") continue;
    const { peerOpen, negotiated } = connection.agreement;
    const said = actions.flatMap((it) =>
      it.kind === "connection" && it.role === role && it.action.kind === "send" &&
        it.action.message.type === "notification"
        ? [it.action.message]
        : []
    );
    assert(said.length <= 1);
    const wanted = event.keepRoutes && negotiated.gracefulRestart !== undefined
      ? "kept"
      : "dropped";
    assertEquals(fateOfRoutes(peerOpen, said[0]), wanted);
    return 1;
  }
  return 0;
}

function holdTimeOf(message: Message): number {
  return message.type === "open" ? message.holdTime : NaN;
}

/** Runs events and checks the laws after each; gives the world at the end. */
function run(events: readonly PeerEvent[], change: { passive: boolean; holdTime: number }): World {
  const world = new World();
  const context = { local, peer: peerConfig(change), restarting: false, jitter: 0.5 };
  let state = stoppedPeer;
  for (const event of events) {
    if (!world.canHappen(event)) continue;
    const result = step(state, event, context);
    world.partings += checkParting(state, event, result.actions);
    state = result.state;
    world.obey(result.actions);
    if (state.successor !== undefined) assert(world.established !== undefined);
    for (const role of roles) {
      const connection = state[role];
      assertEquals(world.links.has(role), connection !== undefined, "links are the connections");
      const agreed = connection !== undefined && connection.phase !== "OpenSent"
        ? connection.agreement
        : undefined;
      const holds = connection !== undefined &&
        (agreed === undefined || agreed.negotiated.holdTime !== 0);
      assertEquals(world.timers.has(`${role} hold`), holds, "hold timer iff OpenSent or later");
      const keeps = agreed !== undefined && agreed.negotiated.holdTime !== 0;
      assertEquals(world.timers.has(`${role} keepalive`), keeps, "keepalive timer iff agreed");
      if (agreed !== undefined) {
        const least = Math.min(change.holdTime, holdTimeOf(agreed.peerOpen));
        assertEquals(agreed.negotiated.holdTime, least);
      }
    }
    assertEquals(sessionState(state) === "Established", world.established !== undefined);
    for (const timer of ["settled", "stable"]) {
      assertEquals(world.timers.has(timer) && world.established === undefined, false);
    }
    assert(!state.settled || world.established !== undefined && !world.timers.has("settled"));
    assertEquals(state.phase === "Connect", world.dialling, "Connect iff an attempt is under way");
    if (state.phase === "Idle") assertEquals(world.links.size, 0);
    assertEquals(world.timers.has("idle-hold"), state.phase === "Idle" && world.started);
    // Nobody waits for ever: without a connection something is due, unless the peer shall call.
    const waits = state.phase === "Connect" ||
      (state.phase === "Active" && world.links.size === 0 && !change.passive);
    if (waits) assert(world.timers.has("connect-retry"), `nothing is due in ${state.phase}`);
  }
  return world;
}

Deno.test("the laws hold after any sequence of events", () => {
  assert(Object.keys(peerEvents).length >= 8 && Object.keys(connectionEvents).length >= 12);
  assertEquals(Object.keys(peerEvents).sort(), Object.keys(peerTable.Idle).sort());
  assertEquals(Object.keys(connectionEvents).sort(), Object.keys(connectionTable.OpenSent).sort());
  let sessions = 0;
  let partings = 0;
  let promotions = 0;
  fc.assert(
    fc.property(anyEvents, config, (events, change) => {
      const world = run([{ kind: "start" }, ...events], change);
      sessions += world.reachedEstablished;
      partings += world.partings;
      promotions += world.promotions;
    }),
    { numRuns: 3000 },
  );
  // The property would be empty if sessions hardly ever came up.
  assert(sessions > 300, `${sessions} sessions came up`);
  assert(partings > 50, `${partings} sessions were stopped`);
  assert(promotions > 50, `${promotions} sessions were succeeded`);
});
