import { assertEquals } from "@std/assert";
import type { Negotiated, PeerStatus, Route } from "../../lib/bgp/mod.ts";
import { plainAttributes } from "../../lib/bgp/mod.ts";
import { type Address, hostPrefix, type Ipv4, parseAddress } from "../../lib/net/mod.ts";
import { speakerRefusals, ToldOnce } from "../../lib/reporting/mod.ts";

function ip(text: string): Address {
  const address = parseAddress(text);
  if (address === undefined) throw new Error(text);
  return address;
}

const negotiated: Negotiated = {
  ...{ holdTime: 90, as4: true, families: [4], addPathSend: [], maxMessageLength: 4096 },
  ...{ routeRefresh: true, peerBgpId: ip("10.0.0.1") as Ipv4, internal: false },
};

function session(more: Partial<PeerStatus> = {}): PeerStatus {
  return {
    ...{ name: "leaf", address: ip("10.0.0.1"), peerAs: 64600, state: "Established", since: 0 },
    ...{ flaps: 0, peerCapabilities: [], prefixesSent: 0, pathsSent: 0, prefixesReceived: 0 },
    ...{ prefixesHeldBack: 0, messagesSent: {}, messagesReceived: {}, ...more },
  };
}

function route(address: string, onlyTo?: readonly string[]): Route {
  const nextHop = ip(address);
  const attributes = onlyTo === undefined ? plainAttributes : { ...plainAttributes, onlyTo };
  return { prefix: hostPrefix(nextHop), paths: [{ nextHop, attributes }] };
}

function refusals(peer: PeerStatus, announced: readonly Route[]) {
  const said = { sessions: [peer], speaker: { connectionsRefused: 0 } };
  return speakerRefusals(said, { conf: undefined, announced });
}

const both = [route("203.0.113.1"), route("2001:db8::1")];

Deno.test("a family that the peer did not agree to is refused for it while something needs it", () => {
  const found = refusals(session({ negotiated }), both);
  assertEquals(found.map(({ object, reason }) => [object.name, reason]), [
    ["leaf", "FamilyNotNegotiated"],
  ]);
  assertEquals(found[0]?.message.startsWith("Cannot announce IPv6 prefixes: "), true);
  assertEquals(refusals(session({ negotiated }), both.slice(0, 1)), []);
  assertEquals(refusals(session({ negotiated: { ...negotiated, families: [4, 6] } }), both), []);
  assertEquals(refusals(session({ state: "Idle" }), both), []);
});

Deno.test("a family that only other peers are told of is not missed", () => {
  const up = session({ negotiated });
  const told = (six: Route) => refusals(up, [route("203.0.113.1"), six]).length;
  assertEquals(told(route("2001:db8::1", ["other"])), 0);
  assertEquals(told(route("2001:db8::1", ["other", "leaf"])), 1);
});

Deno.test("what a session cannot say is an event once, not again after a flap", () => {
  const told = new ToldOnce();
  const up = session({ negotiated });
  const down = session({ state: "Idle" });
  const now = (peer: PeerStatus) => told.fresh(refusals(peer, both), [peer]).length;
  assertEquals([now(up), now(up), now(down), now(up)], [1, 0, 0, 0]);
  // It was over, and is so again: that is news.
  const cured = session({ negotiated: { ...negotiated, families: [4, 6] } });
  assertEquals([now(cured), now(up)], [0, 1]);
  // Gone with its peer.
  assertEquals([told.fresh([], []).length, now(up)], [0, 1]);
});
