import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { ipv4 } from "../../../lib/net/mod.ts";
import { Secret } from "../../../lib/secret/mod.ts";
import type { PeerConfig } from "../../../lib/bgp/model/mod.ts";
import { peerConsequences, speakerConsequences } from "../../../lib/bgp/speaker/consequences.ts";
import { settle } from "../../support/fake_clock.ts";
import { Bench, local, peerAt, routes, type Talker } from "./bench.ts";

/** A speaker with sessions to three peers. */
async function threeSessions() {
  const bench = new Bench();
  const peers = [peerAt(1), peerAt(2), peerAt(3)];
  const incoming = peers.map((peer) => bench.listen(peer));
  await bench.start(...peers);
  const talkers: Talker[] = [];
  for (const each of incoming) talkers.push(await each.establish());
  assertEquals(bench.speaker.peers().map((it) => it.state), Array(3).fill("Established"));
  return { bench, peers, incoming, talkers };
}

const fresh = (peers: readonly PeerConfig[]): PeerConfig[] =>
  structuredClone(peers as PeerConfig[]);

Deno.test("equal peers and configuration said a hundred times change nothing", async () => {
  // Porter of 2020 compared a defaulted configuration with a bare one, so that the session flapped
  // every minute.
  const { bench, peers } = await threeSessions();
  const before = { transitions: bench.transitions, entries: bench.entries.length };
  for (let i = 0; i < 100; i++) {
    bench.speaker.setPeers(fresh(peers));
    bench.speaker.configure(structuredClone(local));
  }
  await settle();
  assertEquals(bench.transitions, before.transitions);
  assertEquals(bench.entries.length, before.entries);
});

Deno.test("a thousand routes more cause no transition of any session", async () => {
  const { bench, talkers } = await threeSessions();
  const before = bench.transitions;
  bench.speaker.setRoutes(routes(1000));
  for (const talker of talkers) await talker.told(1000);
  bench.speaker.setRoutes(routes(1000, 2));
  for (const talker of talkers) await talker.told(1000);
  assertEquals(bench.transitions, before);
  assertEquals(bench.speaker.peers().map((it) => it.pathsSent), [2000, 2000, 2000]);
});

Deno.test("what a cap holds back is told, also when it is found out after a write", async () => {
  const bench = new Bench();
  const peer = peerAt(1, { maxPrefixesOut: 1 });
  const incoming = bench.listen(peer);
  await bench.start(peer);
  const talker = await incoming.establish();
  await talker.table();
  const heldBack = (): number | undefined => bench.speaker.peers()[0]?.prefixesHeldBack;
  let told: number | undefined;
  bench.onChange = () => told = heldBack();
  bench.speaker.setRoutes(routes(1));
  // The first one is being written.
  bench.speaker.setRoutes(routes(2));
  await settle();
  assertEquals([heldBack(), told], [1, 1]);
});

Deno.test("onTold() is called once for each peer that took a change, with when it was heard", async () => {
  const { bench, talkers } = await threeSessions();
  bench.speaker.setRoutes(routes(2), { since: 1000 });
  for (const talker of talkers) await talker.told(2);
  await settle();
  assertEquals(bench.told, [1000, 1000, 1000]);
  // The same again is no change, and a change that nobody waits for is not measured.
  bench.speaker.setRoutes(routes(2), { since: 2000 });
  bench.speaker.setRoutes(routes(1));
  await settle();
  assertEquals(bench.told.length, 3);
  // Of two changes before the peer reads, the older one counts.
  bench.speaker.setRoutes(routes(3), { since: 3000 });
  bench.speaker.setRoutes(routes(4), { since: 4000 });
  for (const talker of talkers) await talker.told(3);
  await settle();
  assertEquals(bench.told.slice(3), [3000, 3000, 3000]);
});

/** A value other than that of `peerAt`, for every field. */
const others: {
  readonly [F in Exclude<keyof typeof peerConsequences, "listenRange" | "range">]: Partial<
    PeerConfig
  >;
} = {
  address: { address: ipv4(0x0a000163) },
  port: { port: 1790 },
  peerAs: { peerAs: 64514 },
  localAs: { localAs: 64599 },
  passive: { passive: true },
  localAddress: { localAddress: ipv4(0x0a000003) },
  interface: { interface: "eth1" },
  password: { password: new Secret("other") },
  ttlSecurity: { ttlSecurity: 1 },
  ebgpMultiHop: { ebgpMultiHop: 2 },
  families: { families: [4] },
  addPathSendMax: { addPathSendMax: 2 },
  nextHop: { nextHop: "self" },
  holdTime: { holdTime: 30 },
  keepaliveTime: { keepaliveTime: 7 },
  connectRetryTime: { connectRetryTime: 3 },
  idleHoldTime: { idleHoldTime: 2 },
  idleHoldTimeMax: { idleHoldTimeMax: 30 },
  maxPrefixesOut: { maxPrefixesOut: 10 },
  attributes: { attributes: { med: 5 } },
  restartTime: { restartTime: 30 },
};

Deno.test("a changed field of a peer resets that session alone, or none, as the table says", async () => {
  let rows = 0;
  const cases = [...Object.entries(others), ["addPathSendMax", { addPathSendMax: 0 }] as const];
  for (const [field, change] of cases) {
    const { bench, peers, talkers } = await threeSessions();
    const [one, two, three] = peers;
    assert(one !== undefined && two !== undefined && three !== undefined);
    bench.speaker.setPeers([one, { ...two, ...change }, three]);
    await settle();
    const row = peerConsequences[field as keyof typeof peerConsequences];
    // Without ADD-PATH there is nothing to agree on anew; with it, how many paths is our own affair.
    const resets = typeof row === "function"
      ? change.addPathSendMax === 0
      : row === "reset" || row === "renegotiate";
    assertEquals(bench.state("leaf-1"), "Established");
    assertEquals(bench.state("leaf-3"), "Established");
    assertEquals(bench.state("leaf-2") === "Established", !resets, field);
    assertEquals(bench.logged("session.ended").length, resets ? 1 : 0);
    assertEquals(bench.logged("peer.changed")[0]?.fields["fields"], [field]);
    if (resets) {
      assertEquals(await talkers[1]?.farewell(), "6/6");
      assertStringIncludes(String(bench.logged("session.ended")[0]?.fields["reason"]), field);
    }
    rows++;
  }
  assertEquals(rows, 22);
});

Deno.test("another password is another configuration, and the same one is not", async () => {
  const { bench, peers } = await threeSessions();
  const [one, two, three] = peers;
  assert(one !== undefined && two !== undefined && three !== undefined);
  const say = async (text: string) => {
    bench.speaker.setPeers([one, { ...two, password: new Secret(text) }, three]);
    await settle();
  };
  await say("first");
  await say("first");
  assertEquals(bench.logged("peer.changed").length, 1);
  await say("second");
  assertEquals(bench.logged("peer.changed").length, 2);
  assertEquals(JSON.stringify(bench.entries).match(/first|second/), null);
});

Deno.test("the AS or router id of the speaker resets all sessions, which come back in a moment", async () => {
  let rows = 0;
  for (const change of [{ as: 64599 }, { routerId: ipv4(0x0a0000aa) }]) {
    const [field] = Object.keys(change);
    const { bench, incoming, talkers } = await threeSessions();
    bench.speaker.setRoutes(routes(5));
    bench.speaker.configure({ ...local, ...change });
    await settle();
    for (const talker of talkers) assertEquals(await talker.farewell(), "6/6");
    const ended = bench.logged("session.ended");
    assertEquals(ended.length, 3);
    for (const entry of ended) assertStringIncludes(String(entry.fields["reason"]), `${field}`);
    // The peers are left alone for a moment, and no idle hold stands in the way.
    assertEquals(bench.speaker.peers().map((peer) => peer.state), ["Active", "Active", "Active"]);
    await bench.clock.advance(200);
    for (const each of incoming) await (await each.establish()).told(5);
    assertEquals(bench.clock.monotonic(), 200);
    rows++;
  }
  assertEquals(rows, 2);
});

Deno.test("another port only listens anew", async () => {
  const { bench } = await threeSessions();
  const before = bench.transitions;
  bench.speaker.configure({ ...local, listen: { port: 17900 } });
  await settle();
  assertEquals(bench.transitions, before);
  assertEquals(bench.speaker.status(), { listening: { port: 17900 }, connectionsRefused: 0 });
  assertEquals(speakerConsequences.listen, "listen");
  bench.speaker.configure({ as: local.as, routerId: local.routerId });
  assertEquals(bench.speaker.status(), { connectionsRefused: 0 });
  assertEquals(bench.transitions, before);
});

Deno.test("a removed peer gets Cease/3 and nobody else notices", async () => {
  const { bench, peers, talkers } = await threeSessions();
  bench.speaker.setPeers(peers.slice(0, 2));
  assertEquals(await talkers[2]?.farewell(), "6/3");
  assertEquals(bench.speaker.peers().map((it) => it.state), ["Established", "Established"]);
  assertEquals(bench.logged("peer.removed").map((it) => it.fields["peer"]), ["leaf-3"]);
});

Deno.test("without a configuration every session ends with Cease/2 and none begins", async () => {
  const { bench, talkers } = await threeSessions();
  bench.speaker.configure(undefined);
  for (const talker of talkers) assertEquals(await talker.farewell(), "6/2");
  await bench.clock.advance(600_000);
  assertEquals(bench.speaker.peers().map((it) => it.state), ["Idle", "Idle", "Idle"]);
  assertEquals(bench.network.attempts.get("10.0.1.1:179"), 1);
});

Deno.test("peers and routes may come before the configuration", async () => {
  const bench = new Bench();
  const incoming = bench.listen(peerAt(1));
  bench.speaker.setRoutes(routes(4));
  bench.speaker.setPeers([peerAt(1)]);
  await bench.clock.advance(60_000);
  assertEquals(bench.state("leaf-1"), "Idle");
  assertEquals(bench.network.attempts.size, 0);
  bench.speaker.configure(local);
  await (await incoming.establish()).told(4);
});

Deno.test("a port that cannot be had is told, tried again, and keeps no session from coming up", async () => {
  const bench = new Bench();
  bench.network.takenPorts.add(179);
  const leaf = peerAt(1, { port: 1790 });
  const incoming = bench.listen(leaf);
  await bench.start(leaf);
  await incoming.establish();
  assertStringIncludes(bench.speaker.status().listenError ?? "", "port 179");
  await bench.clock.advance(300_000);
  assertEquals(bench.logged("listener.failed").length, 1);
  bench.network.takenPorts.delete(179);
  await bench.clock.advance(60_000);
  assertEquals(bench.speaker.status(), { listening: { port: 179 }, connectionsRefused: 0 });
});

Deno.test("a status shows everything about a session that is up", async () => {
  const { bench } = await threeSessions();
  const [status] = bench.speaker.peers();
  assertEquals(status?.negotiated?.holdTime, 90);
  assertEquals(status?.negotiated?.families, [4, 6]);
  assertEquals(status?.since, bench.clock.now());
  assertEquals(status?.lastError, undefined);
  assertEquals(status?.messagesReceived["open"], 1);
});
