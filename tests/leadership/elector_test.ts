import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { defaultElectionTimes, Elector } from "../../lib/leadership/mod.ts";
import {
  type Clock,
  type Lease,
  type LeaseStore,
  silentLog,
  type VersionedLease,
} from "../../lib/ports/mod.ts";
import { FakeClock } from "../support/fake_clock.ts";

/** One Lease with compare-and-swap, as the API server keeps it. */
class Leases implements LeaseStore {
  held: VersionedLease | undefined;
  #version = 0;

  read(): Promise<VersionedLease | undefined> {
    return Promise.resolve(this.held);
  }
  write(lease: Lease, version: string | undefined): Promise<VersionedLease | undefined> {
    if (this.held?.version !== version) return Promise.resolve(undefined);
    this.held = { lease, version: String(++this.#version) };
    return Promise.resolve(this.held);
  }
}

/** The way to the Lease, which a test can cut. */
class Way implements LeaseStore {
  cut = false;
  readonly #leases: Leases;

  constructor(leases: Leases) {
    this.#leases = leases;
  }
  read(): Promise<VersionedLease | undefined> {
    return this.cut ? Promise.reject(new Error("unreachable")) : this.#leases.read();
  }
  write(lease: Lease, version: string | undefined): Promise<VersionedLease | undefined> {
    return this.cut ? Promise.reject(new Error("unreachable")) : this.#leases.write(lease, version);
  }
}

/** A clock whose wall time is wrong. */
function skewed(clock: FakeClock, by: number): Clock {
  return {
    now: () => clock.now() + by,
    monotonic: () => clock.monotonic(),
    after: (ms, fn) => clock.after(ms, fn),
  };
}

const times = defaultElectionTimes;

function candidate(name: string, leases: LeaseStore, clock: Clock): Elector {
  return new Elector({
    leases,
    identity: name,
    times,
    clock,
    random: () => 0.5,
    log: silentLog,
  });
}

Deno.test("Elector: one of two leads, and keeps leading", async () => {
  const clock = new FakeClock();
  const leases = new Leases();
  const [a, b] = [candidate("a", leases, clock), candidate("b", leases, clock)];
  a.start();
  b.start();
  await clock.advance(60_000);
  assertEquals([a.leads, b.leads], [true, false]);
  assertEquals(leases.held?.lease.transitions, 0);
  await Promise.all([a.stop(), b.stop()]);
  assertEquals(leases.held?.lease.holder, "");
  assertEquals(clock.pending, 0);
});

Deno.test("Elector: a Lease that was given up is taken within one look", async () => {
  const clock = new FakeClock();
  const leases = new Leases();
  const [a, b] = [candidate("a", leases, clock), candidate("b", leases, clock)];
  a.start();
  b.start();
  await clock.advance(10_000);
  await a.stop();
  assertEquals(a.leads, false);
  await clock.advance(times.retry * 1.2 + 1);
  assert(b.leads);
  assertEquals(leases.held?.lease.transitions, 1);
  await b.stop();
});

Deno.test("Elector: a leader that cannot renew stops before anybody else begins", async () => {
  const clock = new FakeClock();
  const leases = new Leases();
  const way = new Way(leases);
  const [a, b] = [candidate("a", way, clock), candidate("b", leases, clock)];
  a.start();
  await clock.advance(3000);
  b.start();
  await clock.advance(3000);
  way.cut = true;
  let gap = 0;
  for (let ms = 0; ms < 30_000 && !b.leads; ms += 100) {
    await clock.advance(100);
    assert(!(a.leads && b.leads), "two lead");
    if (!a.leads && !b.leads) gap += 100;
  }
  assert(b.leads);
  assert(gap >= times.duration - times.renewDeadline - times.retry * 1.2, `gap ${gap} ms`);
  await Promise.all([a.stop(), b.stop()]);
});

Deno.test("Elector: `leads` is false in time although its own timers are late", async () => {
  const clock = new FakeClock();
  const leases = new Leases();
  let late = 0;
  const a = candidate("a", leases, {
    now: () => clock.now(),
    monotonic: () => clock.monotonic() + late,
    after: (ms, fn) => clock.after(ms, fn),
  });
  a.start();
  await clock.advance(10);
  assert(a.leads);
  late = times.renewDeadline;
  assertEquals(a.leads, false);
  late = 0;
  await a.stop();
});

Deno.test("Elector tells who listens when it begins and when it ends", async () => {
  const clock = new FakeClock();
  const way = new Way(new Leases());
  const a = candidate("a", way, clock);
  const told: boolean[] = [];
  const stop = a.subscribe(() => told.push(a.leads));
  a.start();
  await clock.advance(5000);
  way.cut = true;
  await clock.advance(20_000);
  assertEquals(told, [true, false]);
  stop();
  await a.stop();
});

Deno.test("never do two lead, whatever is cut when and however wrong the clocks are", async () => {
  const step = fc.record({
    who: fc.integer({ min: 0, max: 2 }),
    cut: fc.boolean(),
    wait: fc.integer({ min: 0, max: 20_000 }),
  });
  const skew = fc.integer({ min: -86_400_000, max: 86_400_000 });
  let elections = 0;
  const law = fc.asyncProperty(fc.array(step, { maxLength: 8 }), skew, async (steps, by) => {
    const clock = new FakeClock();
    const leases = new Leases();
    const ways = [new Way(leases), new Way(leases), new Way(leases)];
    const all = ways.map((way, at) => candidate(`m${at}`, way, skewed(clock, at * by)));
    const check = (): void => {
      const leading = all.filter((each) => each.leads).length;
      assert(leading <= 1, `${leading} lead`);
      elections += leading;
    };
    for (const each of all) {
      each.subscribe(check);
      each.start();
    }
    for (const { who, cut, wait } of steps) {
      const way = ways[who];
      if (way !== undefined) way.cut = cut;
      for (let at = 0; at < wait; at += 2500) {
        await clock.advance(Math.min(2500, wait - at));
        check();
      }
    }
    await Promise.all(all.map((each) => each.stop()));
  });
  await fc.assert(law, { numRuns: 15 });
  assert(elections > 0, "nobody ever led");
});
