/**
 * Objects that the API server does not let us write, for a reason that is the object's own: an admission
 * webhook, or an Eip with more claims than one object can have. The others must not wait for them, so each
 * becomes a fault of its object and is left out until a growing while has passed.
 *
 * @module
 */

import type { Cancel, Clock, Random } from "../../ports/mod.ts";
import { type ObjectRef, refKey } from "../../refusal/mod.ts";
import { backoff } from "./backoff.ts";
import { ApiError } from "./errors.ts";

const times = { first: 1000, last: 60_000 };

/** Whether an error is one object's own. A missing permission is not: it concerns all of its kind. */
export function isObjectsOwn(thrown: unknown): thrown is ApiError {
  if (!(thrown instanceof ApiError)) return false;
  if (thrown.code === 403) return !/\bcannot patch resource\b/.test(thrown.message);
  return [400, 413, 422].includes(thrown.code) || isTooLarge(thrown);
}

/**
 * Whether the object has become too large: for the API server (413), for etcd (--max-request-bytes), for the
 * connection to it, or for what stands in etcd's place.
 */
export function isTooLarge({ code, message }: ApiError): boolean {
  const says = /request is too large|message larger than max|maximum payload|exceeds the maximum/i;
  return code === 413 || code >= 500 && says.test(message);
}

/** Remembers which objects are refused, and until when. */
export class RefusedWrites {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #again: (ref: ObjectRef) => void;
  readonly #refused = new Map<string, { readonly failures: number; cancel: Cancel | undefined }>();

  /** `again` is called when an object may be tried again. */
  constructor(clock: Clock, random: Random, again: (ref: ObjectRef) => void) {
    this.#clock = clock;
    this.#random = random;
    this.#again = again;
  }

  /** Whether an object is not to be tried now. */
  has(ref: ObjectRef): boolean {
    return this.#refused.get(refKey(ref))?.cancel !== undefined;
  }

  /** It was refused. */
  add(ref: ObjectRef): void {
    const key = refKey(ref);
    const failures = (this.#refused.get(key)?.failures ?? 0) + 1;
    const state = {
      failures,
      cancel: this.#clock.after(backoff(failures, times, this.#random), () => {
        state.cancel = undefined;
        this.#again(ref);
      }) as Cancel | undefined,
    };
    this.#refused.set(key, state);
  }

  /** It was written. */
  delete(ref: ObjectRef): void {
    const key = refKey(ref);
    this.#refused.get(key)?.cancel?.();
    this.#refused.delete(key);
  }

  /** Calls nobody any more. */
  close(): void {
    for (const { cancel } of this.#refused.values()) cancel?.();
    this.#refused.clear();
  }
}
