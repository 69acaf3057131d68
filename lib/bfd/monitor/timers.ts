/**
 * The two timers of a session. The detection timer is restarted by every packet, many times before it
 * ever expires: so it only remembers when, and looks again when the call that is pending comes.
 *
 * @module
 */

import type { Cancel, Clock } from "../../ports/mod.ts";

/** A timer that is cheap to restart. */
export class Deadline {
  readonly #clock: Clock;
  readonly #expired: () => void;
  /** Milliseconds after the deadline at which it is taken for real. */
  readonly #graceMs: number;
  #at: number | undefined;
  #pending: { readonly at: number; readonly cancel: Cancel } | undefined;

  /**
   * With a grace, `expired` is called that much later, if nobody restarted the timer between: a packet
   * that came while this process was busy elsewhere is read before its absence is judged.
   */
  constructor(clock: Clock, expired: () => void, graceMs = 0) {
    this.#clock = clock;
    this.#expired = expired;
    this.#graceMs = graceMs;
  }

  /** Expires in so many milliseconds, and not before. */
  start(ms: number): void {
    this.#at = this.#clock.monotonic() + ms;
    if (this.#pending === undefined || this.#pending.at > this.#at) this.#arm(this.#at);
  }

  /** Does not expire. */
  stop(): void {
    this.#at = undefined;
    this.#pending?.cancel();
    this.#pending = undefined;
  }

  #arm(at: number): void {
    this.#pending?.cancel();
    const cancel = this.#clock.after(Math.max(0, at - this.#clock.monotonic()), () => this.#look());
    this.#pending = { at, cancel };
  }

  #look(): void {
    this.#pending = undefined;
    const at = this.#at;
    if (at === undefined) return;
    if (this.#clock.monotonic() < at) return this.#arm(at);
    if (this.#graceMs === 0) return this.#expire();
    const cancel = this.#clock.after(this.#graceMs, () => {
      this.#pending = undefined;
      if (this.#at === at) this.#expire();
      else if (this.#at !== undefined) this.#arm(this.#at);
    });
    this.#pending = { at, cancel };
  }

  #expire(): void {
    this.#at = undefined;
    this.#expired();
  }
}
