/** @module */

import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import type { Route } from "../../../lib/bgp/model/mod.ts";
import { AdjRibOut, LocRib, type PeerView } from "../../../lib/bgp/rib/mod.ts";
import { ipv4, ipv6, type Prefix } from "../../../lib/net/mod.ts";
import { address, expected, ModelPeer, route, viewOf } from "./model_peer.ts";

/** A LocRib, one session over it, and the peer at its end. */
class Session {
  readonly rib = new LocRib();
  readonly out: AdjRibOut;
  readonly peer: ModelPeer;
  /** Messages at which the prefix watched had no path. */
  missing = 0;

  constructor(view: PeerView, routes: readonly Route[] = [], watched?: string) {
    this.rib.set(routes);
    this.out = new AdjRibOut(this.rib, view);
    this.peer = new ModelPeer(view.codec);
    this.peer.onMessage = () => {
      if (watched !== undefined && !this.peer.table.has(watched)) this.missing++;
    };
    this.drain();
  }

  set(routes: readonly Route[]): void {
    this.out.changed(this.rib.set(routes));
  }

  /** Reads everything; gives how many messages that was. */
  drain(): number {
    const before = this.peer.messages.length;
    for (let bytes = this.out.next(1e6); bytes; bytes = this.out.next(1e6)) this.peer.read(bytes);
    return this.peer.messages.length - before;
  }

  /** Next hops the peer has for the prefix. */
  hops(prefix: string): string[] {
    return [...this.peer.table.get(prefix)?.values() ?? []].map((said) => said.split(" ")[0] ?? "");
  }
}

const eip = "203.0.113.5/32";
const plain = viewOf({ codec: { addPathSend: [] } });

Deno.test("all legs of an ECMP group arrive, also those whose next hops end in the same octet", () => {
  const session = new Session(viewOf(), [route(eip, ["10.0.1.5", "10.0.2.5", "10.0.3.6"])]);
  assertEquals(session.hops(eip), ["10.0.1.5", "10.0.2.5", "10.0.3.6"]);
});

for (const [name, view] of [["with", viewOf()], ["without", plain]] as const) {
  Deno.test(`a pod that moves between nodes never takes the route away, ${name} ADD-PATH`, () => {
    const session = new Session(view, [route(eip, ["10.0.1.5"])], eip);
    for (const hops of [["10.0.2.5"], ["10.0.1.5", "10.0.2.5"], ["10.0.1.5"], ["10.0.3.5"]]) {
      session.set([route(eip, hops)]);
      session.drain();
      assertEquals(session.hops(eip).sort(), name === "with" ? hops : hops.slice(0, 1));
    }
    assertEquals(session.missing, 0);
  });
}

Deno.test("a moved pod is one implicit replacement: nothing is withdrawn", () => {
  const session = new Session(viewOf(), [route(eip, ["10.0.1.5"])]);
  session.set([route(eip, ["10.0.2.5"])]);
  assertEquals(session.drain(), 1);
  assertEquals(session.peer.withdrawn, 0);
  assertEquals(session.hops(eip), ["10.0.2.5"]);
});

Deno.test("when sendMax moves from one path to another the new one is there before the old goes", () => {
  const session = new Session(viewOf({ sendMax: 1 }), [route(eip, ["10.0.1.5", "10.0.2.5"])], eip);
  session.set([route(eip, ["10.0.2.5", "10.0.1.5"])]);
  assertEquals(session.drain(), 2);
  assertEquals(session.hops(eip), ["10.0.2.5"]);
  assertEquals([session.missing, session.peer.withdrawn], [0, 1]);
});

Deno.test("removing an EIP leaves the covering route alone", () => {
  const covering = route("203.0.113.0/24", ["10.0.1.5"]);
  const session = new Session(plain, [covering, route(eip, ["10.0.1.5"])], "203.0.113.0/24");
  const announced = session.peer.announced.length;
  session.set([covering]);
  assertEquals(session.drain(), 1);
  assertEquals([...session.peer.table.keys()], ["203.0.113.0/24"]);
  assertEquals([session.missing, session.peer.announced.length], [0, announced]);
});

Deno.test("adding routes says only those", () => {
  const old = [route("198.51.100.1/32", ["10.0.1.5"]), route("2001:db8::1/128", ["fd00::1"])];
  const session = new Session(viewOf(), old);
  const before = session.peer.announced.length;
  session.set([route(eip, ["10.0.1.5"]), ...structuredClone(old)]);
  assertEquals(session.drain(), 1);
  assertEquals(session.peer.announced.slice(before), [eip]);
});

Deno.test("changes that undo each other before the peer reads say nothing", () => {
  const session = new Session(viewOf(), [route(eip, ["10.0.1.5"])]);
  session.set([]);
  session.set([route("198.51.100.1/32", ["10.0.1.5"])]);
  session.set([route(eip, ["10.0.1.5"])]);
  assertEquals(session.drain(), 0);
  assertEquals(session.out.pending, 0);
});

Deno.test("a difference that the peer cannot see is not said: LOCAL_PREF is for internal peers", () => {
  const external = new Session(viewOf(), [route(eip, ["10.0.1.5"])]);
  external.set([route(eip, ["10.0.1.5"], { localPref: 200 })]);
  assertEquals(external.drain(), 0);
  const internal = new Session(viewOf({ internal: true, codec: { internal: true } }), [
    route(eip, ["10.0.1.5"]),
  ]);
  internal.set([route(eip, ["10.0.1.5"], { localPref: 200 })]);
  assertEquals(internal.drain(), 1);
});

Deno.test("sendMax is the most paths of a prefix, and they are the first of the route", () => {
  const hops = ["10.0.9.1", "10.0.1.1", "10.0.5.1", "10.0.2.1"];
  const session = new Session(viewOf({ sendMax: 2 }), [route(eip, hops)]);
  assertEquals(session.hops(eip), hops.slice(0, 2));
  assertEquals([session.out.sentPrefixes, session.out.sentPaths], [1, 2]);
});

Deno.test("of the first sendMax paths one member moves when a next hop comes or goes", () => {
  const numbers = fc.uniqueArray(fc.integer({ min: 1, max: 60 }), { minLength: 2, maxLength: 20 });
  fc.assert(
    fc.property(numbers, fc.integer({ min: 1, max: 8 }), fc.nat(), (numbers, sendMax, which) => {
      const hops = numbers.sort((a, b) => a - b).map((each) => `10.0.1.${each}`);
      const left = hops.filter((_, index) => index !== which % hops.length);
      const session = new Session(viewOf({ sendMax }), [route(eip, hops)], eip);
      const all = new Set(session.hops(eip));
      assertEquals(all.size, Math.min(sendMax, hops.length));
      session.set([route(eip, left)]);
      session.drain();
      const some = new Set(session.hops(eip));
      assert(all.difference(some).size <= 1 && some.difference(all).size <= 1);
      session.set([route(eip, hops)]);
      session.drain();
      assertEquals(new Set(session.hops(eip)), all);
      assertEquals(session.missing, 0);
    }),
    { numRuns: 200 },
  );
});

Deno.test("another view says the difference and nothing else", () => {
  const hops = ["10.0.9.1", "10.0.1.1", "10.0.5.1"];
  const session = new Session(viewOf({ localAddresses: { v4: ipv4(0x0a000001) } }), [
    route(eip, hops),
    route("203.0.113.6/32", hops.slice(0, 1)),
  ], eip);
  const live = { sendMax: 2, nextHop: "keep", maxPrefixes: 10, attributes: {} } as const;
  session.out.look(live);
  // The third path is withdrawn, and the second prefix is not mentioned.
  assertEquals([session.drain(), session.peer.withdrawn], [1, 1]);
  assertEquals(session.hops(eip), hops.slice(0, 2));
  session.out.look({ ...live, sendMax: 8 });
  assertEquals(session.drain(), 1);
  assertEquals(session.hops(eip), hops);
  session.out.look({ ...live, nextHop: "self" });
  session.drain();
  assertEquals(session.hops(eip), ["10.0.0.1"]);
  session.out.look({ ...live, nextHop: "self", maxPrefixes: 1 });
  session.drain();
  assertEquals([session.peer.table.size, session.out.heldBack], [1, 1]);
  session.out.look({ ...live, maxPrefixes: 2 });
  session.drain();
  assertEquals(session.hops(eip), hops.slice(0, 2));
  assertEquals(session.hops("203.0.113.6/32"), hops.slice(0, 1));
  assertEquals(session.peer.endOfRib, [4, 6]);
});

Deno.test("a peer without ADD-PATH gets the first path and nothing else", () => {
  const session = new Session(plain, [route(eip, ["10.0.9.1", "10.0.1.1"])]);
  assertEquals(session.hops(eip), ["10.0.9.1"]);
  session.set([route(eip, ["10.0.9.1", "10.0.2.1"])]);
  assertEquals(session.drain(), 0);
});

Deno.test("ADD-PATH in one family does not put identifiers into the other", () => {
  const both = [
    route(eip, ["10.0.1.1", "10.0.2.1"]),
    route("2001:db8::5/128", ["fd00::1", "fd00::2"]),
  ];
  const session = new Session(viewOf({ codec: { addPathSend: [6] } }), both);
  assertEquals([...session.peer.table.get(eip)?.keys() ?? []], [0]);
  assertEquals([...session.peer.table.get("2001:db8::5/128")?.keys() ?? []], [1, 2]);
});

Deno.test("a path whose next hop is the peer itself is not said to it; the next one is", () => {
  const peerAddress = address("10.0.0.9");
  const session = new Session(viewOf({ peerAddress, codec: { addPathSend: [] } }), [
    route(eip, ["10.0.0.9", "10.0.1.1"]),
    route("198.51.100.1/32", ["10.0.0.9"]),
  ]);
  assertEquals(session.hops(eip), ["10.0.1.1"]);
  assertEquals([...session.peer.table.keys()], [eip]);
});

Deno.test("a prefix whose next hop is of the other family is not said", () => {
  const routes = [route(eip, ["fd00::1"]), route("2001:db8::5/128", ["10.0.1.1"])];
  const session = new Session(viewOf(), routes);
  assertEquals(session.peer.table.size, 0);
  assertEquals([session.out.sentPrefixes, session.out.heldBack], [0, 0]);
});

Deno.test("a family that the session has not is not said, and gets no End-of-RIB", () => {
  const routes = [route(eip, ["10.0.1.1"]), route("2001:db8::5/128", ["fd00::1"])];
  const session = new Session(viewOf({ families: [6] }), routes);
  assertEquals([...session.peer.table.keys()], ["2001:db8::5/128"]);
  assertEquals(session.peer.endOfRib, [6]);
});

Deno.test("next hop self is our address of the session in each family, one path a prefix", () => {
  const view = viewOf({ nextHop: "self", localAddresses: { v4: ipv4(0x0a000001), v6: ipv6(5n) } });
  const routes = [
    route(eip, ["10.0.1.1", "10.0.2.1"]),
    route("2001:db8::5/128", ["fd00::1", "fd00::2"]),
  ];
  const session = new Session(view, routes);
  assertEquals(session.hops(eip), ["10.0.0.1"]);
  assertEquals(session.hops("2001:db8::5/128"), ["::5"]);
});

Deno.test("next hop self keeps the route's in the family that the session is not over", () => {
  const view = viewOf({ nextHop: "self", localAddresses: { v4: ipv4(0x0a000001) } });
  const routes = [route(eip, ["10.0.1.1"]), route("2001:db8::5/128", ["fd00::1"])];
  const session = new Session(view, routes);
  assertEquals(session.hops(eip), ["10.0.0.1"]);
  assertEquals(session.hops("2001:db8::5/128"), ["fd00::1"]);
});

Deno.test("each kind of peer gets the attributes that belong to it, with 2-octet and 4-octet AS", () => {
  const attributes = { med: 5, localPref: 7, prepend: 300, communities: [9] };
  const routes = [route(eip, ["10.0.1.1"], attributes)];
  for (const internal of [false, true]) {
    for (const as4 of [false, true]) {
      const view = viewOf({ internal, localAs: 4200000001, codec: { as4, internal } });
      assertEquals(new Session(view, routes).peer.saying(), expected(routes, view));
    }
  }
});

Deno.test("End-of-RIB comes once, after the first table, also when the table is empty", () => {
  const session = new Session(viewOf());
  assertEquals(session.peer.endOfRib, [4, 6]);
  session.set([route(eip, ["10.0.1.1"])]);
  session.out.refresh(4);
  session.drain();
  assertEquals(session.peer.endOfRib, [4, 6]);
});

Deno.test("refresh says one family again, whole, and nothing of the other", () => {
  const routes = [route(eip, ["10.0.1.1", "10.0.2.1"]), route("2001:db8::5/128", ["fd00::1"])];
  const session = new Session(viewOf(), routes);
  session.peer.announced.length = 0;
  session.out.refresh(4);
  session.out.refresh(4);
  session.drain();
  assertEquals(session.peer.announced, [eip, eip]);
  assertEquals([session.peer.withdrawn, session.out.sentPaths], [0, 3]);
});

/** Counts how often somebody looks at a prefix. */
class CountingRib extends LocRib {
  looks = 0;
  override prefix(slot: number): Prefix {
    this.looks++;
    return super.prefix(slot);
  }
}

Deno.test("a flood of refreshes is one look at the table for each time it is said again", () => {
  const rib = new CountingRib();
  rib.set(Array.from({ length: 100 }, (_, i) => route(`198.51.100.${i}/32`, ["10.0.1.1"])));
  const out = new AdjRibOut(rib, viewOf(), 50);
  const drain = (): void => {
    while (out.next(1) !== undefined);
  };
  drain();
  rib.looks = 0;
  for (let i = 0; i < 1000; i++) out.refresh(4);
  assert(out.next(1) !== undefined, "something is said");
  for (let i = 0; i < 1000; i++) out.refresh(4);
  drain();
  assert(rib.looks > 0 && rib.looks <= 4 * 100, `${rib.looks} looks`);
});

const six = Array.from({ length: 6 }, (_, i) => route(`198.51.100.${i}/32`, ["10.0.1.1"]));
const prefixesOf = (session: Session): string[] => [...session.peer.table.keys()].sort();

Deno.test("prefixes beyond the cap are held back and go out when there is room", () => {
  const session = new Session(viewOf({ maxPrefixes: 4 }), six);
  assertEquals(session.peer.table.size, 4);
  assertEquals([session.out.heldBack, session.out.sentPrefixes], [2, 4]);
  session.set(six.slice(1));
  session.drain();
  assertEquals([session.peer.table.size, session.out.heldBack], [4, 1]);
  session.set(six.slice(3));
  session.drain();
  assertEquals(prefixesOf(session), ["198.51.100.3/32", "198.51.100.4/32", "198.51.100.5/32"]);
  assertEquals(session.out.heldBack, 0);
});

Deno.test("at the cap, what was said stays: newcomers wait, and changes of the old go through", () => {
  const session = new Session(viewOf({ maxPrefixes: 3 }), six.slice(3));
  const before = prefixesOf(session);
  session.set([
    ...six.slice(0, 3),
    ...six.slice(3).map((r) => ({ ...r, paths: [...r.paths, ...route(eip, ["10.0.2.1"]).paths] })),
  ]);
  session.drain();
  assertEquals(prefixesOf(session), before);
  assertEquals([session.out.sentPaths, session.out.heldBack], [6, 3]);
});

Deno.test("next gives at least one message and otherwise stays within the budget", () => {
  const rib = new LocRib();
  rib.set(
    Array.from({ length: 3000 }, (_, i) => route(`10.${i >> 8}.${i & 255}.1/32`, ["10.0.1.1"])),
  );
  for (const budget of [0, 4096, 10_000, 1e9]) {
    const out = new AdjRibOut(rib, viewOf());
    const peer = new ModelPeer(viewOf().codec);
    for (let bytes = out.next(budget); bytes; bytes = out.next(budget)) {
      const before = peer.messages.length;
      peer.read(bytes);
      assert(peer.messages.length === before + 1 || bytes.length <= budget);
    }
    assertEquals(peer.table.size, 3000);
  }
});

Deno.test("two sessions over one LocRib do not disturb each other", () => {
  const rib = new LocRib();
  rib.set(six);
  const slow = new AdjRibOut(rib, viewOf());
  const fast = new Session(viewOf());
  const change = rib.set([...six.slice(2), route(eip, ["10.0.1.1"])]);
  slow.changed(change);
  const last = rib.set([route(eip, ["10.0.2.1"])]);
  slow.changed(last);
  const peer = new ModelPeer(viewOf().codec);
  for (let bytes = slow.next(1); bytes; bytes = slow.next(1)) peer.read(bytes);
  assertEquals([...peer.table.keys()], [eip]);
  assertEquals(fast.peer.table.size, 0);
});
