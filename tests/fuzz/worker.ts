/**
 * A worker that fuzzes one target after the other for `watched.ts`, and lets it see which input is in hand.
 *
 * @module
 */

import process from "node:process";
import { loadCorpus } from "./corpus.ts";
import { fuzz, type FuzzOptions, type FuzzReport, type FuzzTarget } from "./runner.ts";

/** What a worker is asked to do. */
export interface FuzzOrder extends Pick<FuzzOptions, "seed" | "budget"> {
  readonly target: string;
  /** The module that exports `fuzzTargets`. */
  readonly module: string;
  /** How many inputs there were, how long the last one is, and its bytes: two numbers of 32 bits, bytes. */
  readonly inHand: SharedArrayBuffer;
}

/** What it answers. */
export type FuzzAnswer = FuzzReport | { readonly thrown: string };

const { gc } = globalThis as { readonly gc?: () => void };

/** What is in use when garbage is gone. */
const memory = gc === undefined ? undefined : (): number => {
  gc();
  // Buffers that the first one found unused are counted until the next: up to 20 MiB of them.
  gc();
  const { heapUsed, external } = Deno.memoryUsage();
  return heapUsed + external;
};

async function carryOut({ target, module, inHand, ...options }: FuzzOrder): Promise<FuzzReport> {
  const { fuzzTargets } = await import(module) as { readonly fuzzTargets: readonly FuzzTarget[] };
  const it = fuzzTargets.find(({ name }) => name === target);
  if (it === undefined) throw new Error(`${module} has no target "${target}"`);
  const numbers = new Int32Array(inHand, 0, 2);
  const bytes = new Uint8Array(inHand, 8);
  const before = (input: Uint8Array): void => {
    bytes.set(input.subarray(0, bytes.length));
    Atomics.store(numbers, 1, input.length);
    Atomics.add(numbers, 0, 1);
  };
  const now = () => performance.now();
  const cpu = () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  };
  return fuzz(it, { ...options, now, cpu, corpus: loadCorpus(target), memory, before });
}

/** What of a worker's global scope is used; its types would be in the way of every other file's. */
const scope = globalThis as unknown as {
  onmessage: (event: MessageEvent<FuzzOrder>) => Promise<void>;
  postMessage(answer: FuzzAnswer): void;
};

scope.onmessage = async ({ data }) => {
  const answer: FuzzAnswer = await carryOut(data)
    .catch((thrown: unknown) => ({ thrown: String(thrown) }));
  scope.postMessage(answer);
};
