/**
 * Runs fuzz targets: the corpus of past failures first, then mutations until the time is over. A
 * target fails by throwing, or by taking more than a second for one input; the input is made smaller
 * before it is shown.
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

/** An input that a target did not stand. */
export interface FuzzFailure {
  readonly target: string;
  readonly input: Uint8Array;
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
  /** Milliseconds for this target; the corpus is always run. */
  readonly budget: number;
  /** Milliseconds since any fixed moment. */
  readonly now: () => number;
  /** Inputs that failed once; run before all others. */
  readonly corpus: readonly Uint8Array[];
}

/** An input that takes longer is a hang. */
const hangAfter = 1000;

/** Runs one target; stops at its first failure. */
export function fuzz(target: FuzzTarget, options: FuzzOptions): FuzzReport {
  const { seed, budget, now, corpus } = options;
  const random = seededRandom(seed);
  const end = now() + budget;
  let runs = 0;
  for (const input of [...corpus, ...target.seeds]) {
    runs++;
    const reason = attempt(target, input, now);
    if (reason !== undefined) return failed(target, input, { runs, reason, now });
  }
  const starts = [...corpus, ...target.seeds];
  while (now() < end) {
    const input = mutate(starts, random);
    runs++;
    const reason = attempt(target, input, now);
    if (reason !== undefined) return failed(target, input, { runs, reason, now });
  }
  return { target: target.name, runs, failure: undefined };
}

function attempt(target: FuzzTarget, input: Uint8Array, now: () => number): string | undefined {
  const first = timed(target, input, now);
  // The machine may have been busy elsewhere: an input that hangs, hangs twice.
  const took = typeof first === "number" && first > hangAfter ? timed(target, input, now) : first;
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
  how: { readonly runs: number; readonly reason: string; readonly now: () => number },
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
  { reason, now }: { readonly reason: string; readonly now: () => number },
): { input: Uint8Array; reason: string } {
  let best = { input: input.slice(), reason };
  const end = now() + 5 * hangAfter;
  for (let size = best.input.length >>> 1; size > 0; size >>>= 1) {
    for (let at = 0; at + size <= best.input.length && now() < end;) {
      const smaller = new Uint8Array(best.input.length - size);
      smaller.set(best.input.subarray(0, at));
      smaller.set(best.input.subarray(at + size), at);
      const still = attempt(target, smaller, now);
      if (still === undefined) at += size;
      else best = { input: smaller, reason: still };
    }
  }
  return best;
}
