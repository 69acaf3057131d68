/**
 * The laws of packing: sizes are what arithmetic says, nothing is said twice, nothing is forgotten.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import type { Path, Route } from "../../../lib/bgp/model/mod.ts";
import { AdjRibOut, LocRib, type PeerView } from "../../../lib/bgp/rib/mod.ts";
import { hostPrefix, ipv4, ipv6 } from "../../../lib/net/mod.ts";
import { ModelPeer, viewOf } from "./model_peer.ts";

const attributes = {};

/** Lengths of all messages of a first table, read no further than that. */
function lengths(routes: Iterable<Route>, view: PeerView): number[] {
  const rib = new LocRib();
  rib.set(routes);
  const out = new AdjRibOut(rib, view);
  const found: number[] = [];
  for (let bytes = out.next(65536); bytes; bytes = out.next(65536)) {
    for (let at = 0; at < bytes.length; at += found.at(-1) ?? 1) {
      found.push(((bytes[at + 16] ?? 0) << 8) | (bytes[at + 17] ?? 0));
    }
  }
  return found;
}

function* hosts(count: number, paths: readonly Path[]): Generator<Route> {
  for (let i = 0; i < count; i++) yield { prefix: hostPrefix(ipv4(0x64000000 + i)), paths };
}

const onePath: readonly Path[] = [{ nextHop: ipv4(0x0a000001), attributes }];

Deno.test("1,000,000 prefixes that share attributes are 1,235 full messages and little more", () => {
  const view = viewOf({ codec: { addPathSend: [] } });
  const found = lengths(hosts(1_000_000, onePath), view);
  // 23 bytes around, ORIGIN 4, AS_PATH 9, NEXT_HOP 7, then 5 bytes a prefix.
  const inOne = Math.floor((4096 - 23 - 20) / 5);
  const full = Math.ceil(1_000_000 / inOne);
  // Rounds of 64 KiB, 128 KiB and so on up to 1 MiB may each end with a message that is not full.
  const rounds = 4 + Math.ceil((5_000_000 - 15 * (1 << 16)) / (1 << 20));
  const endsOfRib = 2;
  assert(found.length >= full && found.length <= full + rounds + endsOfRib, `${found.length}`);
  const notFull = found.filter((length) => length !== 43 + 5 * inOne).length;
  assert(notFull <= rounds + endsOfRib, `${notFull} messages are not full`);
});

Deno.test("messages of RFC 8654 are filled to 65,535 bytes and no further", () => {
  const view = viewOf({ codec: { addPathSend: [], maxMessageLength: 65535 } });
  const found = lengths(hosts(100_000, onePath), view);
  assertEquals(Math.max(...found), 65535 - (65535 - 43) % 5);
  const full = Math.ceil(100_000 / Math.floor((65535 - 43) / 5));
  // Rounds of 64, 128, 256 and the rest of 488 KiB, and End-of-RIB twice.
  assert(found.length >= full + 2 && found.length <= full + 4 + 2, `${found.length} messages`);
});

for (const family of [4, 6] as const) {
  for (const maxMessageLength of [128, 4096, 65535]) {
    for (const addPath of [false, true]) {
      const name = `IPv${family}, ${maxMessageLength} bytes, ${addPath ? "ADD-PATH" : "plain"}`;
      Deno.test(`every path is said exactly once and withdrawn exactly once: ${name}`, () => {
        const addPathSend = addPath ? [family] : [];
        const view = viewOf({ codec: { addPathSend, maxMessageLength } });
        const routes = Array.from({ length: 5000 }, (_, i) => mixed(i, family));
        const rib = new LocRib();
        rib.set(routes);
        const out = new AdjRibOut(rib, view);
        const peer = new ModelPeer(view.codec);
        for (let bytes = out.next(9999); bytes; bytes = out.next(9999)) peer.read(bytes);
        const paths = addPath ? 5000 + Math.ceil(5000 / 3) : 5000;
        assertEquals([peer.table.size, peer.paths], [5000, paths]);
        assertEquals(peer.announced.length, paths);
        out.changed(rib.set([]));
        for (let bytes = out.next(9999); bytes; bytes = out.next(9999)) peer.read(bytes);
        assertEquals([peer.table.size, peer.withdrawn], [0, paths]);
        assertEquals([out.sentPrefixes, out.sentPaths], [0, 0]);
      });
    }
  }
}

/** One path, or two for each third; four attribute sets; all prefix lengths from 20 on. */
function mixed(i: number, family: 4 | 6): Route {
  const said = { med: i % 4 };
  const hop = (n: number) =>
    family === 4 ? ipv4(0x0a000000 + n) : ipv6((0xfdn << 120n) + BigInt(n));
  const first = { nextHop: hop(1 + i % 2), attributes: said };
  const host = family === 4 ? ipv4(0x64000000 + i) : ipv6((0x20010db8n << 96n) + BigInt(i));
  return {
    prefix: hostPrefix(host),
    paths: i % 3 === 0 ? [first, { nextHop: hop(3), attributes: said }] : [first],
  };
}

Deno.test("prefixes share a message by attributes, whatever other paths they have", () => {
  // Each prefix has two of twenty next hops: 190 pairs, but only twenty attribute sets.
  const hops = Array.from(
    { length: 20 },
    (_, i) => ({ nextHop: ipv4(0x0a000001 + i), attributes }),
  );
  const routes: Route[] = [];
  for (let a = 0; a < 20; a++) {
    for (let b = a + 1; b < 20; b++) {
      const paths = [hops[a], hops[b]].filter((path) => path !== undefined);
      routes.push({ prefix: hostPrefix(ipv4(0x64000000 + routes.length)), paths });
    }
  }
  assertEquals(routes.length, 190);
  assertEquals(lengths(routes, viewOf()).length, 20 + 2);
});

Deno.test("attributes that are equal share a message although the objects differ", () => {
  const routes = Array.from({ length: 300 }, (_, i) => ({
    prefix: hostPrefix(ipv4(0x64000000 + i)),
    paths: [{ nextHop: ipv4(0x0a000001), attributes: { med: 5, communities: [1, 2] } }],
  }));
  assertEquals(lengths(routes, viewOf()).length, 1 + 2);
});

Deno.test("attributes too long for a message keep the path from being said, and nothing else", () => {
  const communities = Array.from({ length: 2000 }, (_, i) => i);
  const rib = new LocRib();
  rib.set([
    {
      prefix: hostPrefix(ipv4(1)),
      paths: [{ nextHop: ipv4(0x0a000009), attributes: { communities } }],
    },
    { prefix: hostPrefix(ipv4(2)), paths: [{ nextHop: ipv4(0x0a000009), attributes }] },
  ]);
  const out = new AdjRibOut(rib, viewOf());
  const peer = new ModelPeer(viewOf().codec);
  for (let bytes = out.next(9999); bytes; bytes = out.next(9999)) peer.read(bytes);
  assertEquals([...peer.table.keys()], ["0.0.0.2/32"]);
});
