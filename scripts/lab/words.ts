/**
 * How the story puts figures into words.
 *
 * @module
 */

import { formatMs } from "./wait.ts";
import type { Failure, Tally } from "./web.ts";

/** "node1 99, node2 101, node3 100". */
export function answers(tally: Tally): string {
  const counts = Object.entries(tally.answers).sort(([a], [b]) => a.localeCompare(b));
  return counts.map(([name, count]) => `${name} ${count}`).join(", ") || "no answers";
}

/** "0 of 300", or with what kinds. */
export function failures(tally: Tally): string {
  const kinds = new Map<string, number>();
  for (const { kind } of tally.failures) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  const list = [...kinds].map(([kind, count]) => `${kind} ${count}`).join(", ");
  return `${tally.failures.length} of ${tally.requests}${list === "" ? "" : ` (${list})`}`;
}

/** "3 of 300 (TimeoutError 3); the slowest answer took 1.0 s". */
export function outcome(tally: Tally): string {
  return `${failures(tally)}; the slowest answer took ${formatMs(tally.slowest)}`;
}

/** A stretch of time, milliseconds since the epoch. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/**
 * Failures that a change of the leaf's next hops cannot excuse. ECMP deals connections under way out
 * anew among the hops that are left, so one that was open in the span may be cut; one begun after it,
 * or over before it, may not, nor may more than were ever open at once.
 */
export function inexcusable(tally: Tally, changed: Span): readonly Failure[] {
  const wasOpen = ({ at, ms }: Failure) => at <= changed.to && at + ms >= changed.from;
  return [
    ...tally.failures.filter((failure) => !wasOpen(failure)),
    ...tally.failures.filter(wasOpen).slice(tally.mostAtOnce),
  ];
}

/** Whether all requests were answered, each by one of these and each of these at least once. */
export function isOnly(tally: Tally, names: readonly string[]): boolean {
  return tally.failures.length === 0 &&
    Object.keys(tally.answers).sort().join() === [...names].sort().join();
}

/** A path below the checkout, as a reader would type it there. */
export function short(path: string): string {
  const at = path.indexOf("/.lab/");
  return at < 0 ? path : path.slice(at + 1);
}
