/**
 * Sorted views that follow a list from one snapshot to the next. A store gives the same reference
 * for an object that did not change, so what differs between two lists is found by comparing
 * references from both ends, and a view of a hundred thousand objects follows a change of one in a
 * copy of references without sorting anew.
 *
 * @module
 */

import { compareRefs } from "../refusal/mod.ts";
import type { ObjectRef } from "../refusal/mod.ts";

/** What was removed from and added to a list of distinct values. */
export interface Delta<T> {
  readonly removed: ReadonlySet<T>;
  readonly added: readonly T[];
}

/** How many values two lists share, by reference, at their starts and at their ends; none is in both numbers. */
export function shared<T>(
  before: readonly T[],
  after: readonly T[],
): { readonly start: number; readonly end: number } {
  let start = 0;
  const shorter = Math.min(before.length, after.length);
  while (start < shorter && before[start] === after[start]) start++;
  let end = 0;
  while (
    end < shorter - start && before[before.length - 1 - end] === after[after.length - 1 - end]
  ) end++;
  return { start, end };
}

/** Finds what differs between two lists, by reference and whatever the order. */
export function delta<T>(before: readonly T[], after: readonly T[]): Delta<T> {
  const { start, end } = shared(before, after);
  const removed = new Set(before.slice(start, before.length - end));
  const added = after.slice(start, after.length - end).filter((each) => !removed.delete(each));
  return { removed, added };
}

/**
 * Visits what differs between two lists that are in the same order, by reference: what stands at the same
 * place of the order in both as a pair, anything else alone. What they share costs a comparison of
 * references, and nothing is kept.
 */
export function visitDifferences<T>(
  before: readonly T[],
  after: readonly T[],
  compare: (a: T, b: T) => number,
  visit: (before: T | undefined, after: T | undefined) => void,
): void {
  const { start, end } = shared(before, after);
  const [beforeEnd, afterEnd] = [before.length - end, after.length - end];
  let [left, right] = [start, start];
  while (left < beforeEnd || right < afterEnd) {
    const old = left < beforeEnd ? before[left] : undefined;
    const now = right < afterEnd ? after[right] : undefined;
    if (old === now) {
      left++;
      right++;
      continue;
    }
    const order = old === undefined ? 1 : now === undefined ? -1 : compare(old, now);
    if (order <= 0) left++;
    if (order >= 0) right++;
    visit(order <= 0 ? old : undefined, order >= 0 ? now : undefined);
  }
}

/** So many changes are put into their places one by one; for more the lists are merged. */
const few = 32;

/** A sorted view of a list; the order must be total, so that it does not depend on the input's. */
export class SortedView<T> {
  readonly #compare: (a: T, b: T) => number;
  #input: readonly T[] = [];
  #sorted: readonly T[] = [];

  constructor(compare: (a: T, b: T) => number) {
    this.#compare = compare;
  }

  /** The view as it is: the same array as long as the same values are in it. */
  get sorted(): readonly T[] {
    return this.#sorted;
  }

  /** A value of the view: `compare` orders the one looked for, as 0, among the others. */
  find(compare: (value: T) => number): T | undefined {
    const value = this.#sorted[indexIn(this.#sorted, compare)];
    return value !== undefined && compare(value) === 0 ? value : undefined;
  }

  /** The list, sorted; the same array as before when the same values are in it. */
  update(input: readonly T[]): readonly T[] {
    const change = delta(this.#input, input);
    this.#input = input;
    return this.apply(change);
  }

  /** The view after a change that is known already; not to be mixed with `update`. */
  apply({ removed, added }: Delta<T>): readonly T[] {
    if (removed.size === 0 && added.length === 0) return this.#sorted;
    if (removed.size + added.length <= few) {
      this.#sorted = this.#placed(removed, added);
    } else {
      const kept = removed.size === 0
        ? this.#sorted
        : this.#sorted.filter((each) => !removed.has(each));
      this.#sorted = merge(kept, [...added].sort(this.#compare), this.#compare);
    }
    return this.#sorted;
  }

  #placed(removed: Iterable<T>, added: Iterable<T>): readonly T[] {
    const list = this.#sorted.slice();
    const place = (value: T): number => indexIn(list, (each) => this.#compare(each, value));
    for (const value of removed) {
      const at = list.indexOf(value, place(value));
      if (at < 0) throw new Error("Cannot take out of a view what is not in it");
      list.splice(at, 1);
    }
    for (const value of added) list.splice(place(value), 0, value);
    return list;
  }
}

/** Where in a sorted list the first value is that is not ordered before the one looked for. */
export function indexIn<T>(list: readonly T[], compare: (value: T) => number): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compare(list[middle] as T) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Whether two lists have the same references in the same order. */
export function sameItems<T>(a: readonly T[], b: readonly T[]): boolean {
  if (a === b) return true;
  return a.length === b.length && a.every((each, index) => each === b[index]);
}

/** Orders objects by kind, namespace and name. */
export function byRef(a: { readonly ref: ObjectRef }, b: { readonly ref: ObjectRef }): number {
  return compareRefs(a.ref, b.ref);
}

/** Orders what is of Services by their names. */
export function byService(
  a: { readonly service: ObjectRef },
  b: { readonly service: ObjectRef },
): number {
  return compareRefs(a.service, b.service);
}

/** Orders objects by age, oldest first, then by kind, namespace and name. */
export function byAge(
  a: { readonly ref: ObjectRef; readonly createdAt: number },
  b: { readonly ref: ObjectRef; readonly createdAt: number },
): number {
  return a.createdAt - b.createdAt || compareRefs(a.ref, b.ref);
}

/** Of objects of which one counts: the oldest that stays. */
export function inForce<
  T extends { readonly ref: ObjectRef; readonly createdAt: number; readonly deleting: boolean },
>(objects: readonly T[]): T | undefined {
  return objects.filter((each) => !each.deleting).sort(byAge)[0];
}

/** One sorted list of two; what is equal stands as in `a`, then as in `b`. */
export function merge<T>(
  a: readonly T[],
  b: readonly T[],
  compare: (a: T, b: T) => number,
): readonly T[] {
  if (a.length === 0) return b;
  if (b.length === 0) return a;
  const merged: T[] = [];
  let at = 0;
  for (const next of b) {
    for (let head = a[at]; head !== undefined && compare(head, next) <= 0; head = a[at]) {
      merged.push(head);
      at++;
    }
    merged.push(next);
  }
  for (; at < a.length; at++) merged.push(a[at] as T);
  return merged;
}
