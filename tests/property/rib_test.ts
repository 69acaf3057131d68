/**
 * Whatever is set, said, asked again and interrupted: in the end the far side has what it shall have.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import type { PathAttributes, Route } from "../../lib/bgp/model/mod.ts";
import { AdjRibOut, type LiveView, LocRib, type PeerView } from "../../lib/bgp/rib/mod.ts";
import { type Family, formatPrefix, ipv4, ipv6 } from "../../lib/net/mod.ts";
import { address, expected, ModelPeer, route, viewOf } from "../bgp/rib/model_peer.ts";

const prefixes4 = ["0.0.0.0/0", "203.0.113.0/24", "203.0.113.0/32", "203.0.113.5/32", "10.0.0.0/9"];
const prefixes6 = ["::/0", "2001:db8::/32", "2001:db8::/33", "2001:db8::5/128"];
const peerAddress = address("10.0.0.9");
const hops4 = ["10.0.1.5", "10.0.2.5", "10.0.3.5", "10.0.0.9"];
const hops6 = ["fd00::5", "fd00::1:5", "fd00::2:5"];
const attributes: PathAttributes[] = [
  {},
  { med: 5 },
  { localPref: 200 },
  { prepend: 2, origin: "incomplete" },
  { communities: [0xffff0000, 1], largeCommunities: [[64512, 1, 2]] },
  { extendedCommunities: [0x0002fc0000000001n], onlyTo: ["leaf", "other"] },
  { linkBandwidth: 125e6 },
  { onlyTo: ["other"] },
];

const routes: fc.Arbitrary<Route[]> = fc.uniqueArray(
  fc.tuple(
    fc.constantFrom(...prefixes4, ...prefixes6),
    fc.uniqueArray(fc.constantFrom(...hops4, ...hops6), { maxLength: 5 }),
    fc.array(fc.constantFrom(...attributes), { minLength: 5, maxLength: 5 }),
  ),
  { selector: ([prefix]) => prefix },
).map((rows) => rows.map(([prefix, hops, said]) => diverse(route(prefix, hops), said)));

function diverse(plain: Route, said: readonly PathAttributes[]): Route {
  return {
    ...plain,
    paths: plain.paths.map((path, i) => ({ ...path, attributes: said[i] ?? {} })),
  };
}

const families = fc.subarray<Family>([4, 6]);

const liveParts = {
  sendMax: fc.integer({ min: 1, max: 4 }),
  nextHop: fc.constantFrom("keep" as const, "self" as const),
  maxPrefixes: fc.constantFrom(0, 1, 3, 1_000_000),
  attributes: fc.constantFrom<PathAttributes>(
    {},
    { med: 9, localPref: 50, communities: [2, 1] },
    { prepend: 1, largeCommunities: [[1, 2, 3]] },
  ),
};

const views: fc.Arbitrary<PeerView> = fc.record({
  ...liveParts,
  internal: fc.boolean(),
  localAs: fc.constantFrom(64512, 4200000001),
  families: fc.subarray<Family>([4, 6], { minLength: 1 }),
  localAddresses: fc.constantFrom({}, { v4: ipv4(0x0a000001) }, { v6: ipv6(0xfdn << 120n) }),
  as4: fc.boolean(),
  addPathSend: families,
  maxMessageLength: fc.constantFrom(200, 260, 4096, 65535),
}).map(({ as4, addPathSend, maxMessageLength, internal, ...view }) =>
  viewOf({
    ...view,
    internal,
    peerAddress,
    codec: { as4, addPathSend, maxMessageLength, internal },
  })
);

type Step =
  | { readonly kind: "set"; readonly routes: readonly Route[] }
  | { readonly kind: "look"; readonly live: LiveView }
  | { readonly kind: "next"; readonly budget: number }
  | { readonly kind: "drain" }
  | { readonly kind: "refresh"; readonly family: Family }
  | { readonly kind: "reconnect" };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("set" as const), routes }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("look" as const), live: fc.record(liveParts) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant("next" as const), budget: fc.nat({ max: 300 }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("drain" as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("refresh" as const), family: fc.constantFrom(4, 6) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("reconnect" as const) }) },
);

/** One session over a LocRib, and what must hold of it at every message. */
class Session {
  readonly rib = new LocRib();
  view: PeerView;
  readonly #roundBytes: number;
  out: AdjRibOut;
  peer: ModelPeer;
  current: readonly Route[] = [];
  /** Prefixes that were told and could be said ever since: they must never be missing. */
  #steady = new Set<string>();
  /** What the peer may have at most while caps, lowered since, are not all said. */
  #mostPrefixes = 0;
  #mostPaths = 0;
  /** The cap was lowered and not all is said: any prefix may have to go. */
  #isCut = false;

  constructor(view: PeerView, roundBytes: number) {
    this.view = view;
    this.#roundBytes = roundBytes;
    this.peer = new ModelPeer(view.codec);
    this.out = this.#connect();
  }

  #connect(): AdjRibOut {
    this.peer = new ModelPeer(this.view.codec);
    this.peer.onMessage = () => this.#checkMessage();
    this.#steady.clear();
    this.#settled();
    return new AdjRibOut(this.rib, this.view, this.#roundBytes);
  }

  run(step: Step): void {
    if (step.kind === "set") this.#set(step.routes);
    else if (step.kind === "look") this.#look(step.live);
    else if (step.kind === "next") this.#next(step.budget);
    else if (step.kind === "drain") this.drain();
    else if (step.kind === "refresh") this.out.refresh(step.family);
    else this.out = this.#connect();
  }

  drain(): void {
    while (this.#next(64)) continue;
    this.#settled();
  }

  #settled(): void {
    this.#mostPrefixes = this.view.maxPrefixes;
    this.#mostPaths = this.view.sendMax;
    this.#isCut = false;
  }

  #look(live: LiveView): void {
    this.#isCut ||= live.maxPrefixes < this.view.maxPrefixes;
    this.out.look(live);
    this.view = { ...this.view, ...live };
    const sayable = this.#isCut ? new Map() : expected(this.current, this.view);
    this.#steady = new Set([...this.#steady].filter((prefix) => sayable.has(prefix)));
    this.#mostPrefixes = Math.max(this.#mostPrefixes, live.maxPrefixes);
    this.#mostPaths = Math.max(this.#mostPaths, live.sendMax);
    // Said twice it is no other view.
    this.out.look(structuredClone(live));
  }

  #set(routes: readonly Route[]): void {
    this.out.changed(this.rib.set(routes));
    this.current = routes;
    const sayable = expected(routes, this.view);
    this.#steady = new Set([...this.#steady].filter((prefix) => sayable.has(prefix)));
    const copies = structuredClone(routes);
    assertEquals(this.rib.set(copies), { slots: [], reused: [], added: 0, changed: 0, removed: 0 });
  }

  #next(budget: number): boolean {
    const before = this.peer.messages.length;
    const bytes = this.out.next(budget);
    if (bytes === undefined) return false;
    this.peer.read(bytes);
    const read = this.peer.messages.length - before;
    assert(read >= 1 && (read === 1 || bytes.length <= budget));
    return true;
  }

  #checkMessage(): void {
    const { table } = this.peer;
    assert(table.size <= this.#mostPrefixes, "more prefixes than the cap");
    for (const prefix of this.#steady) assert(table.has(prefix), `${prefix} vanished`);
    const sayable = expected(this.current, this.view);
    for (const [prefix, paths] of table) {
      if (sayable.has(prefix) && !this.#isCut) this.#steady.add(prefix);
      // At most the new paths beside the old ones, which are withdrawn right after.
      assert(paths.size <= 2 * this.#mostPaths);
    }
  }

  checkEnd(): void {
    const wanted = expected(this.current, this.view);
    const said = this.peer.saying();
    assertEquals(said.size, Math.min(wanted.size, this.view.maxPrefixes));
    for (const [prefix, paths] of said) assertEquals(paths, wanted.get(prefix), prefix);
    assertEquals(this.out.sentPrefixes, said.size);
    assertEquals(this.out.sentPaths, this.peer.paths);
    assertEquals(this.out.heldBack, wanted.size - said.size);
    assertEquals(this.out.pending, 0);
    assertEquals(this.peer.endOfRib, [...this.view.families]);
  }
}

Deno.test("any sequence of sets, views, reads, refreshes and reconnects ends with what the peer shall have", () => {
  const roundBytes = fc.constantFrom(1, 30, 1 << 20);
  fc.assert(
    fc.property(views, roundBytes, fc.array(step, { maxLength: 25 }), (view, round, steps) => {
      const session = new Session(view, round);
      for (const one of steps) session.run(one);
      session.drain();
      session.checkEnd();
    }),
    { numRuns: 1500 },
  );
});

Deno.test("path identifiers are the smallest free ones, one for each next hop, and stay with it", () => {
  fc.assert(
    fc.property(fc.array(routes, { minLength: 1, maxLength: 8 }), (states) => {
      const rib = new LocRib();
      let before = new Map<string, number>();
      for (const state of states) {
        rib.set(state);
        const now = identifiers(rib);
        for (const [where, id] of now) assertEquals(id, before.get(where) ?? id, where);
        checkSmallest(rib, before);
        before = now;
      }
    }),
    { numRuns: 500 },
  );
});

/** "prefix next hop" to path identifier. */
function identifiers(rib: LocRib): Map<string, number> {
  const found = new Map<string, number>();
  for (let slot = 0; slot < rib.slots; slot++) {
    const set = rib.paths(slot);
    if (set === undefined) continue;
    const { paths, ids } = set;
    paths.forEach((path, i) => {
      found.set(`${formatPrefix(rib.prefix(slot))} ${path.nextHop.value}`, ids[i] ?? 0);
    });
    assertEquals(new Set(ids).size, paths.length);
    assert(ids.every((id) => id >= 1));
  }
  return found;
}

/** An identifier given anew has no smaller one free below it. */
function checkSmallest(rib: LocRib, before: ReadonlyMap<string, number>): void {
  for (let slot = 0; slot < rib.slots; slot++) {
    const set = rib.paths(slot);
    if (set === undefined) continue;
    const { paths, ids } = set;
    paths.forEach((path, i) => {
      if (before.has(`${formatPrefix(rib.prefix(slot))} ${path.nextHop.value}`)) return;
      const id = ids[i] ?? 0;
      for (let smaller = 1; smaller < id; smaller++) assert(ids.includes(smaller));
    });
  }
}
