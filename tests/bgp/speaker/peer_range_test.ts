import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { formatAddress, formatPrefix, ipv4, parsePrefix } from "../../../lib/net/mod.ts";
import { type PeerConfig, peerDefaults } from "../../../lib/bgp/model/mod.ts";
import { settle } from "../../support/fake_clock.ts";
import { Bench, peerAt, routes, talkerOpen } from "./bench.ts";

/** A range of 10.0.1.0/24, or of another prefix. */
function range(change: Partial<PeerConfig> = {}, text = "10.0.1.0/24", limit = 2): PeerConfig {
  const prefix = parsePrefix(text);
  assert(prefix !== undefined);
  const listenRange = { prefix, limit };
  const whole = { address: prefix.address, peerAs: 64513, passive: true, listenRange };
  return { ...peerDefaults, name: "racks", ...whole, ...change };
}

const from = (n: number) => ipv4(0x0a000100 + n);

/** A session from 10.0.1.n. */
async function comes(bench: Bench, n: number) {
  const talker = await bench.connect(from(n));
  await talker.establish(peerAt(n));
  return talker;
}

function sessions(bench: Bench): string[] {
  const [status] = bench.speaker.peers();
  return (status?.sessions ?? []).map((each) => `${formatAddress(each.address)} ${each.state}`);
}

Deno.test("whoever connects from a range has a session, told everything, up to the limit", async () => {
  const bench = new Bench();
  bench.speaker.setRoutes(routes(3));
  await bench.start(range());
  assertEquals(bench.speaker.peers()[0]?.state, "Active");
  const one = await comes(bench, 1);
  await one.told(3);
  const two = await comes(bench, 2);
  await two.told(3);
  assertEquals(sessions(bench), ["10.0.1.1 Established", "10.0.1.2 Established"]);
  assertEquals(bench.speaker.peers()[0]?.state, "Established");
  assertEquals(bench.speaker.peers()[0]?.prefixesSent, 6);
  const third = await bench.connect(from(3));
  assertEquals(await third.farewell(), "6/5");
  const [entry] = bench.logged("connection.refused");
  assertStringIncludes(String(entry?.fields["reason"]), "its 2 sessions");
  const stranger = await bench.connect(ipv4(0x0a000901));
  assertEquals(await stranger.farewell(), "6/5");
  // Who goes makes room, and is forgotten.
  one.connection.close();
  await settle();
  assertEquals(sessions(bench), ["10.0.1.2 Established"]);
  assertEquals(bench.speaker.peers()[0]?.flaps, 1);
  await (await comes(bench, 3)).told(3);
  await bench.clock.advance(600_000);
  assertEquals(sessions(bench), [], "the hold timers have run out, and nobody is dialled");
  assertEquals(bench.speaker.peers()[0]?.state, "Active");
  assertEquals(bench.network.attempts.get("10.0.1.2:179"), undefined);
});

Deno.test("a peer of its own goes before a range, and the narrower range before the wider", async () => {
  const bench = new Bench();
  const wide = range({ name: "wide" }, "10.0.0.0/16", 9);
  await bench.start(wide, range(), peerAt(1, { passive: true }));
  for (const n of [1, 2]) await comes(bench, n);
  const far = await bench.connect(ipv4(0x0a000709));
  await far.establish(peerAt(9));
  const found = bench.speaker.peers().map(({ name, sessions = [] }) =>
    [name, ...sessions.map(({ address }) => formatAddress(address))].join(" ")
  );
  assertEquals(found, ["wide 10.0.7.9", "racks 10.0.1.2", "leaf-1"]);
  assertEquals(bench.state("leaf-1"), "Established");
});

Deno.test("another AS of a range ends its sessions, a removed range too, and nothing else", async () => {
  const bench = new Bench();
  const leaf = peerAt(200);
  const incoming = bench.listen(leaf);
  await bench.start(range(), leaf);
  await incoming.establish();
  const one = await comes(bench, 1);
  bench.speaker.setPeers([range({ peerAs: 64514 }), leaf]);
  assertEquals(await one.farewell(), "6/6");
  assertEquals(sessions(bench), []);
  bench.speaker.setPeers([range(), leaf]);
  const again = await comes(bench, 1);
  bench.speaker.setPeers([leaf]);
  assertEquals(await again.farewell(), "6/3");
  assertEquals(bench.state("leaf-200"), "Established");
});

Deno.test("the listener knows the password of a whole range", async () => {
  const bench = new Bench();
  await bench.start(range({ ttlSecurity: 1 }));
  const [expected] = bench.network.expected;
  assert(expected !== undefined);
  assertEquals(formatPrefix(expected.prefix), "10.0.1.0/24");
  assertEquals(expected.options, { ttl: 255, minTtl: 255 });
});

Deno.test("a range that becomes a peer ends its sessions", async () => {
  const bench = new Bench();
  await bench.start(range());
  const one = await comes(bench, 1);
  bench.speaker.setPeers([{ ...peerAt(1, { passive: true }), name: "racks" }]);
  assertEquals(await one.farewell(), "6/3");
  await comes(bench, 1);
  assertEquals(bench.state("racks"), "Established");
});

Deno.test("who fails again and again is held idle, and fills neither log nor memory", async () => {
  const bench = new Bench();
  const leaf = peerAt(200);
  const incoming = bench.listen(leaf);
  await bench.start(range({}, "10.0.0.0/16", 8), leaf);
  await incoming.establish();
  const { transitions } = bench;
  let answered = 0;
  for (let n = 0; n < 100; n++) {
    const talker = await bench.connect(ipv4(0x0a000700 + n % 4));
    const open = talkerOpen(peerAt(1), { as: 60_000 + n, capabilities: [] });
    if (await talker.say(open).then(() => talker.farewell(), () => "closed") === "2/2") answered++;
  }
  assertEquals(answered, 4, "one attempt an address, the others are in its idle hold");
  assertEquals(bench.logged("session.ended").length, 1, "another AS each time is no other reason");
  assertEquals(sessions(bench), []);
  assertEquals(bench.state("leaf-200"), "Established");
  // Four times up to OpenSent and down again, and the idle hold is over.
  assert(bench.transitions - transitions <= 12);
  await bench.clock.advance(2000);
  const talker = await bench.connect(ipv4(0x0a000700));
  await talker.establish(peerAt(1));
  assertEquals(sessions(bench), ["10.0.7.0 Established"]);
  // Of a thousand addresses no more are remembered than there may be sessions.
  const pending = bench.clock.pending;
  for (let n = 0; n < 40; n++) {
    const stranger = await bench.connect(ipv4(0x0a000800 + n));
    await stranger.raw(new Uint8Array(19));
    assertEquals(await stranger.farewell(), "1/1");
  }
  assert(bench.clock.pending - pending <= 8, `${bench.clock.pending - pending} timers are left`);
});
