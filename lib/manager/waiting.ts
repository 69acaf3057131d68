/**
 * Since when changes of objects wait for being announced, for measuring: a route whose address is not
 * written down yet is announced only by a later pass, and was wanted since the first.
 *
 * @module
 */

import type { Route } from "../bgp/model/mod.ts";
import { type PrefixKey, prefixKey } from "../net/mod.ts";

/** Remembers the routes that are planned and not announced yet. Times by the monotonic clock. */
export class Waiting {
  #waiting: ReadonlyMap<PrefixKey, number> = new Map();

  /**
   * When the oldest change was heard that the announced routes follow; undefined when they follow no
   * change of objects. `heard` is when the oldest change of this pass was.
   */
  since(
    planned: readonly Route[],
    announced: readonly Route[],
    heard: number | undefined,
  ): number | undefined {
    if (planned === announced && this.#waiting.size === 0) return heard;
    const said = new Set(announced.map(({ prefix }) => prefixKey(prefix)));
    const before = this.#waiting;
    const now = new Map<PrefixKey, number>();
    for (const { prefix } of planned) {
      const key = prefixKey(prefix);
      const since = before.get(key) ?? heard;
      if (!said.has(key) && since !== undefined) now.set(key, since);
    }
    this.#waiting = now;
    const over = [...before].flatMap(([key, since]) => said.has(key) ? [since] : []);
    const times = heard === undefined ? over : [heard, ...over];
    return times.length === 0 ? undefined : Math.min(...times);
  }
}
