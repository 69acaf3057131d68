/**
 * Fuzzing in a worker that can be ended: a target that never comes back from an input is a failure with
 * that input, and the other targets have their time all the same.
 *
 * @module
 */

import type { FuzzReport } from "./runner.ts";
import type { FuzzAnswer, FuzzOrder } from "./worker.ts";

/** Longer than all that one input may take together with making it smaller, in milliseconds. */
const stuckAfter = 20_000;

/** Until its first input a worker loads code, in milliseconds. */
const startsWithin = 120_000;

/** Inputs are far shorter. */
const longestInput = 1 << 20;

/** Runs targets of one module, one after the other. */
export class Watched implements Disposable {
  readonly #module: string;
  readonly #stuckAfter: number;
  readonly #inHand = new SharedArrayBuffer(8 + longestInput);
  #worker: Worker | undefined;

  /** The module exports `fuzzTargets`. A target that has the same input in hand for `after` ms is ended. */
  constructor(module: URL, after: number = stuckAfter) {
    this.#module = module.href;
    this.#stuckAfter = after;
  }

  /** Runs one target to its end. Throws when the module has no such one, or the worker broke. */
  async fuzz(order: Omit<FuzzOrder, "module" | "inHand">): Promise<FuzzReport> {
    const numbers = new Int32Array(this.#inHand, 0, 2).fill(0);
    const answered = this.#answer({ ...order, module: this.#module, inHand: this.#inHand });
    const stuck = Promise.withResolvers<undefined>();
    let [seen, since] = [0, performance.now()];
    const timer = setInterval(() => {
      const count = Atomics.load(numbers, 0);
      if (count !== seen) [seen, since] = [count, performance.now()];
      const limit = count === 0 ? startsWithin : this.#stuckAfter;
      if (performance.now() - since > limit) stuck.resolve(undefined);
    }, 100);
    try {
      const answer = await Promise.race([answered, stuck.promise]);
      if (answer === undefined) return this.#ended(order.target, numbers);
      if ("thrown" in answer) throw new Error(answer.thrown);
      return answer;
    } finally {
      clearInterval(timer);
    }
  }

  [Symbol.dispose](): void {
    this.#worker?.terminate();
    this.#worker = undefined;
  }

  #answer(order: FuzzOrder): Promise<FuzzAnswer> {
    const worker = this.#worker ??= new Worker(new URL("worker.ts", import.meta.url), {
      type: "module",
    });
    const { promise, resolve, reject } = Promise.withResolvers<FuzzAnswer>();
    worker.onmessage = ({ data }: MessageEvent<FuzzAnswer>) => resolve(data);
    worker.onerror = (event) => {
      event.preventDefault();
      reject(new Error(event.message));
    };
    worker.postMessage(order);
    return promise;
  }

  /** Ends a target that is stuck; the next one gets a new worker. */
  #ended(target: string, numbers: Int32Array): FuzzReport {
    const [runs = 0, length = 0] = numbers;
    if (runs === 0) throw new Error(`${target}: the worker did not start`);
    this[Symbol.dispose]();
    const input = new Uint8Array(this.#inHand, 8, Math.min(length, longestInput)).slice();
    const reason = `one input took more than ${this.#stuckAfter} ms, and was ended`;
    return { target, runs, failure: { target, input, reason } };
  }
}
