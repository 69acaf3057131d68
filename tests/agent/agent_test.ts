import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { address } from "../host/fake_node.ts";
import { eips, FakeWorld } from "./fake_world.ts";

/** Long enough for a pass and its echoes, far less than the slow tick. */
const soon = 500;

/** A world whose agent has done its first pass. */
async function settled(...texts: string[]): Promise<FakeWorld> {
  const world = new FakeWorld();
  world.wanted = eips(...texts);
  world.agent.start();
  await world.clock.advance(soon);
  return world;
}

Deno.test("start() brings the node to what is wanted, in one change", async () => {
  const { kernel, statuses } = await settled("203.0.113.1", "2001:db8::1");
  assertEquals([...kernel.node.routes].sort(), ["2001:db8::1", "203.0.113.1"]);
  assertEquals([...kernel.node.table?.eips ?? []].sort(), ["2001:db8::1", "203.0.113.1"]);
  assertEquals(kernel.changes.length, 1);
  assertEquals(statuses[0], { eips: 2, refused: [], changed: true, repaired: false });
});

Deno.test("nothing is done, not even looked at, before the snapshot is complete", async () => {
  const world = new FakeWorld();
  world.complete = false;
  world.kernel.node.routes.add("203.0.113.1");
  world.agent.start();
  await world.clock.advance(100_000);
  assertEquals(world.kernel.observations, 0);
  assertEquals([...world.kernel.node.routes], ["203.0.113.1"]);

  world.complete = true;
  world.want(eips("203.0.113.2"));
  await world.clock.advance(soon);
  assertEquals([...world.kernel.node.routes], ["203.0.113.2"]);
});

Deno.test("a change costs one look at the kernel, after it, and its own echo costs none", async () => {
  const world = await settled("203.0.113.1");
  const before = world.kernel.observations;
  world.want(eips("203.0.113.1", "203.0.113.2"));
  await world.clock.advance(5000);
  assertEquals(world.kernel.node.routes.size, 2);
  assertEquals(world.kernel.observations - before, 1);
});

Deno.test("what is told while the kernel is looked at is looked at again within a second, once", async () => {
  const world = await settled("203.0.113.1");
  const { observe } = world.kernel;
  let told = false;
  world.kernel.observe = async () => {
    const observed = await observe.call(world.kernel);
    if (!told) world.kernel.meddle((node) => node.routes.delete("203.0.113.1"));
    told = true;
    return observed;
  };
  const before = world.kernel.observations;
  world.want(eips("203.0.113.1", "203.0.113.2"));
  await world.clock.advance(1000);
  assertEquals([...world.kernel.node.routes].sort(), ["203.0.113.1", "203.0.113.2"]);
  await world.clock.advance(5000);
  // After the change, because of what was told meanwhile, and after that repair.
  assertEquals(world.kernel.observations - before, 3);
});

Deno.test("a burst of changes of the objects is one change of the node", async () => {
  const world = await settled();
  const before = world.kernel.changes.length;
  for (let n = 1; n <= 50; n++) {
    world.want(eips(...Array.from({ length: n }, (_, i) => `203.0.113.${i + 1}`)));
  }
  await world.clock.advance(soon);
  assertEquals(world.kernel.changes.length, before + 1);
  assertEquals(world.kernel.node.routes.size, 50);
});

Deno.test("what changes during a pass is done after it, never two at once", async () => {
  const world = await settled("203.0.113.1");
  let open = (): void => {};
  world.kernel.gate = new Promise((resolve) => open = resolve);
  world.want(eips("203.0.113.2"));
  await world.clock.advance(soon);
  world.want(eips("203.0.113.3"));
  world.kernel.meddle((node) => node.strays.add("local 203.0.113.9 dev lo table local proto 179"));
  await world.clock.advance(soon);
  assertEquals([...world.kernel.node.routes], ["203.0.113.1"]);
  open();
  await world.clock.advance(soon);
  assertEquals([...world.kernel.node.routes], ["203.0.113.3"]);
  assertEquals(world.kernel.node.strays.size, 0);
  assertEquals(world.kernel.mostAtOnce, 1);
});

Deno.test("what somebody removes is back within a second, what somebody adds is gone", async () => {
  const world = await settled("203.0.113.1", "203.0.113.2");
  const wanted = world.kernel.node.observe();
  const meddling = [
    () => world.kernel.node.routes.clear(),
    () => world.kernel.node.routes.add("203.0.113.77"),
    () => world.kernel.node.strays.add("local 203.0.113.0/24 dev lo table local proto 179"),
    () => (world.kernel.node.table = undefined),
    () => world.kernel.node.table?.eips.delete("203.0.113.1"),
    () => world.kernel.node.table?.services.add("203.0.113.1 tcp 22"),
    () => world.kernel.node.table && (world.kernel.node.table.rulesIntact = false),
  ];
  for (const meddle of meddling) {
    world.kernel.meddle(meddle);
    await world.clock.advance(1000);
    assertEquals(world.kernel.node.observe(), wanted);
  }
});

Deno.test("a pass tells a repair from a change that was wanted, and that it failed", async () => {
  const world = await settled("203.0.113.1");
  const since = async (act: () => void) => {
    const before = world.statuses.length;
    act();
    await world.clock.advance(soon);
    const after = world.statuses.slice(before);
    return [after.some(({ changed }) => changed), after.some(({ repaired }) => repaired)];
  };
  assertEquals(await since(() => world.want(eips("203.0.113.2"))), [true, false]);
  const meddle = () => world.kernel.meddle((node) => node.routes.clear());
  assertEquals(await since(meddle), [true, true]);
  assertEquals(world.passes.every(({ status }) => status !== undefined), true);
  world.kernel.observe = () => Promise.reject(new Error("nft is gone"));
  world.kernel.meddle(() => {});
  await world.clock.advance(soon);
  assertEquals(world.passes.at(-1)?.status, undefined);
  assertEquals(world.passes.at(-1)?.wanted, eips("203.0.113.2"));
});

Deno.test("what no monitor told is found by the slow tick", async () => {
  const world = await settled("203.0.113.1");
  world.kernel.node.routes.clear();
  await world.clock.advance(31_000);
  assertEquals([...world.kernel.node.routes], ["203.0.113.1"]);
});

Deno.test("at rest the kernel is looked at every 30 seconds and no more", async () => {
  const world = await settled("203.0.113.1");
  const before = world.kernel.observations;
  await world.clock.advance(300_000);
  assertEquals(world.kernel.observations - before, 10);
  assertEquals(world.kernel.changes.length, 1);
});

Deno.test("a failure is tried again ever more slowly and logged once a minute", async () => {
  const world = await settled("203.0.113.1");
  world.kernel.failure = new Error("Cannot run nft list: Operation not permitted");
  world.want(eips("203.0.113.2"));
  const before = world.kernel.observations;
  await world.clock.advance(59_000);
  const tries = world.kernel.observations - before;
  assert(tries >= 8 && tries <= 11, `${tries} tries in a minute`);
  assertEquals(world.count("host.failed"), 1);
  await world.clock.advance(61_000);
  assertEquals(world.count("host.failed"), 2);
  const [entry] = world.logged.filter(({ event }) => event === "host.failed");
  assertEquals(entry?.fields["error"], "Cannot run nft list: Operation not permitted");
  assertEquals(entry?.level, "warn");

  world.kernel.failure = undefined;
  await world.clock.advance(31_000);
  assertEquals([...world.kernel.node.routes], ["203.0.113.2"]);
  assertEquals(world.count("host.recovered"), 1);
});

Deno.test("a change of the objects does not wait for a long back-off", async () => {
  const world = await settled("203.0.113.1");
  world.kernel.refusal = new Error("refused");
  world.want(eips("203.0.113.2"));
  await world.clock.advance(120_000);
  world.kernel.refusal = undefined;
  world.want(eips("203.0.113.3"));
  await world.clock.advance(1_100);
  assertEquals([...world.kernel.node.routes], ["203.0.113.3"]);
});

Deno.test("a fight over the node is said, and does not become a busy loop", async () => {
  const world = await settled("203.0.113.1");
  world.kernel.applied = () => world.kernel.node.routes.clear();
  world.kernel.meddle((node) => node.routes.clear());
  await world.clock.advance(10_000);
  assert(world.kernel.changes.length < 60, `${world.kernel.changes.length} changes`);
  const [entry] = world.logged.filter(({ event }) => event === "host.failed");
  assertStringIncludes(String(entry?.fields["error"]), "Cannot settle the host state");

  // The other one undoes it after each pass: repaired each time, with a pause between.
  world.kernel.applied = () => {};
  await world.clock.advance(31_000);
  const before = world.kernel.changes.length;
  for (let ms = 0; ms < 1000; ms++) {
    world.kernel.meddle((node) => node.routes.clear());
    await world.clock.advance(1);
  }
  const repairs = world.kernel.changes.length - before;
  assert(repairs >= 10 && repairs <= 21, `${repairs} repairs in a second`);
});

Deno.test("an address that the node has itself is refused by name, once, and everything else goes on", async () => {
  const world = new FakeWorld();
  world.kernel.node.foreign.push({ address: address("10.0.0.5"), device: "eth0" });
  world.wanted = eips("10.0.0.5", "203.0.113.1");
  world.agent.start();
  await world.clock.advance(100_000);
  assertEquals([...world.kernel.node.routes], ["203.0.113.1"]);
  assertEquals(world.kernel.node.table?.eips.has("10.0.0.5"), false);
  assertEquals(world.count("host.address.refused"), 1);
  const [entry] = world.logged.filter(({ event }) => event === "host.address.refused");
  assertEquals([entry?.level, entry?.fields["address"], entry?.fields["device"]], [
    "error",
    "10.0.0.5",
    "eth0",
  ]);
  assertEquals(world.statuses.at(-1), {
    eips: 1,
    refused: [{ address: address("10.0.0.5"), device: "eth0" }],
    changed: false,
    repaired: false,
  });

  world.kernel.meddle((node) => node.foreign.pop());
  await world.clock.advance(soon);
  assertEquals([...world.kernel.node.routes].sort(), ["10.0.0.5", "203.0.113.1"]);
  world.kernel.meddle((node) => node.foreign.push({ address: address("10.0.0.5"), device: "lo" }));
  await world.clock.advance(soon);
  assertEquals([...world.kernel.node.routes], ["203.0.113.1"]);
  assertEquals(world.count("host.address.refused"), 2);
});

Deno.test("an address that the kernel refuses in between is left to the next look", async () => {
  const world = await settled();
  // No monitor has told of it yet.
  world.kernel.node.foreign.push({ address: address("10.0.0.5"), device: "eth0" });
  world.want(eips("10.0.0.5"));
  await world.clock.advance(soon);
  assertEquals(world.count("host.failed"), 1);
  assertEquals(world.count("host.address.refused"), 1);
  assertEquals(world.kernel.node.observe().routes, []);
  assertEquals(world.kernel.node.table, undefined);
});

Deno.test("stop() leaves the host state, waits for a pass under way, and nothing follows", async () => {
  const world = await settled("203.0.113.1");
  let open = (): void => {};
  world.kernel.gate = new Promise((resolve) => open = resolve);
  world.want(eips("203.0.113.1", "203.0.113.2"));
  await world.clock.advance(soon);
  let stopped = false;
  const stopping = world.agent.stop().then(() => stopped = true);
  await world.clock.advance(soon);
  assertEquals(stopped, false);
  open();
  await stopping;
  assertEquals([...world.kernel.node.routes].sort(), ["203.0.113.1", "203.0.113.2"]);
  assertEquals([world.subscribers, world.kernel.watchers, world.clock.pending], [0, 0, 0]);
  const before = world.kernel.observations;
  world.want(eips());
  await world.clock.advance(100_000);
  assertEquals(world.kernel.observations, before);
});

Deno.test("cleanup() removes all that is ours and leaves what is not", async () => {
  const world = await settled("203.0.113.1", "2001:db8::1");
  world.kernel.node.strays.add("local 203.0.113.0/24 dev lo table local proto 179");
  world.kernel.node.foreign.push({ address: address("10.0.0.5"), device: "eth0" });
  await world.agent.cleanup();
  assertEquals(world.kernel.node.observe(), {
    routes: [],
    discards: [],
    strayRoutes: [],
    foreignLocal: [{ address: address("10.0.0.5"), device: "eth0" }],
    table: undefined,
  });
  await world.clock.advance(100_000);
  assertEquals(world.kernel.node.table, undefined);
});

Deno.test("cleanup() works without a start, and says why it cannot", async () => {
  const world = new FakeWorld();
  world.kernel.node.routes.add("203.0.113.1");
  world.kernel.refusal = new Error("Cannot run ip -batch: Operation not permitted");
  const thrown = await assertRejects(() => world.agent.cleanup());
  assertStringIncludes(thrown.message, "not permitted");
  world.kernel.refusal = undefined;
  await world.agent.cleanup();
  assertEquals(world.kernel.node.routes.size, 0);
});

Deno.test("start() is for once", async () => {
  const world = await settled();
  assertThrows(() => world.agent.start());
  await world.agent.stop();
  assertThrows(() => world.agent.start());
});

Deno.test("the pulse says what is missing until the node is as it shall be", async () => {
  const world = new FakeWorld();
  world.complete = false;
  world.agent.start();
  assertEquals(world.agent.pulse.missing, ["the host state was not looked at yet"]);
  await world.clock.advance(soon);
  assertEquals(world.agent.pulse.missing, ["not every kind of object was listed yet"]);
  world.complete = true;
  world.want(eips("203.0.113.1"));
  await world.clock.advance(soon);
  assertEquals(world.agent.pulse, { overdueMs: 0, missing: [] });
});

Deno.test("the pulse tells of a failed pass until one goes well", async () => {
  const world = await settled("203.0.113.1");
  world.kernel.refusal = new Error("nft: no");
  world.want(eips("203.0.113.2"));
  await world.clock.advance(soon);
  assertEquals(world.agent.pulse.missing, ["the host state could not be applied: nft: no"]);
  world.kernel.refusal = undefined;
  await world.clock.advance(2000);
  assertEquals(world.agent.pulse.missing, []);
});

Deno.test("the pulse tells for how long a pass has hung, and not that one is due later", async () => {
  const world = await settled("203.0.113.1");
  assertEquals(world.agent.pulse.overdueMs, 0);
  let open = (): void => {};
  world.kernel.gate = new Promise((resolve) => open = resolve);
  world.want(eips("203.0.113.2"));
  await world.clock.advance(100);
  await world.clock.advance(300_000);
  assert(world.agent.pulse.overdueMs >= 300_000);
  open();
  await world.clock.advance(soon);
  assertEquals(world.agent.pulse, { overdueMs: 0, missing: [] });
});

Deno.test("objects that are no business of the host cost no look at the kernel", async () => {
  const world = await settled("203.0.113.1");
  const before = world.kernel.observations;
  for (let i = 0; i < 10; i++) {
    world.want(eips("203.0.113.1"));
    await world.clock.advance(100);
  }
  assertEquals(world.kernel.observations, before);
  world.want(eips("203.0.113.2"));
  await world.clock.advance(soon);
  assertEquals([...world.kernel.node.routes], ["203.0.113.2"]);
});

Deno.test("what is wanted as before, while something else is being done, is done after it", async () => {
  const world = await settled("203.0.113.1");
  let open = (): void => {};
  world.kernel.gate = new Promise((resolve) => open = resolve);
  world.want(eips("203.0.113.2"));
  await world.clock.advance(soon);
  world.want(eips("203.0.113.1"));
  await world.clock.advance(soon);
  open();
  await world.clock.advance(soon);
  assertEquals([...world.kernel.node.routes], ["203.0.113.1"]);
});

Deno.test("stop() forgets a change of the objects that was not looked at yet", async () => {
  const world = await settled("203.0.113.1");
  world.want(eips("203.0.113.2"));
  await world.agent.stop();
  assertEquals(world.clock.pending, 0);
});
