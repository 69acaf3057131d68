import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { formatPrefix } from "../../../lib/net/mod.ts";
import { settle } from "../../support/fake_clock.ts";
import { Bench, local, peerAt, routes, talkerOpen } from "./bench.ts";

const leaf = peerAt(1);

async function established(change = {}, open = {}) {
  const bench = new Bench();
  const peer = { ...leaf, ...change };
  const incoming = bench.listen(peer);
  await bench.start(peer);
  const talker = await incoming.establish(open);
  assertEquals(bench.state(peer.name), "Established");
  return { bench, incoming, talker, peer };
}

Deno.test("a session comes up and the peer is told the whole table, then End-of-RIB", async () => {
  const bench = new Bench();
  const incoming = bench.listen(leaf);
  bench.speaker.setRoutes(routes(2, 3));
  await bench.start(leaf);
  const talker = await incoming.establish();
  const updates = await talker.table();
  const said = updates.flatMap((it) => it.nlri.map((n) => formatPrefix(n.prefix)));
  assertEquals(said.length, 6);
  assertEquals(new Set(said), new Set(["203.0.0.0/32", "203.0.0.1/32"]));
  const [status] = bench.speaker.peers();
  assertEquals(status?.prefixesSent, 2);
  assertEquals(status?.pathsSent, 6);
  assertEquals(status?.negotiated?.addPathSend, [4]);
  assert(status?.peerCapabilities.includes("add-path ipv4-unicast receive"));
  assertEquals(bench.logged("session.established").length, 1);
  assert(bench.changes > 0);
});

Deno.test("a route that changes is said again, one that goes is withdrawn", async () => {
  const { bench, talker } = await established();
  bench.speaker.setRoutes(routes(2));
  await talker.told(2);
  bench.speaker.setRoutes(routes(1));
  const message = await talker.hear();
  assert(message?.type === "update");
  assertEquals(message.withdrawn.map((it) => formatPrefix(it.prefix)), ["203.0.0.1/32"]);
});

Deno.test("the hold timer expires when the peer falls silent, with NOTIFICATION 4/0", async () => {
  const { bench, talker } = await established();
  await bench.clock.advance(89_999);
  assertEquals(bench.state("leaf-1"), "Established");
  await bench.clock.advance(1);
  assertEquals(bench.state("leaf-1"), "Idle");
  assertEquals(await talker.farewell(), "4/0");
  const [ended] = bench.logged("session.ended");
  assertStringIncludes(String(ended?.fields["reason"]), "hold timer expired");
  assertEquals(bench.speaker.peers()[0]?.flaps, 1);
});

Deno.test("a peer that keeps saying KEEPALIVE is kept, and gets KEEPALIVEs itself", async () => {
  const { bench, talker } = await established();
  for (let i = 0; i < 20; i++) {
    await bench.clock.advance(30_000);
    await talker.say({ type: "keepalive" });
  }
  assertEquals(bench.state("leaf-1"), "Established");
  // One in OpenConfirm, then 600 s at 26.25 s each.
  assertEquals(bench.speaker.peers()[0]?.messagesSent["keepalive"], 23);
});

Deno.test("KEEPALIVEs come as often as configured, and at least three in a hold time", async () => {
  for (const [holdTime, every] of [[90, 8.75], [15, 4.375]] as const) {
    const { bench, talker } = await established({ keepaliveTime: 10 }, { holdTime });
    for (let at = 0; at < 92_000; at += 2000) {
      await bench.clock.advance(2000);
      await talker.say({ type: "keepalive" });
    }
    // One in OpenConfirm; then every 10 s or, as a third of the hold time is less, 5 s, jittered.
    const sent = bench.speaker.peers()[0]?.messagesSent["keepalive"];
    assertEquals(sent, 1 + Math.floor(92 / every));
  }
});

Deno.test("a peer with a local AS of its own hears of no other", async () => {
  const bench = new Bench();
  const incoming = bench.listen({ ...leaf, localAs: 64777 });
  bench.speaker.setRoutes(routes(1));
  await bench.start({ ...leaf, localAs: 64777 });
  const talker = await incoming.accept();
  const open = await talker.establish(leaf);
  assertEquals(open.as, 64777);
  assertEquals(open.capabilities.find((it) => it.kind === "as4"), { kind: "as4", as: 64777 });
  const [update] = await talker.told(1);
  assertEquals(update?.attributes.find((it) => it.kind === "as-path"), {
    kind: "as-path",
    segments: [{ kind: "sequence", as: [64777] }],
  });
});

Deno.test("a peer whose local AS is its own AS is internal", async () => {
  const { bench } = await established({ localAs: 64513 });
  assertEquals(bench.speaker.peers()[0]?.negotiated?.internal, true);
});

Deno.test("with a hold time of 0 nothing ever expires", async () => {
  const { bench } = await established({}, { holdTime: 0 });
  await bench.clock.advance(10_000_000);
  assertEquals(bench.state("leaf-1"), "Established");
});

Deno.test("a peer that says nothing is left after four minutes", async () => {
  const bench = new Bench();
  const incoming = bench.listen(leaf);
  await bench.start(leaf);
  const talker = await incoming.accept();
  await bench.clock.advance(239_999);
  assertEquals(bench.state("leaf-1"), "OpenSent");
  await bench.clock.advance(1);
  assertEquals(await talker.farewell(), "4/0");
  assertEquals(bench.state("leaf-1"), "Idle");
  assertStringIncludes(bench.speaker.peers()[0]?.lastError ?? "", "no OPEN came in time");
});

const badOpens = [
  ["the wrong AS", "2/2", { as: 65000, capabilities: [] }, "AS 65000"],
  ["our own identifier in our own AS", "2/3", { bgpId: local.routerId }, "router id"],
  ["a hold time of 1", "2/6", { holdTime: 1 }, "hold time"],
  ["a hold time of 2", "2/6", { holdTime: 2 }, "hold time"],
] as const;
for (const [what, error, open, word] of badOpens) {
  Deno.test(`a peer with ${what} gets ${error}, named in log and status`, async () => {
    const bench = new Bench();
    const own = error === "2/3" ? { peerAs: local.as } : {};
    const peer = { ...leaf, ...own };
    const incoming = bench.listen(peer);
    await bench.start(peer);
    const talker = await incoming.accept();
    await talker.say(talkerOpen(peer, open));
    assertEquals(await talker.farewell(), error);
    assertStringIncludes(bench.speaker.peers()[0]?.lastError ?? "", word);
    assertStringIncludes(String(bench.logged("session.ended")[0]?.fields["reason"]), word);
  });
}

Deno.test("what the peer's NOTIFICATION says is told in words", async () => {
  const { bench, talker } = await established();
  await talker.say({ type: "notification", code: 6, subcode: 4, data: new Uint8Array() });
  const { lastError } = bench.speaker.peers()[0] ?? {};
  assertEquals(lastError, "the peer sent Cease/Administrative Reset");
  assertEquals(bench.state("leaf-1"), "Idle");
});

Deno.test("the back-off grows with every failure and a changed configuration cancels it", async () => {
  const bench = new Bench();
  const incoming = bench.listen(leaf);
  await bench.start(leaf);
  const waits: number[] = [];
  for (let i = 0; i < 5; i++) {
    const talker = await incoming.accept();
    await talker.say({ type: "notification", code: 2, subcode: 2, data: new Uint8Array() });
    const ended = bench.clock.monotonic();
    assertEquals(bench.state("leaf-1"), "Idle");
    while (bench.state("leaf-1") === "Idle") await bench.clock.advance(125);
    waits.push(bench.clock.monotonic() - ended);
  }
  assertEquals(waits, [875, 1750, 3500, 7000, 14000]);
  const talker = await incoming.accept();
  await talker.say({ type: "notification", code: 2, subcode: 2, data: new Uint8Array() });
  assertEquals(bench.state("leaf-1"), "Idle");
  bench.speaker.setPeers([{ ...leaf, holdTime: 30 }]);
  assert(bench.state("leaf-1") !== "Idle");
  await (await incoming.accept()).establish(leaf);
  assertEquals(bench.state("leaf-1"), "Established");
});

Deno.test("a passive peer waits, and takes the peer's connection", async () => {
  const bench = new Bench();
  const peer = { ...leaf, passive: true };
  await bench.start(peer);
  await bench.clock.advance(600_000);
  assertEquals(bench.network.attempts.size, 0);
  assertEquals(bench.state("leaf-1"), "Active");
  const talker = await bench.connect(peerAt(1).address as typeof local.routerId);
  await talker.establish(peer);
  assertEquals(bench.state("leaf-1"), "Established");
});

Deno.test("a peer that is not there is tried again, and its status says why", async () => {
  const bench = new Bench();
  await bench.start(leaf);
  assertEquals(bench.state("leaf-1"), "Active");
  assertStringIncludes(bench.speaker.peers()[0]?.lastError ?? "", "connection refused");
  await bench.clock.advance(60_000);
  const attempts = bench.network.attempts.get("10.0.1.1:179") ?? 0;
  assert(attempts >= 7 && attempts <= 10, `${attempts} attempts in a minute`);
  // The log is not filled by it.
  assertEquals(bench.logged("session.unreachable").length, 1);
  const incoming = bench.listen(leaf);
  const coming = incoming.establish();
  await bench.clock.advance(10_000);
  await coming;
  assertEquals(bench.state("leaf-1"), "Established");
});

Deno.test("a peer that closes before its OPEN is tried again soon, and the status says what to look at", async () => {
  const bench = new Bench();
  const incoming = bench.listen(leaf);
  await bench.start(leaf);
  (await incoming.accept()).connection.close();
  await settle();
  assertEquals(bench.state("leaf-1"), "Active");
  assertStringIncludes(bench.speaker.peers()[0]?.lastError ?? "", "as a neighbour");
  await bench.clock.advance(1000);
  await incoming.establish();
  assertEquals(bench.state("leaf-1"), "Established");
});

Deno.test("an attempt that nobody answers is given up and made again", async () => {
  const bench = new Bench();
  bench.network.blackHoles.add("10.0.1.1");
  await bench.start(leaf);
  await bench.clock.advance(30_000);
  assertEquals(bench.state("leaf-1"), "Connect");
  assertEquals(bench.network.attempts.get("10.0.1.1:179"), 4);
});

Deno.test("ROUTE-REFRESH is answered by the whole table", async () => {
  const { bench, talker } = await established();
  bench.speaker.setRoutes(routes(3));
  await talker.told(3);
  await talker.say({ type: "route-refresh", afi: 1, safi: 1, subtype: 0 });
  const message = await talker.hear();
  assert(message?.type === "update");
  assertEquals(message.nlri.length, 3);
});

Deno.test("received routes are counted and shown, never told to others", async () => {
  const bench = new Bench();
  const [one, two] = [peerAt(1), peerAt(2)];
  const incoming = [bench.listen(one), bench.listen(two)];
  await bench.start(one, two);
  const first = await incoming[0]?.establish();
  const second = await incoming[1]?.establish();
  assert(first !== undefined && second !== undefined);
  const [route] = routes(1);
  assert(route !== undefined);
  await second.table();
  await first.say({
    type: "update",
    withdrawn: [],
    attributes: [
      { kind: "origin", origin: "igp" },
      { kind: "as-path", segments: [{ kind: "sequence", as: [64513] }] },
      { kind: "next-hop", address: local.routerId },
    ],
    nlri: [{ prefix: route.prefix }],
  });
  assertEquals(bench.speaker.peers().map((it) => it.prefixesReceived), [1, 0]);
  assertEquals(bench.speaker.received("leaf-1", 10)[0]?.asPath, "64513");
  assertEquals(bench.speaker.received("leaf-2", 10), []);
  assertEquals(bench.speaker.peers()[1]?.messagesSent["update"], 2);
});

Deno.test("a fault that RFC 7606 survives is counted and logged once a minute", async () => {
  const { bench, talker } = await established();
  for (let i = 0; i < 5; i++) {
    // ORIGIN 9 does not exist: treated as withdrawn.
    await talker.raw(Uint8Array.from([
      ...new Array<number>(16).fill(255),
      0,
      32,
      2, // header
      0,
      0,
      0,
      4,
      0x40,
      1,
      1,
      9, // nothing withdrawn; ORIGIN
      32,
      203,
      0,
      0,
      1,
    ]));
  }
  assertEquals(bench.state("leaf-1"), "Established");
  assertEquals((bench.speaker.peers()[0]?.faultsSurvived ?? 0) >= 5, true);
  assertEquals(bench.logged("update.malformed").length, 1);
});

Deno.test("close says Cease with the text and waits until it is written", async () => {
  const { bench, talker } = await established();
  const closing = bench.speaker.close("back at nine");
  const message = await talker.notification();
  assert(message !== undefined);
  assertEquals([message.code, message.subcode], [6, 2]);
  assertEquals(new TextDecoder().decode(message.data.subarray(1)), "back at nine");
  talker.connection.close();
  await closing;
  assertEquals(bench.speaker.status(), { connectionsRefused: 0 });
  bench.speaker.configure(local);
  await settle();
  assertEquals(bench.state("leaf-1"), "Idle");
});

Deno.test("close does not wait for a peer that never closes", async () => {
  const { bench } = await established();
  const closing = bench.speaker.close();
  await bench.clock.advance(1000);
  await closing;
});

Deno.test("a peer that BFD has lost is left at once with Cease/10, and called again when it is back", async () => {
  const { bench, incoming, talker } = await established();
  bench.speaker.setUnreachable(new Set(["leaf-1"]));
  assertEquals(bench.state("leaf-1"), "Idle");
  assertEquals(await talker.farewell(), "6/10");
  assertStringIncludes(bench.speaker.peers()[0]?.lastError ?? "", "BFD");
  // Whatever else changes, nobody calls it.
  bench.speaker.setPeers([{ ...leaf, holdTime: 30 }]);
  bench.speaker.configure({ ...local, routerId: leaf.address as typeof local.routerId });
  await bench.clock.advance(300_000);
  assertEquals(bench.state("leaf-1"), "Idle");
  bench.speaker.setUnreachable(new Set());
  await bench.clock.advance(1000);
  await incoming.establish();
  assertEquals(bench.state("leaf-1"), "Established");
});

Deno.test("a peer that is added while BFD has lost it waits, and others are not touched", async () => {
  const { bench } = await established();
  const other = peerAt(2);
  bench.speaker.setUnreachable(new Set([other.name]));
  bench.speaker.setPeers([leaf, other]);
  await bench.clock.advance(10_000);
  assertEquals([bench.state(leaf.name), bench.state(other.name)], ["Established", "Idle"]);
});
