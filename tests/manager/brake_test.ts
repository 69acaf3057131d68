/**
 * The manager's brake: every replica holds, the one that leads says so, a restart goes on holding, and the
 * annotation ends it.
 */

import { assert, assertEquals } from "@std/assert";
import type { Route } from "../../lib/bgp/mod.ts";
import { type ManagedSpeaker, Manager, type ManagerPass } from "../../lib/manager/mod.ts";
import { formatAddress } from "../../lib/net/mod.ts";
import { type Leadership, silentLog, soleLeader } from "../../lib/ports/mod.ts";
import { type MemoryStore, openMemoryStore } from "../../lib/store/mod.ts";
import { type Raw, rawEip, rawNodes, rawService, rawSlice, rawSpeaker } from "../plan/world.ts";
import { FakeClock, fakeEpoch } from "../support/fake_clock.ts";

/** Remembers the addresses that it was told to announce. */
class TellingSpeaker implements ManagedSpeaker {
  announced: readonly string[] = [];
  configure(): void {}
  setPeers(): void {}
  setUnreachable(): void {}
  setRoutes(all: Iterable<Route>): void {
    this.announced = [...all].map(({ prefix }) => formatAddress(prefix.address));
  }
  peers(): readonly never[] {
    return [];
  }
  status(): { readonly connectionsRefused: number } {
    return { connectionsRefused: 0 };
  }
  close(): Promise<void> {
    return Promise.resolve();
  }
}

const names = Array.from({ length: 10 }, (_, index) => `svc${index}`);
const addresses = names.map((_, index) => `203.0.113.${index + 1}`);

function objects(left: readonly string[], annotations: Raw = {}): readonly Raw[] {
  const [conf, peer] = rawSpeaker as [Raw, Raw];
  return [
    {
      ...conf,
      metadata: { name: "conf", annotations },
      spec: { ...conf.spec as Raw, brake: { minRoutes: 3 } },
    },
    peer,
    rawEip("edge", "203.0.113.1-203.0.113.100"),
    ...rawNodes,
    ...left.map((name) => rawService(name)),
    ...left.map((name) => rawSlice(name, [{ addresses: ["10.1.0.1"], nodeName: "node1" }])),
  ];
}

interface Running {
  readonly manager: Manager;
  readonly speaker: TellingSpeaker;
  last(): ManagerPass | undefined;
}

function run(store: MemoryStore, clock: FakeClock, leadership: Leadership = soleLeader): Running {
  const speaker = new TellingSpeaker();
  let last: ManagerPass | undefined;
  const manager = new Manager({
    ...{ store, clock, leadership },
    log: silentLog,
    speaker: () => speaker,
    onPass: (pass) => void (last = pass),
  });
  manager.start();
  return { manager, speaker, last: () => last };
}

function condition(store: MemoryStore): Record<string, string> | undefined {
  const conditions = store.snapshot().bgpConfs[0]?.status.conditions as
    | Record<string, string>[]
    | undefined;
  return conditions?.find(({ type }) => type === "AllWithdrawn");
}

const few = names.slice(8);
const follower: Leadership = { leads: false, subscribe: () => () => {} };

/** Leads when it is told to. */
function lead(): Leadership & { take(): void } {
  let [leads, tell] = [false, (): void => {}];
  return {
    get leads() {
      return leads;
    },
    subscribe: (changed) => {
      tell = changed;
      return () => void (tell = () => {});
    },
    take: () => {
      leads = true;
      tell();
    },
  };
}

Deno.test("a mass deletion is held by every replica, said in the status, and released by annotation", async () => {
  const store = openMemoryStore(objects(names));
  const clock = new FakeClock();
  const leader = run(store, clock);
  const other = run(store, clock, follower);
  await clock.advance(100);
  assertEquals([leader.speaker.announced, other.speaker.announced], [addresses, addresses]);

  store.setObjects(objects(few));
  await clock.advance(100);
  assertEquals([leader.speaker.announced, other.speaker.announced], [addresses, addresses]);
  assertEquals([condition(store)?.status, condition(store)?.reason], ["False", "WithdrawalsHeld"]);
  const { brake } = store.snapshot().bgpConfs[0]?.status as { brake: Record<string, unknown> };
  assertEquals([brake.routes, brake.percent], [8, 80]);
  assert(leader.last()?.refusals.some((each) => each.reason === "WithdrawalsHeld"));

  const again = run(store, clock);
  await clock.advance(100);
  assertEquals(again.speaker.announced, addresses, "a restart releases nothing");
  await again.manager.stop();

  const time = new Date(fakeEpoch + clock.monotonic()).toISOString();
  store.setObjects(objects(few, { "porter.kubesphere.io/brake-release": time }));
  await clock.advance(100);
  const left = addresses.slice(8);
  assertEquals([leader.speaker.announced, other.speaker.announced], [left, left]);
  assertEquals(condition(store), undefined);
  assertEquals(store.snapshot().bgpConfs[0]?.status.brake, undefined);
  for (const { manager } of [leader, other]) await manager.stop();
});

Deno.test("a small change is withdrawn at once, and one that is undone leaves nothing behind", async () => {
  const store = openMemoryStore(objects(names));
  const clock = new FakeClock();
  const { manager, speaker } = run(store, clock);
  await clock.advance(100);
  store.setObjects(objects(names.slice(1)));
  await clock.advance(100);
  assertEquals(speaker.announced, addresses.slice(1));
  await clock.advance(20_000);
  store.setObjects(objects(few));
  await clock.advance(100);
  assertEquals(speaker.announced, addresses.slice(1));
  const { used } = store.snapshot().eips[0]?.status as { used: Record<string, string> };
  assertEquals(Object.keys(used), addresses.slice(1), "they are kept for who had them");

  store.setObjects(objects([...few, "newcomer"]));
  await clock.advance(100);
  assertEquals(speaker.announced, addresses, "and nobody else gets one");
  await clock.advance(20_000);
  store.setObjects(objects(names.slice(1)));
  await clock.advance(100);
  assertEquals(speaker.announced, addresses.slice(1), "each Service has its own address again");
  const held = store.snapshot().services.map(({ holds }) => holds[0]?.address)
    .map((each) => each && formatAddress(each));
  assertEquals(held, addresses.slice(1));
  assertEquals(condition(store), undefined);
  await manager.stop();
});

Deno.test("what is held stays held when another manager leads, which says so and lets go", async () => {
  const store = openMemoryStore(objects(names));
  const clock = new FakeClock();
  const leader = run(store, clock);
  const leadership = lead();
  const other = run(store, clock, leadership);
  await clock.advance(100);
  store.setObjects(objects(few));
  await clock.advance(100);
  assertEquals(condition(store)?.reason, "WithdrawalsHeld");
  const since = condition(store)?.lastTransitionTime;

  await leader.manager.stop();
  await clock.advance(30_000);
  assertEquals(other.speaker.announced, addresses, "while nobody leads");
  leadership.take();
  await clock.advance(30_000);
  assertEquals(other.speaker.announced, addresses);
  assertEquals([condition(store)?.reason, condition(store)?.lastTransitionTime], [
    "WithdrawalsHeld",
    since,
  ]);
  // One more is no mass: it goes at once, and what is held stays.
  store.setObjects(objects(few.slice(1)));
  await clock.advance(100);
  const { brake } = store.snapshot().bgpConfs[0]?.status as { brake: Record<string, unknown> };
  assertEquals(brake.routes, 8);
  assertEquals(other.speaker.announced, [...addresses.slice(0, 8), ...addresses.slice(9)]);

  const time = new Date(fakeEpoch + clock.monotonic()).toISOString();
  store.setObjects(objects(few.slice(1), { "porter.kubesphere.io/brake-release": time }));
  await clock.advance(100);
  assertEquals(other.speaker.announced, addresses.slice(9));
  assertEquals(condition(store), undefined);
  await other.manager.stop();
});
