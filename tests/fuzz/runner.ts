/**
 * Runs fuzz targets: the corpus of past failures first, then mutations until the time is over or so
 * many are done. A target fails by throwing, by taking more than a second for one input, or by holding
 * on to memory; the input, where one is to blame, is made smaller before it is shown. One that never
 * comes back from an input is for `watched.ts` to end.
 *
 * @module
 */

import { mutate } from "./mutate.ts";
import { seededRandom } from "./random.ts";

/** A decoder under test. */
export interface FuzzTarget {
  readonly name: string;
  /** Good inputs, to start mutations from. */
  readonly seeds: readonly Uint8Array[];
  /** Decodes the bytes and checks its laws; throws when one does not hold. */
  run(bytes: Uint8Array): void;
}

/** An input that a target did not stand; none where it grew over all of them. */
export interface FuzzFailure {
  readonly target: string;
  readonly input: Uint8Array | undefined;
  readonly reason: string;
}

/** What came of one target. */
export interface FuzzReport {
  readonly target: string;
  readonly runs: number;
  readonly failure: FuzzFailure | undefined;
}

/** How long, from which seed, by which clock. */
export interface FuzzOptions {
  readonly seed: number;
  /** Milliseconds for this target, or how many inputs; the corpus and the seeds are always run. */
  readonly budget: number | { readonly runs: number };
  /** Milliseconds since any fixed moment. */
  readonly now: () => number;
  /** Milliseconds of CPU time that were used; a busy machine makes no input slow by it. */
  readonly cpu?: (() => number) | undefined;
  /** Inputs that failed once; run before all others. */
  readonly corpus: readonly Uint8Array[];
  /** Bytes that are in use when all garbage is gone; without it growth is not looked for. */
  readonly memory?: (() => number) | undefined;
  /** Told of each input before the target is: whoever watches a target that never returns. */
  readonly before?: ((input: Uint8Array) => void) | undefined;
}

/** What a target may hold on to, of all inputs together: caches and what the engine learns. */
const mostGrowth = 8 * 2 ** 20;

/** An input that takes longer is a hang. */
const hangAfter = 1000;

/** One in so many inputs may be made of one that failed once. */
const corpusShare = 16;

/** By which an input is judged: the time that passes, and that which is used. */
type Clocks = Pick<FuzzOptions, "now"> & { readonly cpu: () => number };

/** Runs one target; stops at its first failure. */
export function fuzz(target: FuzzTarget, options: FuzzOptions): FuzzReport {
  const { seed, corpus, now, cpu = now } = options;
  const random = seededRandom(seed);
  const goesOn = limit(options.budget, now);
  const starts = [...corpus, ...target.seeds];
  const memory = memoryWatch(options);
  for (let runs = 0;;) {
    // Those of the corpus are often slow ones: changed each time, they would be all that a run does.
    const pool = random(corpusShare) === 0 ? starts : target.seeds;
    const input = starts[runs] ?? (goesOn(runs) ? mutate(pool, random) : undefined);
    if (input === undefined) {
      const reason = memory.growth();
      const failure = reason === undefined
        ? undefined
        : { target: target.name, input: undefined, reason };
      return { target: target.name, runs, failure };
    }
    runs++;
    options.before?.(input);
    const reason = attempt(target, input, { now, cpu });
    if (reason !== undefined) return failed(target, input, { runs, reason, now, cpu });
    memory.note(runs);
  }
}

/** Whether there is another run after so many. */
function limit(budget: FuzzOptions["budget"], now: () => number): (runs: number) => boolean {
  if (typeof budget === "object") return (runs) => runs < budget.runs;
  const end = now() + budget;
  return () => now() < end;
}

/** Looks at memory after a thousand runs, when code is compiled and caches are full, and at the end. */
function memoryWatch({ memory }: FuzzOptions): {
  readonly note: (runs: number) => void;
  readonly growth: () => string | undefined;
} {
  let before: number | undefined;
  return {
    note(runs) {
      if (runs === 1000) before = memory?.();
    },
    growth() {
      if (before === undefined || memory === undefined) return undefined;
      const grown = memory() - before;
      return grown > mostGrowth ? `it holds on to ${(grown / 2 ** 20).toFixed(1)} MiB` : undefined;
    },
  };
}

function attempt(target: FuzzTarget, input: Uint8Array, { now, cpu }: Clocks): string | undefined {
  const first = timed(target, input, now);
  // The machine may have been busy elsewhere: an input that hangs, hangs twice, and uses that time.
  const took = typeof first === "number" && first > hangAfter ? timed(target, input, cpu) : first;
  if (typeof took === "string") return took;
  return took > hangAfter ? `one input took ${Math.round(took)} ms` : undefined;
}

/** How long the target took, or what it threw. */
function timed(target: FuzzTarget, input: Uint8Array, now: () => number): number | string {
  const start = now();
  try {
    target.run(input);
  } catch (thrown) {
    return thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
  }
  return now() - start;
}

function failed(
  target: FuzzTarget,
  input: Uint8Array,
  how: Clocks & { readonly runs: number; readonly reason: string },
): FuzzReport {
  const { input: smallest, reason } = shrunk(target, input, how);
  return {
    target: target.name,
    runs: how.runs,
    failure: { target: target.name, input: smallest, reason },
  };
}

/** Leaves out pieces, large ones first, as long as what is left still fails. */
function shrunk(
  target: FuzzTarget,
  input: Uint8Array,
  { reason, now, cpu }: Clocks & { readonly reason: string },
): { input: Uint8Array; reason: string } {
  let best = { input: input.slice(), reason };
  const end = now() + 5 * hangAfter;
  for (let size = best.input.length >>> 1; size > 0; size >>>= 1) {
    for (let at = 0; at + size <= best.input.length && now() < end;) {
      const smaller = new Uint8Array(best.input.length - size);
      smaller.set(best.input.subarray(0, at));
      smaller.set(best.input.subarray(at + size), at);
      const still = attempt(target, smaller, { now, cpu });
      if (still === undefined) at += size;
      else best = { input: smaller, reason: still };
    }
  }
  return best;
}
