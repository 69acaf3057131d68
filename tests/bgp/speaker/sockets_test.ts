import { assertEquals, assertStringIncludes } from "@std/assert";
import { formatPrefix, ipv4 } from "../../../lib/net/mod.ts";
import { Secret } from "../../../lib/secret/mod.ts";
import { isFrom, socketOptions } from "../../../lib/bgp/speaker/sockets.ts";
import { settle } from "../../support/fake_clock.ts";
import { connectionPair, FakeNetwork } from "../../support/fake_transport.ts";
import { Bench, peerAt, self } from "./bench.ts";

Deno.test("the socket options of a peer are what RFC 5082 and RFC 2385 ask for", () => {
  const password = new Secret("x");
  assertEquals(socketOptions(peerAt(1)), undefined);
  assertEquals(socketOptions(peerAt(1, { localAddress: self })), undefined);
  assertEquals(socketOptions(peerAt(1, { ttlSecurity: 1 })), { ttl: 255, minTtl: 255 });
  assertEquals(socketOptions(peerAt(1, { ttlSecurity: 254 })), { ttl: 255, minTtl: 2 });
  assertEquals(socketOptions(peerAt(1, { ebgpMultiHop: 3 })), { ttl: 3 });
  const options = socketOptions(peerAt(1, { password, interface: "eth1" }));
  assertEquals(options?.password, password);
  assertEquals(options?.interface, "eth1");
});

Deno.test("dialling and listening both know the options of a peer, and of it alone", async () => {
  const bench = new Bench();
  const peers = [peerAt(1, { ttlSecurity: 1 }), peerAt(2)];
  const [one, two] = peers.map((peer) => bench.listen(peer));
  await bench.start(...peers);
  await one?.establish();
  assertEquals(
    bench.network.expected.map(({ prefix, options }) => [formatPrefix(prefix), options]),
    [
      ["10.0.1.1/32", { ttl: 255, minTtl: 255 }],
    ],
  );
  await two?.establish();
  assertEquals(bench.network.options, undefined, "the last one to be dialled is plain");
  bench.speaker.setPeers([peerAt(1), peerAt(2)]);
  await settle();
  assertEquals(bench.network.expected, []);
  assertEquals(bench.state("leaf-2"), "Established");
});

Deno.test("without the C library only the peers that need it are refused", async () => {
  const network = new FakeNetwork();
  network.plainOnly = "Cannot give a socket options: porter was started without --allow-ffi";
  const bench = new Bench(network);
  const peers = [peerAt(1, { ttlSecurity: 1 }), peerAt(2)];
  const [one, two] = peers.map((peer) => bench.listen(peer));
  await bench.start(...peers);
  await two?.establish();
  assertEquals(bench.state("leaf-2"), "Established");
  const [refused, fine] = bench.speaker.peers();
  assertStringIncludes(refused?.refused ?? "", "--allow-ffi");
  assertEquals([refused?.state, fine?.refused], ["Idle", undefined]);
  assertEquals(network.attempts.get("10.0.1.1:179"), undefined);
  // It must not get in from its side either, without what was asked for.
  const talker = await bench.connect(ipv4(0x0a000101));
  assertEquals(await talker.notification(), undefined);
  // Asked for no longer, it is a peer like others.
  bench.speaker.setPeers([peerAt(1), peerAt(2)]);
  await one?.establish();
  assertEquals(bench.state("leaf-1"), "Established");
  assertEquals(bench.speaker.peers()[0]?.refused, undefined);
});

Deno.test("a connection is a peer's by address, our own address and interface", () => {
  const peer = peerAt(1);
  const from = { address: peer.address, port: 40000 };
  const [, connection] = connectionPair(from, { address: self, port: 179 });
  assertEquals(isFrom(peer, connection), true);
  assertEquals(isFrom(peerAt(2), connection), false);
  assertEquals(isFrom({ ...peer, localAddress: self }, connection), true);
  assertEquals(isFrom({ ...peer, localAddress: ipv4(9) }, connection), false);
  const heard = { ...connection, interface: "eth1" };
  assertEquals(isFrom({ ...peer, interface: "eth1" }, connection), true);
  assertEquals(isFrom({ ...peer, interface: "eth1" }, heard), true);
  assertEquals(isFrom({ ...peer, interface: "eth2" }, heard), false);
});

Deno.test("two peers of one address and different ports have a session each", async () => {
  const bench = new Bench();
  const peers = [peerAt(1), { ...peerAt(1, { port: 1790 }), name: "second" }];
  const incoming = peers.map((peer) => bench.listen(peer));
  await bench.start(...peers);
  for (const each of incoming) await each.establish();
  assertEquals(bench.speaker.peers().map(({ name, state }) => `${name} ${state}`), [
    "leaf-1 Established",
    "second Established",
  ]);
  // Whose a connection from there would be, nobody can know.
  const stranger = await bench.connect(ipv4(0x0a000101));
  assertEquals(await stranger.farewell(), "6/5");
  assertStringIncludes(String(bench.logged("connection.refused")[0]?.fields["reason"]), "several");
  bench.speaker.setPeers([...peers, { ...peerAt(1, { passive: true }), name: "third" }]);
  const third = await bench.connect(ipv4(0x0a000101));
  await third.establish(peerAt(1));
  assertEquals(bench.state("third"), "Established");
});
