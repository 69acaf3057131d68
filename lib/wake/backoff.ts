/**
 * How long to wait before something that failed is tried again.
 *
 * @module
 */

/** How waits grow, in milliseconds. */
export interface BackoffTimes {
  readonly first: number;
  readonly last: number;
}

/** The wait after so many failures in a row (1 for the first), doubled each time, in milliseconds. */
export function backoff(failures: number, { first, last }: BackoffTimes): number {
  return Math.min(first * 2 ** Math.min(failures - 1, 30), last);
}
