import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { type Ipv4, ipv4 } from "../../../lib/net/mod.ts";
import { settle } from "../../support/fake_clock.ts";
import { Bench, peerAt, routes, type Talker, talkerOpen } from "./bench.ts";

const good = peerAt(1);
const bad = peerAt(2, { passive: true });
const badAddress = bad.address as Ipv4;

/** A speaker with one good session and one peer that is about to misbehave. */
async function besideGoodSession() {
  const bench = new Bench();
  const incoming = bench.listen(good);
  await bench.start(good, bad);
  const talker = await incoming.establish();
  return { bench, talker };
}

const header = (length: number, type: number): Uint8Array =>
  Uint8Array.from([...new Array<number>(16).fill(255), length >> 8, length & 255, type]);

const nonsense: readonly [string, Uint8Array, string][] = [
  ["text", new TextEncoder().encode("GET / HTTP/1.1\r\nHost: porter\r\n\r\n"), "1/1"],
  ["a message too long", header(4097, 2), "1/2"],
  ["a message too short", header(18, 4), "1/2"],
  ["a type that does not exist", header(19, 9), "1/3"],
  ["a KEEPALIVE in place of the OPEN", header(19, 4), "5/1"],
];
for (const [what, bytes, error] of nonsense) {
  Deno.test(`${what} is answered by ${error}, named in the log, and hurts no other session`, async () => {
    const { bench } = await besideGoodSession();
    const talker = await bench.connect(badAddress);
    await talker.raw(bytes);
    assertEquals(await talker.farewell(), error);
    const [ended] = bench.logged("session.ended");
    assertEquals(ended?.fields["peer"], "leaf-2");
    assert(String(ended?.fields["reason"]).length > 10);
    assertEquals(bench.state("leaf-1"), "Established");
  });
}

Deno.test("an unknown address gets Cease/5, is counted, and logged once a minute", async () => {
  const { bench } = await besideGoodSession();
  for (let i = 0; i < 50; i++) {
    const talker = await bench.connect(ipv4(0xc6336400 + i));
    assertEquals(await talker.farewell(), "6/5");
  }
  assertEquals(bench.speaker.status().connectionsRefused, 50);
  assertEquals(bench.logged("connection.refused").length, 1);
  await bench.clock.advance(60_000);
  await bench.connect(ipv4(0xc6336400));
  const refusals = bench.logged("connection.refused");
  assertEquals(refusals.length, 2);
  assertEquals(refusals[1]?.fields["repeated"], 49);
});

Deno.test("of a flood of connections a bounded number is held, each for a second at most", async () => {
  const { bench } = await besideGoodSession();
  const flood: Talker[] = [];
  for (let i = 0; i < 300; i++) flood.push(await bench.connect(ipv4(0xc6336400 + i % 3)));
  const isClosed = async (talker: Talker): Promise<boolean> => {
    try {
      await talker.raw(Uint8Array.of(1));
      return false;
    } catch {
      return true;
    }
  };
  let open = 0;
  for (const talker of flood) if (!await isClosed(talker)) open++;
  assert(open <= 64, `${open} connections are open`);
  await bench.clock.advance(1000);
  for (const talker of flood) assert(await isClosed(talker));
  assertEquals(bench.state("leaf-1"), "Established");
});

Deno.test("a peer that connects again and again has one connection", async () => {
  const { bench } = await besideGoodSession();
  const first = await bench.connect(badAddress);
  const second = await bench.connect(badAddress);
  assertEquals(await first.farewell(), "6/7");
  await second.say(talkerOpen(bad));
  const third = await bench.connect(badAddress);
  assertEquals(await third.farewell(), "6/7");
  assertEquals(bench.state("leaf-2"), "OpenConfirm");
  assertEquals(bench.speaker.status().connectionsRefused, 1);
});

Deno.test("a peer that connects again and again fills no log and is not called failed", async () => {
  const { bench } = await besideGoodSession();
  for (let i = 0; i < 20; i++) await bench.connect(badAddress);
  assertEquals(bench.logged("session.ended"), []);
  assertEquals(bench.logged("connection.ended").length, 19);
  const status = bench.speaker.peers().find((peer) => peer.name === "leaf-2");
  assertEquals([status?.state, status?.lastError], ["OpenSent", undefined]);
});

Deno.test("ROUTE-REFRESH asked for many times at once is answered once", async () => {
  const { bench } = await besideGoodSession();
  bench.speaker.setRoutes(routes(3));
  const talker = await bench.connect(badAddress);
  await talker.establish(bad);
  await settle();
  const before = bench.speaker.peers()[1]?.messagesSent["update"] ?? 0;
  const request = Uint8Array.from([...header(23, 5), 0, 1, 0, 1]);
  const flood = new Uint8Array(23 * 500);
  for (let at = 0; at < flood.length; at += 23) flood.set(request, at);
  await talker.raw(flood);
  await settle();
  assertEquals(bench.speaker.peers()[1]?.messagesReceived["route-refresh"], 500);
  assertEquals((bench.speaker.peers()[1]?.messagesSent["update"] ?? 0) - before, 1);
});

Deno.test("a peer that floods messages is read one chunk at a time", async () => {
  const { bench } = await besideGoodSession();
  const talker = await bench.connect(badAddress);
  await talker.establish(bad);
  const keepalives = new Uint8Array(19 * 3000);
  for (let at = 0; at < keepalives.length; at += 19) keepalives.set(header(19, 4), at);
  for (let i = 0; i < 20; i++) await talker.raw(keepalives);
  assertEquals(bench.state("leaf-2"), "Established");
  assertEquals(bench.speaker.peers()[1]?.messagesReceived["keepalive"], 60_001);
});

Deno.test("a peer that reads nothing slows nobody, and is left when its hold time is over", async () => {
  const bench = new Bench();
  const peers = [peerAt(1), peerAt(2)];
  const incoming = peers.map((peer) => bench.listen(peer));
  await bench.start(...peers);
  const stuck = await incoming[0]?.establish();
  const quick = await incoming[1]?.establish();
  assert(stuck !== undefined && quick !== undefined);
  bench.speaker.setRoutes(routes(100_000, 1));
  await quick.told(100_000);
  assertEquals(bench.speaker.peers()[1]?.prefixesSent, 100_000);
  const held = bench.speaker.peers()[0]?.messagesSent["update"] ?? 0;
  assert(held < 120, `${held} UPDATEs were queued for who reads none`);
  // It keeps talking, so its hold timer never expires; ours for sending does.
  for (let second = 0; second < 90; second += 10) {
    await bench.clock.advance(10_000);
    if (bench.state("leaf-1") === "Established") await stuck.say({ type: "keepalive" });
    await quick.say({ type: "keepalive" });
  }
  assertEquals(bench.state("leaf-2"), "Established");
  assert(bench.state("leaf-1") !== "Established");
  assertStringIncludes(bench.speaker.peers()[0]?.lastError ?? "", "read nothing");
});

Deno.test("a slow reader finds the last word only: what changed in between is coalesced", async () => {
  const bench = new Bench();
  const peer = peerAt(1);
  const incoming = bench.listen(peer);
  await bench.start(peer);
  const talker = await incoming.establish();
  for (let round = 1; round <= 40; round++) {
    bench.speaker.setRoutes(routes(20_000, 1 + round % 2));
    await settle();
  }
  bench.speaker.setRoutes(routes(20_000, 3));
  let prefixes = 0;
  while (bench.speaker.peers()[0]?.pathsSent !== 60_000) {
    const message = await talker.hear();
    if (message?.type === "update") prefixes += message.nlri.length;
  }
  // Each of 41 rounds told to the end would be 1,220,000.
  assert(prefixes < 300_000, `${prefixes} prefixes were said`);
});

Deno.test("KEEPALIVE overtakes the routes that wait", async () => {
  const bench = new Bench();
  const peer = peerAt(1);
  const incoming = bench.listen(peer);
  await bench.start(peer);
  const talker = await incoming.establish();
  bench.speaker.setRoutes(routes(200_000, 1));
  await settle();
  await bench.clock.advance(27_000);
  const messages: string[] = [];
  while (messages.at(-1) !== "keepalive") messages.push((await talker.hear())?.type ?? "end");
  const updates = messages.filter((it) => it === "update").length;
  assert(updates < 200_000 / 800 / 2, `${updates} UPDATEs came before it`);
});
