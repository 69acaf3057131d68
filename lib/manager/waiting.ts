/**
 * Since when changes of objects wait for being announced, for measuring: a route whose address is not
 * written down yet is announced only by a later pass, and was wanted since the first.
 *
 * @module
 */

import type { Route } from "../bgp/model/mod.ts";
import { comparePrefixes, type Prefix, type PrefixKey, prefixKey } from "../net/mod.ts";

interface Wait {
  readonly prefix: Prefix;
  readonly since: number;
}

/** Remembers the routes that are planned and not announced yet. Times by the monotonic clock. */
export class Waiting {
  #waiting: ReadonlyMap<PrefixKey, Wait> = new Map();

  /**
   * When the oldest change was heard that the announced routes follow; undefined when they follow no
   * change of objects. `heard` is when the oldest change of this pass was. Both lists are in the order
   * of prefixes.
   */
  since(
    planned: readonly Route[],
    announced: readonly Route[],
    heard: number | undefined,
  ): number | undefined {
    const before = this.#waiting;
    if (planned === announced && before.size === 0) return heard;
    const now = new Map<PrefixKey, Wait>();
    let next = 0;
    for (const route of planned) {
      let said = announced[next];
      while (said !== undefined && orderOf(said, route) < 0) said = announced[++next];
      if (said !== undefined && orderOf(said, route) === 0) continue;
      const key = prefixKey(route.prefix);
      const since = before.get(key)?.since ?? heard;
      if (since !== undefined) now.set(key, { prefix: route.prefix, since });
    }
    this.#waiting = now;
    let oldest = heard;
    for (const [key, { prefix, since }] of before) {
      if (now.has(key) || !includes(announced, prefix)) continue;
      oldest = Math.min(since, oldest ?? Infinity);
    }
    return oldest;
  }
}

function orderOf(a: Route, b: Route): number {
  return a === b ? 0 : comparePrefixes(a.prefix, b.prefix);
}

/** Whether the list, which is in the order of prefixes, has a route for this one. */
function includes(routes: readonly Route[], prefix: Prefix): boolean {
  let low = 0;
  let high = routes.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const order = comparePrefixes((routes[middle] as Route).prefix, prefix);
    if (order === 0) return true;
    if (order < 0) low = middle + 1;
    else high = middle;
  }
  return false;
}
