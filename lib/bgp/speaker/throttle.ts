/**
 * Lets each kind of event through once a minute at most, so that nobody outside can fill the log.
 *
 * @module
 */

import type { Clock } from "../../ports/mod.ts";

const intervalMs = 60_000;

/** Keys may come from outside, so only so many are remembered. */
const mostKeys = 256;

/** Counts what it holds back. */
export class Throttle {
  #clock: Clock;
  #seen = new Map<string, { at: number; heldBack: number }>();

  /** Nothing was let through yet. */
  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether to speak now, and how often it was not since the last time; undefined means not now. */
  pass(key: string): { readonly heldBack: number } | undefined {
    const now = this.#clock.monotonic();
    const seen = this.#seen.get(key);
    if (seen !== undefined && now - seen.at < intervalMs) {
      seen.heldBack++;
      return undefined;
    }
    if (seen === undefined && this.#seen.size >= mostKeys) this.#seen.clear();
    this.#seen.set(key, { at: now, heldBack: 0 });
    return { heldBack: seen?.heldBack ?? 0 };
  }
}
