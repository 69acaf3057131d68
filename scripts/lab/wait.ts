/**
 * Waiting for the world: look every 20 ms until it is so, with a deadline, and say how long it took.
 *
 * @module
 */

/** How to wait. Times in milliseconds. */
export interface WaitOptions {
  /** 20,000 where nothing is said: far more than anything takes, also on a busy machine. */
  readonly timeout?: number;
  readonly every?: number;
  readonly signal?: AbortSignal;
  /** What to add to the message when the deadline passes: the state as it is then. */
  readonly otherwise?: () => Promise<string> | string;
}

/** What was waited for, and for how many milliseconds. */
export interface Waited<T> {
  readonly value: T;
  readonly ms: number;
}

/** The deadline passed. */
export class DeadlineError extends Error {
  override readonly name = "DeadlineError";
}

/** Looks until `look` gives something other than undefined or false. */
export async function until<T>(
  what: string,
  look: () => Promise<T | undefined | false> | T | undefined | false,
  options: WaitOptions = {},
): Promise<Waited<T>> {
  const start = performance.now();
  const timeout = options.timeout ?? 20_000;
  for (;;) {
    options.signal?.throwIfAborted();
    const value = await look();
    const ms = performance.now() - start;
    if (value !== undefined && value !== false) return { value, ms };
    if (ms > timeout) {
      const now = options.otherwise === undefined ? "" : `\n${await options.otherwise()}`;
      throw new DeadlineError(`not within ${timeout} ms: ${what}${now}`);
    }
    await pause(options.every ?? 20);
  }
}

/** Resolves after so many milliseconds. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Milliseconds for people: "12 ms" or "3.4 s". */
export function formatMs(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

/** The time since `start` (of performance.now()), for people. */
export function took(start: number): string {
  return formatMs(performance.now() - start);
}
