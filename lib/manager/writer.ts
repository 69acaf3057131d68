/**
 * Writes statuses to the store: one write under way at a time, failures tried again with back-off.
 * It keeps no queue: after a write, or when one failed, it asks for a new plan, whose patches are the
 * difference to what the store holds by then.
 *
 * @module
 */

import {
  type Cancel,
  type Clock,
  ConflictError,
  type Log,
  type StatusPatch,
  type Store,
  UnreachableError,
} from "../ports/mod.ts";
import { messageOf } from "../result/mod.ts";
import { backoff } from "../wake/mod.ts";

/** Milliseconds before the first new try after a failure; doubled each time up to the maximum. */
const firstRetry = 500;
const maxRetry = 30_000;

/** At the most while nobody answers: that may be over at any moment, and Services wait. */
const maxRetryOfUnreachable = 2_000;

/** The same after a conflict: what was read is old, and the news are on their way. */
const firstRetryOfConflict = 10;
const maxRetryOfConflict = 1000;

/** What the writer needs. */
export interface StatusWriterOptions {
  readonly store: Pick<Store, "patch">;
  readonly clock: Clock;
  readonly log: Log;
  /** Called when patches that were turned away should be computed anew. */
  readonly again: () => void;
}

/** Writes what it is given, or asks for it again later. */
export class StatusWriter {
  readonly #options: StatusWriterOptions;
  #underWay: Promise<void> | undefined;
  #turnedAway = false;
  #stopped = false;
  #failures = 0;
  #retry: Cancel | undefined;

  /** Makes a writer that has nothing under way. */
  constructor(options: StatusWriterOptions) {
    this.#options = options;
  }

  /**
   * Writes the patches, unless a write is under way or a failed one waits: then they are not even made,
   * and `again` is called after it.
   */
  write(make: () => readonly StatusPatch[]): void {
    if (this.#underWay !== undefined || this.#retry !== undefined) {
      this.#turnedAway = true;
      return;
    }
    const patches = make();
    if (patches.length > 0) this.#underWay = this.#write(patches);
  }

  /** Resolves when nothing is under way; nothing is tried again after that. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#retry?.();
    this.#retry = undefined;
    await this.#underWay;
  }

  async #write(patches: readonly StatusPatch[]): Promise<void> {
    const { store, log } = this.#options;
    try {
      await store.patch(patches);
      if (this.#failures > 0) log.info("status.written", { afterFailures: this.#failures });
      this.#failures = 0;
      this.#underWay = undefined;
      if (this.#turnedAway) this.#askAgain();
    } catch (thrown) {
      this.#underWay = undefined;
      this.#later(thrown);
    }
  }

  #later(thrown: unknown): void {
    const { clock, log } = this.#options;
    const error = messageOf(thrown);
    const conflict = thrown instanceof ConflictError;
    const [first, last] = conflict
      ? [firstRetryOfConflict, maxRetryOfConflict]
      : [firstRetry, thrown instanceof UnreachableError ? maxRetryOfUnreachable : maxRetry];
    const wait = backoff(++this.#failures, { first, last });
    if (conflict) log.info("status.conflict", { error, retryInMs: wait });
    else log.error("status.write-failed", { error, retryInMs: wait });
    if (this.#stopped) return;
    this.#retry = clock.after(wait, () => {
      this.#retry = undefined;
      this.#askAgain();
    });
  }

  #askAgain(): void {
    this.#turnedAway = false;
    if (this.#stopped) return;
    this.#options.again();
  }
}
