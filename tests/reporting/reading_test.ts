/**
 * When reports are read, whom they are believed, and what is left of a manager that is gone.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { silentLog, type SpeakerName, type SpeakerReport } from "../../lib/ports/mod.ts";
import { Reading } from "../../lib/reporting/mod.ts";
import { FakeClock } from "../support/fake_clock.ts";

class Bench {
  readonly clock = new FakeClock();
  reports: readonly SpeakerReport[] | Error = [];
  reads = 0;
  told = 0;
  readonly removed: string[] = [];
  readonly reading: Reading;

  constructor() {
    const read = (): Promise<readonly SpeakerReport[]> => {
      this.reads++;
      const { reports } = this;
      return reports instanceof Error ? Promise.reject(reports) : Promise.resolve(reports);
    };
    const remove = ({ role, name }: SpeakerName): Promise<void> => {
      this.removed.push(`${role} ${name}`);
      return Promise.resolve();
    };
    this.reading = new Reading({
      ...{ reports: { read, remove }, clock: this.clock, log: silentLog },
      onChange: () => this.told++,
    });
  }

  get names(): readonly string[] | undefined {
    return this.reading.latest?.map(({ role, name }) => `${role} ${name}`);
  }

  /** A report that was said just now by the speaker's clock, which is off by so much. */
  report(role: SpeakerName["role"], name: string, off = 0): SpeakerReport {
    return { role, name, at: this.clock.now() + off, sessions: [] };
  }
}

Deno.test("reports are read while they are wanted, every ten seconds, also after a failure", async () => {
  const bench = new Bench();
  bench.reports = [bench.report("agent", "node1")];
  await bench.clock.advance(60_000);
  assertEquals([bench.reads, bench.names], [0, undefined]);
  bench.reading.want(true);
  await bench.clock.advance(5_000);
  bench.reports = new Error("away");
  await bench.clock.advance(10_000);
  bench.reports = [bench.report("agent", "node1")];
  await bench.clock.advance(10_000);
  assertEquals([bench.reads, bench.names], [3, ["agent node1"]]);
  bench.reading.want(false);
  await bench.clock.advance(60_000);
  assertEquals([bench.reads, bench.names], [3, undefined]);
  await bench.reading.stop();
  assertEquals(bench.clock.pending, 0);
});

Deno.test("who asks is woken by what differs, not by every look", async () => {
  const bench = new Bench();
  bench.reading.want(true);
  for (let look = 0; look < 10; look++) {
    bench.reports = [bench.report("agent", "node1"), bench.report("manager", "a")];
    await bench.clock.advance(10_000);
  }
  assertEquals(bench.told, 1);
  await bench.reading.stop();
});

Deno.test("a manager that says nothing new for half a minute is gone, and its report is removed", async () => {
  for (const off of [0, 3_600_000, -100_000]) {
    const bench = new Bench();
    bench.reading.want(true);
    bench.reports = [bench.report("manager", "a", off), bench.report("agent", "node1", off)];
    await bench.clock.advance(25_000);
    assertEquals([bench.names, bench.removed], [["manager a", "agent node1"], []], `${off}`);
    await bench.clock.advance(20_000);
    assertEquals([bench.names, bench.removed], [["agent node1"], ["manager a"]], `${off}`);
    await bench.reading.stop();
  }
});

Deno.test("an agent that says nothing new for three minutes is silent, and its report stays", async () => {
  const bench = new Bench();
  bench.reports = [bench.report("agent", "node1")];
  bench.reading.want(true);
  await bench.clock.advance(175_000);
  assertEquals(bench.names, ["agent node1"]);
  await bench.clock.advance(20_000);
  assertEquals([bench.names, bench.removed, bench.told], [[], [], 2]);
  await bench.reading.stop();
});

Deno.test("a report that was old already is not believed", async () => {
  const bench = new Bench();
  bench.reports = [bench.report("agent", "node1", -180_001)];
  bench.reading.want(true);
  await bench.clock.advance(0);
  assertEquals(bench.names, []);
  await bench.reading.stop();
});

Deno.test("one who asks is told what is said now, also where nobody else wants to know", async () => {
  const bench = new Bench();
  const names = async () => (await bench.reading.ask())?.map(({ name }) => name);
  bench.reports = [bench.report("agent", "node1"), bench.report("agent", "old", -200_000)];
  assertEquals([await names(), await names(), bench.reads], [["node1"], ["node1"], 1]);
  assertEquals(bench.names, undefined);
  await bench.clock.advance(6000);
  bench.reports = new Error("gone");
  assertEquals([await names(), bench.reads], [undefined, 2]);
  // While they are read anyway, nothing more is read.
  bench.reports = [bench.report("agent", "node2")];
  bench.reading.want(true);
  await bench.clock.advance(1000);
  assertEquals([await names(), bench.reads], [["node2"], 3]);
  await bench.reading.stop();
});
