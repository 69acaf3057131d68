/**
 * How long changes of objects are gathered before the next plan. The first one is planned at once. While
 * they come without pause, as from a burst of new Services, a plan for each of them would only keep the
 * machine from the writes that all of them wait for.
 *
 * @module
 */

/** Milliseconds of rest after a plan: the least, and the most while changes never let it rest. */
const least = 3;
const most = 24;

/** Says when to plan; times by the monotonic clock, in milliseconds. */
export class Pace {
  #planned = -Infinity;
  #rest = least;
  #waited = false;

  /** Milliseconds until a change that came now is to be planned. */
  wait(now: number): number {
    const wait = Math.max(0, this.#planned + this.#rest - now);
    if (wait > 0) this.#waited = true;
    return wait;
  }

  /** A plan was made and is done. */
  planned(now: number): void {
    this.#rest = this.#waited ? Math.min(this.#rest * 2, most) : least;
    this.#waited = false;
    this.#planned = now;
  }
}
