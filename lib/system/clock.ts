/**
 * The system's clock behind the Clock port.
 *
 * @module
 */

import type { Cancel, Clock } from "../ports/mod.ts";

/** The longest delay a timer of the runtime takes; a longer one would fire at once. */
const longestDelay = 2 ** 31 - 1;

/** The real time. Delays of any length; pending calls keep no process alive. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after: startTimer,
};

function startTimer(ms: number, fn: () => void): Cancel {
  return ms <= 0 ? startAtOnce(fn) : startLater(ms, fn);
}

/**
 * In the next turn: the runtime's shortest timer takes two milliseconds. It keeps the process alive for
 * that turn, since what does not is forgotten where nothing else happens.
 */
function startAtOnce(fn: () => void): Cancel {
  const immediate = setImmediate(fn);
  return () => clearImmediate(immediate);
}

function startLater(ms: number, fn: () => void): Cancel {
  const due = performance.now() + ms;
  let timer: ReturnType<typeof setTimeout>;
  const arm = (): void => {
    // Fractions are cut off by the runtime, so a timer could fire early without the ceil.
    const left = Math.max(0, Math.ceil(due - performance.now()));
    timer = setTimeout(left > longestDelay ? arm : fn, Math.min(left, longestDelay));
    timer.unref();
  };
  arm();
  return () => clearTimeout(timer);
}
