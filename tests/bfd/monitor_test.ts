/**
 * The monitor and the reflector over a network in memory.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { type Address, parseAddress } from "../../lib/net/mod.ts";
import { silentLog } from "../../lib/ports/mod.ts";
import {
  BfdMonitor,
  BfdReflector,
  type BfdStatus,
  type BfdTarget,
  decodePacket,
} from "../../lib/bfd/mod.ts";
import { FakeClock, settleMicrotasks as settle } from "../support/fake_clock.ts";
import { FakeNetwork } from "../support/fake_datagrams.ts";

const a = parseAddress("192.0.2.1") as Address;
const b = parseAddress("192.0.2.2") as Address;
const intervals = { minTx: 100, minRx: 100, detectMult: 3 };

function target(address: Address, change: Partial<BfdTarget> = {}): BfdTarget {
  return { name: "it", address, encapsulation: "single-hop", ...intervals, ...change };
}

/** Two machines, a monitor on each. */
class World {
  readonly network = new FakeNetwork();
  readonly clock = new FakeClock(settle);
  changes = 0;
  onChange: () => void = () => {};
  readonly left = this.monitor(a);
  readonly right = this.monitor(b);

  monitor(address: Address, seesTtl = true): BfdMonitor {
    return new BfdMonitor({
      datagrams: this.network.host(address, seesTtl),
      clock: this.clock,
      random: Math.random,
      log: silentLog,
      onChange: () => {
        this.changes++;
        this.onChange();
      },
    });
  }

  async up(change: Partial<BfdTarget> = {}): Promise<void> {
    this.left.setTargets([target(b, change)]);
    this.right.setTargets([target(a, change)]);
    await this.clock.advance(5000);
    for (const monitor of [this.left, this.right]) assertEquals(only(monitor).state, "Up");
  }
}

function only(monitor: BfdMonitor): BfdStatus {
  const [status] = monitor.sessions();
  assert(status !== undefined);
  return status;
}

for (const [encapsulation, port] of [["single-hop", 3784], ["multi-hop", 4784]] as const) {
  Deno.test(`two monitors come up, ${encapsulation}, from ports of RFC 5881 section 4`, async () => {
    const world = new World();
    await world.up({ encapsulation });
    const { transmitInterval, detectionTime, wasUp } = only(world.left);
    assertEquals([transmitInterval, detectionTime, wasUp], [100, 300, true]);
    for (const { to, from } of world.network.sent) {
      assertEquals(to.port, port);
      assert(from.port >= 49152);
    }
    world.left.close();
    world.right.close();
  });
}

Deno.test("silence is Down within the detection time, a failure, and over when it is back", async () => {
  const world = new World();
  await world.up();
  world.network.drops = () => true;
  await world.clock.advance(302);
  const down = only(world.left);
  assertEquals([down.state, down.failed, down.failures], ["Down", true, 1]);
  assertEquals(down.reason, "Control Detection Time Expired");
  world.network.drops = () => false;
  await world.clock.advance(5000);
  assertEquals([only(world.left).state, only(world.left).failed], ["Up", false]);
});

Deno.test("who is taken away says AdminDown: that is no failure (RFC 5882 section 3.2)", async () => {
  const world = new World();
  await world.up();
  world.right.setTargets([]);
  await world.clock.advance(50);
  const { state, remoteState, failed, reason } = only(world.left);
  assertEquals([state, remoteState, failed], ["Down", "AdminDown", false]);
  assertEquals(reason, "the other side has taken it down by hand");
  await world.clock.advance(5000);
  assertEquals(only(world.left).failed, false, "nor is it when it falls silent");
});

Deno.test("close() says AdminDown too, and lets no timer run on", async () => {
  const world = new World();
  await world.up();
  world.right.close();
  await settle();
  assertEquals([only(world.left).state, only(world.left).failed], ["Down", false]);
  world.left.close();
  await world.clock.advance(1000);
  assertEquals(world.clock.pending, 0);
});

Deno.test("intervals and reasons that change while the state does not are told within a second", async () => {
  const world = new World();
  const said = (): unknown[] => {
    const { state, transmitInterval, detectionTime, reason } = only(world.left);
    return [state, transmitInterval, detectionTime, reason];
  };
  let told: unknown[] = [];
  world.onChange = () => told = said();
  world.left.setTargets([target(b)]);
  world.right.setTargets([target(a)]);
  await world.clock.advance(5000);
  assertEquals(told, ["Up", 100, 300, undefined]);
  world.right.setTargets([target(a, { minTx: 400, minRx: 400, detectMult: 5 })]);
  await world.clock.advance(5000);
  assertEquals([told, said()], [["Up", 400, 2000, undefined], told]);
  world.right.setTargets([]);
  await world.clock.advance(10_000);
  assertEquals([told, said()], [["Down", 1000, 5000, "Neighbor Signaled Session Down"], told]);
  const before = world.changes;
  await world.clock.advance(60_000);
  assertEquals(world.changes, before, "nothing is told while nothing changes");
  world.left.close();
  assertEquals(world.clock.pending, 0);
});

Deno.test("other intervals are negotiated without a break", async () => {
  const world = new World();
  await world.up();
  world.left.setTargets([target(b, { minTx: 400, minRx: 50, detectMult: 5 })]);
  await world.clock.advance(5000);
  assertEquals(only(world.left).transmitInterval, 400);
  assertEquals(only(world.right).detectionTime, 2000);
  assertEquals([only(world.left).failures, only(world.right).failures], [0, 0]);
});

Deno.test("single-hop packets that came through a router are discarded, and it is said", async () => {
  const world = new World();
  world.network.ttl = 254;
  world.left.setTargets([target(b)]);
  world.right.setTargets([target(a)]);
  await world.clock.advance(5000);
  const { state, discarded } = only(world.left);
  assertEquals(state, "Down");
  assert(discarded?.includes("TTL 254, not 255"), discarded);
  const far = { encapsulation: "multi-hop" } as const;
  world.left.setTargets([target(b, far)]);
  world.right.setTargets([target(a, far)]);
  await world.clock.advance(5000);
  assertEquals(only(world.left).state, "Up", "multi-hop does not ask");
});

Deno.test("without sight of the TTL single-hop is refused by itself, multi-hop works", async () => {
  const world = new World();
  const blind = world.monitor(a, false);
  blind.setTargets([target(b), target(b, { name: "far", encapsulation: "multi-hop" })]);
  world.right.setTargets([target(a, { encapsulation: "multi-hop" })]);
  await world.clock.advance(5000);
  assert(blind.unavailable("it")?.includes("permission ffi"));
  assertEquals(blind.unavailable("far"), undefined);
  assertEquals(blind.sessions().map(({ state }) => state), ["Down", "Up"]);
});

Deno.test("a port that is taken is said, tried again, and leaves other sessions alone", async () => {
  const world = new World();
  await world.up({ encapsulation: "multi-hop" });
  world.network.taken.add(3784);
  const far = target(b, { encapsulation: "multi-hop" });
  world.left.setTargets([far, target(b, { name: "near" })]);
  await world.clock.advance(5000);
  assert(world.left.unavailable("near")?.includes("another process holds it"));
  assertEquals([only(world.left).state, only(world.left).failures], ["Up", 0]);
  world.network.taken.clear();
  await world.clock.advance(60_000);
  assertEquals(world.left.unavailable("near"), undefined);
});

Deno.test("a packet for nobody, of a stranger or with a foreign discriminator changes nothing", async () => {
  const world = new World();
  await world.up();
  const mallory = parseAddress("192.0.2.66") as Address;
  const socket = await world.network.host(mallory).open({ family: 4, port: "dynamic" });
  const [packet] = world.network.sent.filter(({ to }) => to.address === a).slice(-1);
  assert(packet !== undefined);
  const down = packet.bytes.slice();
  down[1] = 1 << 6;
  socket.send(down, { address: a, port: 3784 });
  const spoofed = await world.network.host(b).open({ family: 4, address: b, port: "dynamic" });
  const foreign = down.slice();
  foreign.fill(9, 8, 12);
  spoofed.send(foreign, { address: a, port: 3784 });
  spoofed.send(Uint8Array.of(1, 2, 3), { address: a, port: 3784 });
  await world.clock.advance(500);
  assertEquals([only(world.left).state, only(world.left).failures], ["Up", 0]);
});

Deno.test("multi-hop, a packet with a forged source and no discriminators does not end a session", async () => {
  const world = new World();
  await world.up({ encapsulation: "multi-hop" });
  const [packet] = world.network.sent.filter(({ to }) => to.address === a).slice(-1);
  assert(packet !== undefined);
  const forged = packet.bytes.slice();
  forged[1] = 1 << 6;
  forged.set([1, 2, 3, 4, 0, 0, 0, 0], 4);
  const spoofed = await world.network.host(b).open({ family: 4, address: b, port: "dynamic" });
  spoofed.send(forged, { address: a, port: 4784 });
  await world.clock.advance(50);
  assertEquals([only(world.left).state, only(world.left).failures], ["Up", 0]);
  forged.set(packet.bytes.subarray(4, 8), 4);
  spoofed.send(forged, { address: a, port: 4784 });
  await world.clock.advance(50);
  assertEquals(only(world.left).failures, 1, "the neighbour itself is believed");
  world.left.close();
  world.right.close();
});

Deno.test("a packet that came while this process was busy is read before its absence is judged", async () => {
  const world = new World();
  await world.up();
  const { clock, network } = world;
  const late = await network.host(b).open({ family: 4, port: "dynamic" });
  let last = 0;
  let isBusy = false;
  network.drops = ({ bytes, to }) => {
    if (to.address !== a) return false;
    if (!isBusy) last = clock.monotonic();
    else if (last > 0) {
      const due = last + 300;
      last = 0;
      // The detection timer has gone off, and the packet is only a turn of the loop away.
      clock.after(due + 0.5 - clock.monotonic(), () => {
        network.drops = () => false;
        late.send(bytes, to);
      });
    }
    return isBusy;
  };
  await clock.advance(200);
  isBusy = true;
  await clock.advance(500);
  assertEquals([only(world.left).state, only(world.left).failures], ["Up", 0]);
  assertEquals(network.drops.length, 0, "the late packet was sent");
});

Deno.test("an initiator watches a reflector, which tells when it goes", async () => {
  const world = new World();
  const ports = { datagrams: world.network.host(b, false), clock: world.clock, log: silentLog };
  const reflector = new BfdReflector(ports, b);
  const blind = world.monitor(a, false);
  blind.setTargets([target(b, { encapsulation: "seamless" })]);
  await world.clock.advance(2000);
  const up = only(blind);
  assertEquals([up.state, up.transmitInterval, up.detectionTime], ["Up", 100, 300]);
  world.network.drops = () => true;
  await world.clock.advance(302);
  assertEquals([only(blind).state, only(blind).failed], ["Down", true]);
  world.network.drops = () => false;
  await world.clock.advance(1500);
  assertEquals(only(blind).state, "Up");
  reflector.close();
  await settle();
  assertEquals([only(blind).state, only(blind).failed], ["Down", false]);
  await world.clock.advance(5000);
  assertEquals(only(blind).failed, false);
  const again = new BfdReflector(ports, b);
  await world.clock.advance(2000);
  assertEquals(only(blind).state, "Up");
  again.close();
});

Deno.test("a hundred initiators have a hundred discriminators, and packets say them", async () => {
  const world = new World();
  const targets = Array.from(
    { length: 100 },
    (_, index) =>
      target(parseAddress(`198.51.100.${index}`) as Address, {
        name: `n${index}`,
        encapsulation: "seamless",
      }),
  );
  world.left.setTargets(targets);
  await settle();
  const mine = world.network.sent.map(({ bytes }) => {
    const packet = decodePacket(bytes);
    assert(packet.ok);
    return packet.value.myDiscriminator;
  });
  assertEquals(new Set(mine).size, 100);
  world.left.close();
});
