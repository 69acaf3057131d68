import { assert, assertEquals } from "@std/assert";
import type { PeerStatus } from "../../lib/bgp/mod.ts";
import { SteadyCounts } from "../../lib/manager/steady_counts.ts";
import { parseAddress } from "../../lib/net/mod.ts";

const address = parseAddress("10.0.0.1");
assert(address !== undefined);

const leaf: PeerStatus = {
  ...{ name: "leaf", address, peerAs: 64600, state: "Established", since: 0, flaps: 0 },
  ...{ peerCapabilities: [], prefixesSent: 0, pathsSent: 0, prefixesReceived: 0 },
  ...{ prefixesHeldBack: 0, messagesSent: {}, messagesReceived: {} },
};

Deno.test("counts of prefixes are told once a second, the newest of them in the end", () => {
  const counts = new SteadyCounts();
  const told = (prefixesSent: number, now: number, other: Partial<PeerStatus> = {}) => {
    const { sessions, wait } = counts.of([{ ...leaf, ...other, prefixesSent }], now);
    return [sessions[0]?.prefixesSent, wait];
  };
  assertEquals(told(0, 10_000), [0, undefined]);
  // The first change after a while is told at once.
  assertEquals(told(1, 12_000), [1, undefined]);
  assertEquals(told(2, 12_100), [1, 900]);
  assertEquals(told(3, 12_999), [1, 1]);
  assertEquals(told(3, 13_000), [3, undefined]);
  // What is the same again leaves nothing to wait for.
  assertEquals(told(4, 13_100), [3, 900]);
  assertEquals(told(3, 13_200), [3, undefined]);
});

Deno.test("all else that a session does is told at once, with the newest counts", () => {
  const counts = new SteadyCounts();
  const of = (session: PeerStatus, now: number) => counts.of([session], now);
  of(leaf, 0);
  of({ ...leaf, prefixesSent: 1 }, 2000);
  const changes: Partial<PeerStatus>[] = [
    { state: "Idle", lastError: "Hold Timer Expired" },
    { flaps: 1 },
    { peerCapabilities: ["route-refresh"] },
    { sessions: [{ ...leaf, name: "leaf@10.0.0.1" }] },
    { sessions: [{ ...leaf, name: "leaf@10.0.0.1", state: "Idle" }] },
  ];
  changes.forEach((change, index) => {
    const now = { ...leaf, ...change, prefixesSent: 2 + index };
    assertEquals(of(now, 2100 + index), { sessions: [now], wait: undefined });
  });
  // Sessions that are gone are not told of.
  assertEquals(counts.of([], 2200), { sessions: [], wait: undefined });
});

Deno.test("counts within a range are steady as those of a single peer", () => {
  const counts = new SteadyCounts();
  const range = (prefixesSent: number): PeerStatus => ({
    ...leaf,
    sessions: [{ ...leaf, name: "leaf@10.0.0.1", prefixesSent }],
  });
  const told = (prefixesSent: number, now: number) =>
    counts.of([range(prefixesSent)], now).sessions[0]?.sessions?.[0]?.prefixesSent;
  assertEquals([told(1, 0), told(2, 100), told(3, 1000)], [1, 1, 3]);
});
