/**
 * A clock that stands still until a test moves it.
 *
 * @module
 */

import type { Cancel, Clock } from "../../lib/ports/mod.ts";

/** Time starts here: 2026-01-01T00:00:00Z. */
export const fakeEpoch = Date.UTC(2026, 0, 1);

/** A clock for tests: `await clock.advance(ms)` runs what falls due, in order. */
export class FakeClock implements Clock {
  readonly #settle: () => Promise<void>;
  #elapsed = 0;
  #next = 0;
  #pending = new Map<number, { readonly at: number; readonly fn: () => void }>();

  /** What lets promises settle after each call; a test without real I/O may give `settleMicrotasks`. */
  constructor(settling: () => Promise<void> = settle) {
    this.#settle = settling;
  }

  /** Milliseconds since the epoch. */
  now(): number {
    return fakeEpoch + this.#elapsed;
  }

  /** Milliseconds since the clock was made. */
  monotonic(): number {
    return this.#elapsed;
  }

  /** Calls `fn` once when the clock was moved by `ms`. */
  after(ms: number, fn: () => void): Cancel {
    const id = this.#next++;
    this.#pending.set(id, { at: this.#elapsed + ms, fn });
    return () => void this.#pending.delete(id);
  }

  /** How many calls are pending. */
  get pending(): number {
    return this.#pending.size;
  }

  /** Moves time, runs what falls due on the way, and lets promises settle after each call. */
  async advance(ms: number): Promise<void> {
    const end = this.#elapsed + ms;
    await this.#settle();
    for (let due = this.#due(end); due !== undefined; due = this.#due(end)) {
      const [id, { at, fn }] = due;
      this.#pending.delete(id);
      this.#elapsed = Math.max(this.#elapsed, at);
      fn();
      await this.#settle();
    }
    this.#elapsed = end;
  }

  #due(end: number): [number, { readonly at: number; readonly fn: () => void }] | undefined {
    let first: [number, { readonly at: number; readonly fn: () => void }] | undefined;
    for (const entry of this.#pending) {
      if (entry[1].at <= end && (first === undefined || entry[1].at < first[1].at)) first = entry;
    }
    return first;
  }
}

/** Lets all promises that can settle do so; no time passes. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise<void>((resolve) => setTimeout(resolve, 0));
}

/** Lets promises settle that wait for each other only: a hundred times faster than `settle`. */
export async function settleMicrotasks(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}
