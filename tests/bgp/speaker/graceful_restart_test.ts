import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { Capability } from "../../../lib/bgp/wire/mod.ts";
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
    restartTime: 120,
    afterNotification: true,
    peerRestartTime: 0,
    peerRestarted: false,
  });
  assert(status?.peerCapabilities.includes("graceful-restart 90s notification"));
  assertEquals(bench.logged("session.established")[0]?.fields["routesKeptFor"], 120);
});
