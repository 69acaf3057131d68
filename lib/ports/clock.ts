/**
 * Time as the loops see it.
 *
 * @module
 */

/** A clock: milliseconds, and calls later. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Milliseconds that never go back, for measuring. */
  monotonic(): number;
  /** Calls `fn` once after `ms` milliseconds; the result cancels it. A pending call keeps no process alive. */
  after(ms: number, fn: () => void): Cancel;
}

/** Cancels what is pending; harmless when it is over. */
export type Cancel = () => void;

/** Random numbers in [0, 1), for jitter. */
export type Random = () => number;
