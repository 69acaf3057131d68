import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { collisionMs } from "../../../lib/bgp/fsm/mod.ts";
import { type Ipv4, ipv4 } from "../../../lib/net/mod.ts";
import type { Capability, Open } from "../../../lib/bgp/wire/mod.ts";
import { settle } from "../../support/fake_clock.ts";
import { Bench, type Incoming, peerAt, routes, type Talker, talkerOpen } from "./bench.ts";

const leaf = peerAt(1);

/** The OPEN of a leaf that keeps routes of a speaker that restarts, after a NOTIFICATION too or not. */
function helper(notification = false) {
  const restart: Capability = {
    kind: "graceful-restart",
    restarting: false,
    notification,
    restartTime: 90,
    families: [],
  };
  return { capabilities: [...talkerOpen(leaf).capabilities, restart] };
}

/** What the speaker's next OPEN says of a restart; brings its session up. */
async function restartBit(incoming: Incoming): Promise<{ talker: Talker; restarting: boolean }> {
  const talker = await incoming.accept();
  const open = await talker.establish(incoming.config, helper());
  const [capability] = open.capabilities.filter((it) => it.kind === "graceful-restart");
  assert(capability?.kind === "graceful-restart");
  return { talker, restarting: capability.restarting };
}

Deno.test("the first OPEN to a peer says that we restarted, the next ones do not", async () => {
  const bench = new Bench();
  const incoming = bench.listen(leaf);
  await bench.start(leaf);
  const first = await restartBit(incoming);
  assertEquals(first.restarting, true);
  first.talker.connection.close();
  await settle();
  await bench.clock.advance(1000);
  assertEquals((await restartBit(incoming)).restarting, false);
});

Deno.test("a peer that is met after the restart time is not told of a restart", async () => {
  const bench = new Bench();
  await bench.start();
  await bench.clock.advance(120_000);
  const incoming = bench.listen(leaf);
  bench.speaker.setPeers([leaf]);
  assertEquals((await restartBit(incoming)).restarting, false);
});

/** How many End-of-RIB of IPv4 are among what the peer is told next, up to a KEEPALIVE. */
async function endsOfRib(bench: Bench, talker: Talker): Promise<{ ends: number; paths: number }> {
  const counted = { ends: 0, paths: 0 };
  await bench.clock.advance(30_000);
  while (true) {
    const message = await talker.hear();
    assert(message !== undefined, "the speaker closed");
    if (message.type === "keepalive") return counted;
    if (message.type !== "update") continue;
    counted.paths += message.nlri.length;
    const parts = message.nlri.length + message.withdrawn.length + message.attributes.length;
    if (parts === 0) counted.ends++;
  }
}

Deno.test("End-of-RIB waits until all routes were said, and comes once", async () => {
  const bench = new Bench(undefined, "unsaid");
  const incoming = bench.listen(leaf);
  await bench.start(leaf);
  const talker = await incoming.establish(helper());
  assertEquals(await endsOfRib(bench, talker), { ends: 0, paths: 0 });
  await talker.say({ type: "keepalive" });
  bench.speaker.setRoutes(routes(3), { more: true });
  assertEquals(await endsOfRib(bench, talker), { ends: 0, paths: 3 });
  await talker.say({ type: "keepalive" });
  bench.speaker.setRoutes(routes(4));
  assertEquals(await endsOfRib(bench, talker), { ends: 1, paths: 1 });
  await talker.say({ type: "keepalive" });
  bench.speaker.setRoutes(routes(5), { more: true });
  assertEquals(await endsOfRib(bench, talker), { ends: 0, paths: 1 });
});

Deno.test("End-of-RIB also comes when the last word changes no route", async () => {
  const bench = new Bench(undefined, "unsaid");
  const incoming = bench.listen(leaf);
  bench.speaker.setRoutes(routes(3), { more: true });
  await bench.start(leaf);
  const talker = await incoming.establish(helper());
  await talker.told(3);
  bench.speaker.setRoutes(routes(3));
  assertEquals(await endsOfRib(bench, talker), { ends: 1, paths: 0 });
});

const partings = [
  { peer: "plain", keepRoutes: true, says: "closed without a word" },
  { peer: "plain", keepRoutes: false, says: "6/2" },
  { peer: "notification", keepRoutes: true, says: "6/2" },
  { peer: "notification", keepRoutes: false, says: "6/9" },
] as const;

for (const { peer, keepRoutes, says } of partings) {
  Deno.test(`close, routes ${keepRoutes ? "kept" : "dropped"}, ${peer} restart: ${says}`, async () => {
    const bench = new Bench();
    const incoming = bench.listen(leaf);
    await bench.start(leaf);
    const talker = await incoming.establish(helper(peer === "notification"));
    const closing = bench.speaker.close("upgrade", { keepRoutes });
    assertEquals(await talker.farewell(), says);
    await closing;
    const [ended] = bench.logged("session.ended");
    assertEquals(ended?.level, "info");
    assertStringIncludes(String(ended?.fields["reason"]), "upgrade");
  });
}

Deno.test("another hold time keeps the routes, another AS of the peer does not", async () => {
  for (
    const [change, says] of [[{ holdTime: 30 }, "closed without a word"], [
      { peerAs: 64514 },
      "6/6",
    ]] as const
  ) {
    const bench = new Bench();
    const incoming = bench.listen(leaf);
    await bench.start(leaf);
    const talker = await incoming.establish(helper());
    bench.speaker.setPeers([{ ...leaf, ...change }]);
    assertEquals(await talker.farewell(), says);
  }
});

Deno.test("the status says for how long the peer keeps our routes", async () => {
  const bench = new Bench();
  const incoming = bench.listen(leaf);
  await bench.start(leaf);
  await incoming.establish(helper(true));
  const [status] = bench.speaker.peers();
  assertEquals(status?.negotiated?.gracefulRestart, {
    restartTime: 4,
    afterNotification: true,
    peerRestartTime: 0,
    peerRestarted: false,
  });
  assert(status?.peerCapabilities.includes("graceful-restart 90s notification"));
  assertEquals(bench.logged("session.established")[0]?.fields["routesKeptFor"], 4);
});

/** A leaf whose session is up, made by it or by us, and that is about to connect again. */
async function upFrom(
  side: "leaf" | "us",
  { change = helper(), age = collisionMs }: {
    readonly change?: Partial<Open>;
    /** For how long the session has been up. */
    readonly age?: number;
  } = {},
) {
  const bench = new Bench();
  bench.speaker.setRoutes(routes(3));
  const incoming = bench.listen(leaf);
  const config = side === "leaf" ? { ...leaf, passive: true } : leaf;
  await bench.start(config);
  const old = side === "leaf" ? await bench.connect(address) : await incoming.accept();
  await old.establish(leaf, change);
  await old.table();
  await bench.clock.advance(age);
  return { bench, old };
}

const address = leaf.address as Ipv4;
const again = () => talkerOpen(leaf, helper());
const status = (bench: Bench) => bench.speaker.peers()[0];

for (const side of ["leaf", "us"] as const) {
  Deno.test(`a leaf that restarted takes over from the session that ${side} made`, async () => {
    const { bench, old } = await upFrom(side);
    const next = await bench.connect(address);
    assertEquals([status(bench)?.state, status(bench)?.flaps], ["Established", 0]);
    await next.establish(leaf, helper());
    assertEquals(await old.farewell(), "closed without a word");
    assertEquals((await next.table()).flatMap(({ nlri }) => nlri).length, 3);
    assertEquals([status(bench)?.state, status(bench)?.flaps], ["Established", 1]);
    assertStringIncludes(status(bench)?.lastError ?? "", "it has restarted");
    assertEquals(bench.logged("session.ended")[0]?.level, "warn");
    // Its timers are its own: it stays with KEEPALIVEs and goes without.
    for (let second = 0; second < 120; second += 20) {
      await bench.clock.advance(20_000);
      await next.say({ type: "keepalive" });
    }
    assertEquals(status(bench)?.state, "Established");
    await bench.clock.advance(90_000);
    assert(status(bench)?.state !== "Established");
  });

  Deno.test(`a session that ${side} made and that breaks makes way for the next connection`, async () => {
    const { bench, old } = await upFrom(side);
    const next = await bench.connect(address);
    old.connection.close();
    await settle();
    assertEquals(status(bench)?.state, "OpenSent");
    await next.establish(leaf, helper());
    assertEquals((await next.table()).flatMap(({ nlri }) => nlri).length, 3);
    assertEquals(status(bench)?.state, "Established");
  });
}

/** Connections that must not take over; what each is answered with. */
const pretenders = {
  "that says nothing": { opens: [], says: undefined },
  "with another AS": { opens: [{ ...again(), ...{ as: 65099, capabilities: [] } }], says: "2/2" },
  "with another identifier": { opens: [{ ...again(), bgpId: ipv4(0x01010101) }], says: "6/7" },
} as const;

for (const [what, { opens, says }] of Object.entries(pretenders)) {
  Deno.test(`a connection ${what} does not touch a session that is up`, async () => {
    const { bench, old } = await upFrom("us");
    const transitions = bench.transitions;
    const next = await bench.connect(address);
    for (const open of opens) await next.say(open);
    if (says !== undefined) assertEquals(await next.farewell(), says);
    await old.say({ type: "keepalive" });
    bench.speaker.setRoutes(routes(4));
    await old.told(1);
    assertEquals(bench.transitions, transitions);
    assertEquals(bench.logged("session.ended"), []);
  });
}

Deno.test("a leaf takes over once a minute at most, and never without graceful restart", async () => {
  const { bench, old } = await upFrom("us");
  const next = await bench.connect(address);
  await next.establish(leaf, helper());
  assertEquals(await old.farewell(), "closed without a word");
  const third = await bench.connect(address);
  assertEquals(await third.farewell(), "6/7");
  for (let second = 0; second < 60; second += 20) {
    await bench.clock.advance(20_000);
    await next.say({ type: "keepalive" });
  }
  const fourth = await bench.connect(address);
  await fourth.establish(leaf, helper());
  assertEquals(await next.farewell(), "closed without a word");
  assertEquals(status(bench)?.flaps, 2);

  const plain = await upFrom("us", { change: {} });
  assertEquals(await (await plain.bench.connect(address)).farewell(), "6/7");
  assertEquals(status(plain.bench)?.flaps, 0);
});

for (const side of ["leaf", "us"] as const) {
  Deno.test(`a connection that collides with the one that ${side} made does not take over`, async () => {
    const { bench, old } = await upFrom(side, { age: collisionMs - 1 });
    const late = await bench.connect(address);
    assertEquals(await late.farewell(), "6/7");
    assertEquals([status(bench)?.state, status(bench)?.flaps], ["Established", 0]);
    bench.speaker.setRoutes(routes(4));
    await old.told(1);
  });
}

Deno.test("stopping ends a successor too", async () => {
  const { bench, old } = await upFrom("us");
  const next = await bench.connect(address);
  bench.speaker.setPeers([]);
  assertEquals(await old.farewell(), "6/3");
  assertEquals(await next.farewell(), "6/3");
});
