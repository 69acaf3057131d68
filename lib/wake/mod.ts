/**
 * What the loops wait with: one call that is to come, and comes as soon as anybody who asked for it wants it,
 * and how long it is put off by failures.
 *
 * @module
 */

import type { Cancel, Clock } from "../ports/mod.ts";

export * from "./backoff.ts";

/** Calls back once for all who asked meanwhile; may be asked again from within the call. */
export class Wake {
  readonly #clock: Clock;
  readonly #call: () => void;
  #due: { readonly at: number; readonly cancel: Cancel } | undefined;

  /** Nothing is to come until it is asked for. */
  constructor(clock: Clock, call: () => void) {
    this.#clock = clock;
    this.#call = call;
  }

  /** Comes in so many milliseconds, or sooner where that was asked for already. */
  within(ms: number): void {
    const at = this.#clock.monotonic() + ms;
    if (this.#due !== undefined && this.#due.at <= at) return;
    this.#due?.cancel();
    const cancel = this.#clock.after(ms, () => {
      this.#due = undefined;
      this.#call();
    });
    this.#due = { at, cancel };
  }

  /** Does not come. */
  cancel(): void {
    this.#due?.cancel();
    this.#due = undefined;
  }

  /** When it is to come, by the monotonic clock; undefined when nobody asked. */
  get at(): number | undefined {
    return this.#due?.at;
  }
}
