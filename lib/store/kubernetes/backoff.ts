/**
 * When to try again: growing waits with jitter, and what Retry-After asks for (RFC 9110, 10.2.3).
 *
 * @module
 */

import type { Clock, Random } from "../../ports/mod.ts";
import { backoff as whole, type BackoffTimes } from "../../wake/mod.ts";

export type { BackoffTimes };

/** The wait after so many failures in a row (1 for the first): doubled each time, the half of it by chance. */
export function backoff(failures: number, times: BackoffTimes, random: Random): number {
  const full = whole(failures, times);
  return full / 2 + random() * full / 2;
}

/**
 * A Retry-After header in milliseconds: seconds, or a date; undefined when it is neither. More than
 * `most` milliseconds are not believed.
 */
export function retryAfter(
  header: string | null,
  options: { readonly now: number; readonly most: number },
): number | undefined {
  const text = (header ?? "").trim();
  if (/^\d{1,9}$/.test(text)) return Math.min(Number(text) * 1000, options.most);
  if (!/[a-z]/i.test(text)) return undefined;
  const at = Date.parse(text);
  if (Number.isNaN(at)) return undefined;
  return Math.min(Math.max(0, at - options.now), options.most);
}

/** Waits; resolves early, without a word, when the signal is aborted. */
export function pause(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = (): void => {
      cancel();
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const cancel = clock.after(ms, done);
    signal?.addEventListener("abort", done);
  });
}

/** A signal that is aborted after some time, or when another one is. `end` must be called. */
export class Deadline {
  readonly #controller = new AbortController();
  readonly #outer: AbortSignal | undefined;
  readonly #cancel: () => void;
  readonly #follow = (): void => this.#controller.abort(this.#outer?.reason);

  constructor(
    options: {
      readonly clock: Clock;
      readonly ms: number;
      readonly outer: AbortSignal | undefined;
      /** What the signal is aborted with when the time is over. */
      readonly late: () => Error;
    },
  ) {
    this.#outer = options.outer;
    this.#cancel = options.clock.after(options.ms, () => this.#controller.abort(options.late()));
    if (this.#outer?.aborted) this.#follow();
    else this.#outer?.addEventListener("abort", this.#follow);
  }

  /** Aborted when the time is over, or with the outer signal. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Aborts now. */
  abort(reason: Error): void {
    this.#controller.abort(reason);
  }

  /** No time limit from now on; the outer signal still counts. */
  lift(): void {
    this.#cancel();
  }

  /** Nothing is aborted from now on. */
  end(): void {
    this.#cancel();
    this.#outer?.removeEventListener("abort", this.#follow);
  }
}
