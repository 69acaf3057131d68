/**
 * Named timers over the Clock port: starting one again moves it, stopping one that does not run is
 * harmless.
 *
 * @module
 */

import type { Cancel, Clock } from "../../ports/mod.ts";

/**
 * Seconds to leave a peer alone after we ended a session and before we call it again. One that is
 * called while it still clears up (BIRD does so for some milliseconds) refuses, and is then called
 * a second later.
 */
export const redialPause = 0.2;

/** The timers of one owner. */
export class Timers<Name extends string> {
  #clock: Clock;
  #pending = new Map<Name, Cancel>();

  /** No timer runs at first. */
  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Calls `fn` once after `ms` milliseconds unless the timer is stopped or started again. */
  start(name: Name, ms: number, fn: () => void): void {
    this.stop(name);
    const cancel = this.#clock.after(ms, () => {
      this.#pending.delete(name);
      fn();
    });
    this.#pending.set(name, cancel);
  }

  /** Stops one timer. */
  stop(name: Name): void {
    this.#pending.get(name)?.();
    this.#pending.delete(name);
  }
}
