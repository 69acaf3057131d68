import { assert, assertEquals } from "@std/assert";
import { ipv4 } from "../../../lib/net/mod.ts";
import { type PeerEvent, peerTable, sessionState, type Step } from "../../../lib/bgp/fsm/mod.ts";
import { cease } from "../../../lib/bgp/wire/mod.ts";
import { Bench, context, local } from "./builders.ts";

const stop: PeerEvent = {
  kind: "stop",
  notification: cease("peer-deconfigured"),
  keepRoutes: false,
  why: "removed",
};
const start: PeerEvent = { kind: "start" };
const active: PeerEvent = { kind: "tcp-connected", role: "active" };
const passive: PeerEvent = { kind: "tcp-connected", role: "passive" };
const refused: PeerEvent = { kind: "connect-fails", why: "connection refused" };

const events: { readonly [K in PeerEvent["kind"]]: PeerEvent } = {
  "start": start,
  "stop": stop,
  "connect-retry-expires": { kind: "connect-retry-expires" },
  "idle-hold-expires": { kind: "idle-hold-expires" },
  "settled": { kind: "settled" },
  "stable": { kind: "stable" },
  "tcp-connected": passive,
  "connect-fails": refused,
  "connection": {
    kind: "connection",
    role: "active",
    event: { kind: "hold-expires" },
  },
};

/** Next state and what is asked for, by state (without any connection) and event. */
const expected: Record<string, Record<PeerEvent["kind"], string>> = {
  Idle: {
    "start": "Connect: stop-timer connect start-timer",
    "stop": "Idle: stop-timer stop-timer stop-timer stop-timer",
    "connect-retry-expires": "Idle:",
    "idle-hold-expires": "Connect: stop-timer connect start-timer",
    "settled": "Idle:",
    "stable": "Idle:",
    "tcp-connected": "Idle: refuse",
    "connect-fails": "Idle:",
    "connection": "Idle:",
  },
  Connect: {
    "start": "Connect:",
    "stop": "Idle: abort-connect stop-timer stop-timer stop-timer stop-timer",
    "connect-retry-expires": "Connect: abort-connect connect start-timer",
    "idle-hold-expires": "Connect:",
    "settled": "Connect:",
    "stable": "Connect:",
    "tcp-connected": "OpenSent: adopt passive send passive start-timer",
    "connect-fails": "Active: start-timer",
    "connection": "Connect:",
  },
  Active: {
    "start": "Active:",
    "stop": "Idle: stop-timer stop-timer stop-timer stop-timer",
    "connect-retry-expires": "Connect: connect start-timer",
    "idle-hold-expires": "Active:",
    "settled": "Active:",
    "stable": "Active:",
    "tcp-connected": "OpenSent: stop-timer adopt passive send passive start-timer",
    "connect-fails": "Active:",
    "connection": "Active:",
  },
};

function told(bench: Bench): string {
  return [`${sessionState(bench.state)}:`, ...bench.kinds()].join(" ");
}

Deno.test("a peer without connection does in every state on every event what it shall", () => {
  const ways = {
    Idle: () => new Bench(),
    Connect: () => new Bench().on(start),
    Active: () => new Bench().on(start, refused),
  };
  let rows = 0;
  for (const phase of ["Idle", "Connect", "Active"] as const) {
    assertEquals(Object.keys(peerTable[phase]).sort(), Object.keys(events).sort());
    for (const event of Object.values(events)) {
      const bench = ways[phase]();
      assertEquals(sessionState(bench.state), phase);
      assertEquals(told(bench.on(event)), expected[phase]?.[event.kind], `${phase} ${event.kind}`);
      rows++;
    }
  }
  assertEquals(rows, 27);
});

Deno.test("a session comes up over a connection of either side", () => {
  for (const role of ["active", "passive"] as const) {
    const bench = new Bench().establish(role);
    assertEquals(sessionState(bench.state), "Established");
    assert(bench.of(role).some((it) => it.kind === "established"));
  }
});

Deno.test("a passive peer never connects", () => {
  const bench = new Bench({ passive: true }).on(start);
  assertEquals(told(bench), "Active: stop-timer");
  assertEquals(told(bench.on({ kind: "connect-retry-expires" })), "Active:");
  bench.on(passive).connection("passive", { kind: "tcp-fails", why: "reset" });
  assertEquals(bench.state.phase, "Active");
  assertEquals(bench.timer("connect-retry"), undefined);
});

Deno.test("the idle hold doubles up to its maximum, jittered", () => {
  const bench = new Bench({ idleHoldTime: 1, idleHoldTimeMax: 5 }).on(start);
  const holds: (number | undefined)[] = [];
  for (let i = 0; i < 5; i++) {
    bench.on(active).connection("active", { kind: "hold-expires" });
    assertEquals(sessionState(bench.state), "Idle");
    holds.push(bench.timer("idle-hold"));
    bench.on({ kind: "idle-hold-expires" });
  }
  assertEquals(holds, [875, 1750, 3500, 4375, 4375]);
});

Deno.test("jitter shortens a timer to no less than three quarters (RFC 4271 section 10)", () => {
  for (const [jitter, ms] of [[0, 750], [0.999999, 1000]] as const) {
    const bench = new Bench({ idleHoldTime: 1 }).on(start, active);
    bench.context = context({ idleHoldTime: 1 }, jitter);
    bench.connection("active", { kind: "hold-expires" });
    assertEquals(Math.round(bench.timer("idle-hold") ?? 0), ms);
  }
});

Deno.test("a session that lasts makes its failures forgotten, a short one does not", () => {
  const fail = (bench: Bench) => bench.connection("active", { kind: "hold-expires" });
  const bench = fail(new Bench().establish());
  bench.on({ kind: "idle-hold-expires" }, active).open("active").keepalive("active");
  assertEquals(bench.timer("stable"), 60_000);
  fail(bench);
  assertEquals(bench.timer("idle-hold"), 1750);
  bench.on({ kind: "idle-hold-expires" }, active).open("active").keepalive("active");
  bench.on({ kind: "stable" });
  fail(bench);
  assertEquals(bench.timer("idle-hold"), 875);
  assert(bench.kinds().includes("stop-timer"));
});

Deno.test("stop and start forget the failures: a changed configuration is tried at once", () => {
  const bench = new Bench().establish().connection("active", { kind: "hold-expires" });
  assertEquals(bench.state.backoff, 2);
  bench.on(stop, start);
  assertEquals(bench.state.phase, "Connect");
  assertEquals(bench.state.backoff, undefined);
  assert(bench.kinds().includes("connect"));
});

Deno.test("a start with a pause waits in Active, and takes the peer's own connection meanwhile", () => {
  const pause: PeerEvent = { kind: "start", pause: 0.2 };
  const bench = new Bench().establish().on(stop, pause);
  assertEquals([bench.state.phase, bench.timer("connect-retry")], ["Active", 175]);
  assert(!bench.kinds().includes("connect"));
  bench.on({ kind: "connect-retry-expires" });
  assertEquals(bench.state.phase, "Connect");
  assert(bench.kinds().includes("connect"));

  const called = new Bench().on(pause, passive);
  assert(called.kinds().includes("stop-timer"));
  assertEquals(sessionState(called.state), "OpenSent");
  const waits = new Bench({ passive: true }).on(pause);
  assertEquals([waits.state.phase, waits.timer("connect-retry")], ["Active", undefined]);
});

Deno.test("attempts that are refused are repeated soon at first, then every ConnectRetryTime", () => {
  const bench = new Bench({ connectRetryTime: 5 }).on(start);
  const delays: (number | undefined)[] = [];
  for (let i = 0; i < 5; i++) {
    delays.push(bench.on(refused).timer("connect-retry"));
    bench.on({ kind: "connect-retry-expires" });
  }
  assertEquals(delays, [875, 1750, 3500, 4375, 4375]);
});

Deno.test("TCP that breaks before the OPEN is no failure: the peer waits in Active", () => {
  const bench = new Bench().on(start, active);
  bench.connection("active", { kind: "tcp-fails", why: "closed" });
  assertEquals(bench.state.phase, "Active");
  assertEquals(bench.timer("connect-retry"), 875);
  assertEquals(bench.state.backoff, undefined);
});

Deno.test("a connection of the peer is taken while ours is still on the way", () => {
  const bench = new Bench().on(start, passive);
  assertEquals(bench.state.phase, "Connect");
  bench.open("passive");
  assertEquals(bench.state.phase, "Active");
  assertEquals(bench.kinds().slice(0, 2), ["abort-connect", "stop-timer"]);
});

/** The peer has 10.0.0.1; ours is 10.0.0.2, so the connection we made stays. */
const lower = {};
/** The peer has 10.0.0.9, so the connection it made stays. */
const higher = { bgpId: ipv4(0x0a000009) };

for (const [first, second] of [["active", "passive"], ["passive", "active"]] as const) {
  const two = () => new Bench().on(start, passive, active);

  Deno.test(`of two connections the one made by the higher identifier stays, ${first} OPEN first`, () => {
    for (
      const [open, kept, gone] of [
        [lower, "active", "passive"],
        [higher, "passive", "active"],
      ] as const
    ) {
      const bench = two().open(first, open);
      assertEquals(bench.notifications(), []);
      bench.open(second, open);
      assertEquals(bench.notifications(), [`${gone} 6/7`]);
      assertEquals(bench.state[gone], undefined);
      assertEquals(bench.state[kept]?.phase, "OpenConfirm");
      assertEquals(sessionState(bench.keepalive(kept).state), "Established");
    }
  });

  Deno.test(`with equal identifiers the higher AS decides (RFC 6286), ${first} OPEN first`, () => {
    // Ours is AS 64512, the peer's 64513: the connection of the peer stays.
    const open = { bgpId: local.routerId };
    const bench = two().open(first, open).open(second, open);
    assertEquals(bench.notifications(), ["active 6/7"]);
    assertEquals(bench.state.passive?.phase, "OpenConfirm");
  });

  Deno.test(`an Established session is kept whatever the identifiers say, ${first} first`, () => {
    for (const open of [lower, higher]) {
      const bench = two().open(first, open).keepalive(first).open(second, open);
      assertEquals(bench.notifications(), [`${second} 6/7`]);
      assertEquals(bench.state[first]?.phase, "Established");
      assertEquals(bench.state[second], undefined);
    }
  });
}

Deno.test("a collision's loser does not hold the peer idle", () => {
  const bench = new Bench().on(start, passive, active).open("active").open("passive");
  assertEquals(bench.timer("idle-hold"), undefined);
  assertEquals(sessionState(bench.state), "OpenConfirm");
});

Deno.test("an unacceptable OPEN on one connection leaves the other alone", () => {
  const bench = new Bench().on(start, passive, active).open("active");
  bench.open("passive", { capabilities: [], as: 65000 });
  assertEquals(bench.notifications(), ["passive 2/2"]);
  assertEquals(bench.state.active?.phase, "OpenConfirm");
});

Deno.test("a connection while the session is Established is refused with Cease/7", () => {
  const bench = new Bench().establish().on(passive);
  const [refuse] = bench.last;
  assert(refuse?.kind === "refuse" && refuse.notification !== undefined);
  assertEquals([refuse.notification.code, refuse.notification.subcode], [6, 7]);
  assertEquals(sessionState(bench.state), "Established");
});

Deno.test("a connection in Idle is refused without a word, so that nobody counts a failure", () => {
  const bench = new Bench().on(start, active).connection("active", { kind: "hold-expires" });
  const result: Step = { state: bench.state, actions: bench.on(passive).last };
  assertEquals(result.actions.map((it) => it.kind), ["refuse"]);
  assert(result.actions[0]?.kind === "refuse" && result.actions[0].notification === undefined);
});

Deno.test("a peer that connects again before its OPEN gets the new connection, and after it does not", () => {
  const bench = new Bench().on(start, passive, passive);
  assertEquals(bench.kinds().filter((it) => it === "adopt" || it === "passive close"), [
    "passive close",
    "adopt",
  ]);
  bench.open("passive").on(passive);
  assertEquals(bench.kinds(), ["refuse"]);
});

Deno.test("stop says the given Cease on every connection", () => {
  const bench = new Bench().on(start, passive, active).on(stop);
  assertEquals(bench.notifications(), ["active 6/3", "passive 6/3"]);
  assertEquals(bench.state, new Bench().state);
});
