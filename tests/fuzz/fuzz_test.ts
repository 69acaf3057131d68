/**
 * The fuzzer itself: that it finds what is there to be found, and that every target stands its corpus
 * and a short run.
 *
 * @module
 */

import { assert, assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import { corpusTargets, loadCorpus } from "./corpus.ts";
import { fuzzAll, parseArguments } from "./main.ts";
import { mutate } from "./mutate.ts";
import { seededRandom } from "./random.ts";
import { fuzz, type FuzzTarget } from "./runner.ts";
import { fuzzTargets } from "./targets.ts";
import { Watched } from "./watched.ts";

/** A clock that a target can push ahead. */
function fakeClock(): { now: () => number; skip: (ms: number) => void } {
  let time = 0;
  return { now: () => time += 0.01, skip: (ms) => time += ms };
}

Deno.test("a throw is found, and its input made as small as it can be", () => {
  const target: FuzzTarget = {
    name: "trap",
    seeds: [Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9)],
    run(bytes) {
      if (bytes.includes(77)) throw new TypeError("seventy-seven");
    },
  };
  const { now } = fakeClock();
  const report = fuzz(target, { seed: 1, budget: 1000, now, corpus: [] });
  assertEquals(report.failure, {
    target: "trap",
    input: Uint8Array.of(77),
    reason: "TypeError: seventy-seven",
  });
});

Deno.test("an input that takes more than a second is a hang", () => {
  const clock = fakeClock();
  const target: FuzzTarget = {
    name: "slow",
    seeds: [Uint8Array.of(1), Uint8Array.of(200)],
    run: (bytes) => clock.skip(bytes[0] === 200 ? 1500 : 1),
  };
  const report = fuzz(target, { seed: 1, budget: 100, now: clock.now, corpus: [] });
  assertEquals(report.failure?.input, Uint8Array.of(200));
  assertEquals(report.failure?.reason, "one input took 1500 ms");
});

Deno.test("an input that waits for a busy machine is no hang, one that uses the time is", () => {
  const clock = fakeClock();
  const target: FuzzTarget = {
    name: "starved",
    seeds: [Uint8Array.of(1)],
    run: () => clock.skip(1500),
  };
  const options = { seed: 1, budget: { runs: 3 }, now: clock.now, corpus: [] };
  assertEquals(fuzz(target, { ...options, cpu: () => 0 }).failure, undefined);
  const { failure } = fuzz(target, { ...options, cpu: clock.now });
  assertEquals(failure?.reason, "one input took 1500 ms");
});

Deno.test("most inputs are made of good ones, whatever the corpus has", () => {
  let ofCorpus = 0;
  const target: FuzzTarget = {
    name: "share",
    seeds: [new Uint8Array(100)],
    run: (bytes) => void (bytes.filter((byte) => byte === 7).length > 20 && ofCorpus++),
  };
  const corpus = [new Uint8Array(100).fill(7)];
  fuzz(target, { seed: 1, budget: { runs: 2000 }, now: fakeClock().now, corpus });
  assert(ofCorpus > 10 && ofCorpus < 200, `${ofCorpus} of 2000`);
});

Deno.test("a target that holds on to what it read is found, one that lets go is not", () => {
  const held: Uint8Array[] = [];
  const target = (name: string, keeps: boolean): FuzzTarget => ({
    name,
    seeds: [Uint8Array.of(1)],
    run: () => void (keeps && held.push(new Uint8Array(10_000))),
  });
  const memory = (): number => held.reduce((sum, each) => sum + each.length, 0);
  const options = { seed: 1, budget: { runs: 3000 }, now: fakeClock().now, corpus: [], memory };
  assertEquals(fuzz(target("lean", false), options).failure, undefined);
  const { runs, failure } = fuzz(target("leak", true), options);
  assertEquals([runs, failure?.reason, failure?.input], [
    3000,
    "it holds on to 19.1 MiB",
    undefined,
  ]);
});

Deno.test("the corpus is run first, also without any time", () => {
  const seen: string[] = [];
  const target: FuzzTarget = {
    name: "log",
    seeds: [Uint8Array.of(2)],
    run: (bytes) => void seen.push(bytes.toHex()),
  };
  const { now } = fakeClock();
  const report = fuzz(target, { seed: 1, budget: 0, now, corpus: [Uint8Array.of(9)] });
  assertEquals(seen, ["09", "02"]);
  assertEquals(report, { target: "log", runs: 2, failure: undefined });
});

Deno.test("the same seed makes the same inputs, another one makes others", () => {
  const seeds = fuzzTargets.flatMap((it) => it.seeds).slice(0, 20);
  const inputs = (seed: number): string[] => {
    const random = seededRandom(seed);
    return Array.from({ length: 50 }, () => mutate(seeds, random).toHex());
  };
  assertEquals(inputs(5), inputs(5));
  assert(inputs(5).join() !== inputs(6).join());
  assert(new Set(inputs(5)).size > 30, "the inputs hardly differ");
});

Deno.test("there are targets, of different names, each with good inputs to start from", () => {
  assert(fuzzTargets.length >= 4);
  assertEquals(new Set(fuzzTargets.map(({ name }) => name)).size, fuzzTargets.length);
  for (const { name, seeds } of fuzzTargets) assert(seeds.length > 0, name);
});

Deno.test("every file of the corpus belongs to a target and holds inputs", () => {
  const files = corpusTargets();
  assert(files.length >= 1);
  for (const name of files) {
    assert(fuzzTargets.some((target) => target.name === name), `${name}.hex has no target`);
    assert(loadCorpus(name).length > 0, name);
  }
});

for (const target of fuzzTargets) {
  Deno.test(`${target.name} stands its corpus, its seeds and a few hundred mutations`, () => {
    const corpus = loadCorpus(target.name);
    // A clock that only counts how often it is asked: three times for each input.
    let looks = 0;
    const now = (): number => looks++;
    const known = corpus.length + target.seeds.length;
    const { failure, runs } = fuzz(target, { seed: 3, budget: 3 * (known + 300), now, corpus });
    if (failure !== undefined) throw new Error(`${failure.reason}: ${failure.input?.toHex()}`);
    assert(runs >= known + 300, `${runs} runs`);
  });
}

Deno.test("the command line is read, and refused in words", () => {
  const all = { seconds: 60, runs: undefined, target: undefined, seed: 7 };
  assertEquals(parseArguments([], 7), all);
  assertEquals(parseArguments(["--runs", "1000000"], 7), { ...all, runs: 1_000_000 });
  assertEquals(
    parseArguments(["--seconds", "1.5", "--target", "wire-message", "--seed", "3"], 7),
    { seconds: 1.5, runs: undefined, target: "wire-message", seed: 3 },
  );
  for (const args of [["--seconds"], ["--seconds", "x"], ["--target", "nothing"], ["5"]]) {
    assertThrows(() => parseArguments(args, 7));
  }
});

Deno.test("a target that never comes back is ended, with its input, and the next one runs", async () => {
  using watched = new Watched(new URL("endless_targets.ts", import.meta.url), 3000);
  const order = { seed: 1, budget: { runs: 50 } };
  const { failure, runs } = await watched.fuzz({ target: "endless", ...order });
  assertEquals([runs, failure?.input], [2, Uint8Array.of(77, 78)]);
  assertEquals(failure?.reason, "one input took more than 3000 ms, and was ended");
  assertEquals(await watched.fuzz({ target: "fine", ...order }), {
    ...{ target: "fine", runs: 50, failure: undefined },
  });
  const thrown = await assertRejects(() => watched.fuzz({ target: "none", ...order }));
  assertMatch(thrown.message, /has no target/);
});

Deno.test("a run reports every target it was asked for", async () => {
  const lines: string[] = [];
  const asked = { seconds: 0, runs: 500, target: "wire-framer", seed: 4 };
  const reports = await fuzzAll(asked, (it) => lines.push(it));
  assertEquals(reports.map(({ runs, failure }) => ({ runs, failure })), [
    { runs: 500, failure: undefined },
  ]);
  assertEquals(lines.length, 1);
  assertMatch(lines[0] ?? "", /^wire-framer: 500 runs, seed 4, [\d.]+ s$/);
});
