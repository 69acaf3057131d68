/**
 * Paths that changed, held back until the change is over. A file that is being written is read when
 * its writer has closed it, an editor's "move away, write anew" is one change and no deletion, and a
 * rename is not seen half.
 *
 * @module
 */

import type { Clock } from "../../ports/mod.ts";
import { Wake } from "../../wake/mod.ts";

/** How long to wait after each kind of event, in milliseconds. */
const delays: Readonly<Record<string, number>> = {
  // The writer closed the file, or moved a finished one here.
  access: 3,
  rename: 3,
  // It may come back at once.
  remove: 50,
};

/** After any other event a close should follow. */
const otherDelay = 200;

/** However much goes on, a path is looked at so long after its first event. */
const longestDelay = 500;

/** A path that something happened to; times in milliseconds of the monotonic clock. */
interface Pending {
  readonly first: number;
  readonly due: number;
  readonly removal: boolean;
}

/** Collects paths and gives them out together. */
export class SettlingPaths {
  readonly #clock: Clock;
  readonly #settled: (paths: readonly string[]) => void;
  readonly #pending = new Map<string, Pending>();
  readonly #wake: Wake;

  constructor(clock: Clock, settled: (paths: readonly string[]) => void) {
    this.#clock = clock;
    this.#settled = settled;
    this.#wake = new Wake(clock, () => this.#fire());
  }

  /** Something happened to a path; `event` is the word of Deno.FsEvent. */
  touch(path: string, event: string): void {
    const now = this.#clock.monotonic();
    const first = this.#pending.get(path)?.first ?? now;
    const due = Math.min(now + (delays[event] ?? otherDelay), first + longestDelay);
    this.#pending.set(path, { first, due, removal: event === "remove" });
    this.#arm(due);
  }

  /** Gives nothing out any more. */
  close(): void {
    this.#wake.cancel();
    this.#pending.clear();
  }

  #arm(due: number): void {
    this.#wake.within(Math.max(0, due - this.#clock.monotonic()));
  }

  #fire(): void {
    const now = this.#clock.monotonic();
    const all = [...this.#pending.values()];
    // What was taken away may be what appeared elsewhere: both are given out together, in time.
    const removal = all.filter((each) => each.removal && each.due > now);
    const late = all.some((each) => each.first + longestDelay <= now);
    if (removal.length > 0 && !late) return this.#arm(Math.min(...removal.map((each) => each.due)));
    const settled = [...this.#pending].filter(([, { due }]) => due <= now).map(([path]) => path);
    for (const path of settled) this.#pending.delete(path);
    let next = Infinity;
    for (const { due } of this.#pending.values()) next = Math.min(next, due);
    if (next < Infinity) this.#arm(next);
    if (settled.length > 0) this.#settled(settled);
  }
}
