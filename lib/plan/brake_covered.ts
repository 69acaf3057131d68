/**
 * Which withdrawn routes are no loss, since other routes lead to their addresses: a host route that a
 * covering prefix stands for, and the other way round (docs/adr/0037).
 *
 * @module
 */

import type { Route } from "../bgp/model/mod.ts";
import {
  comparePrefixes,
  type Prefix,
  prefix,
  prefixContains,
  type PrefixKey,
  prefixKey,
} from "../net/mod.ts";
import type { Eip } from "../objects/mod.ts";
import { indexIn } from "./order.ts";
import { isAggregate } from "./routes.ts";

/**
 * Of withdrawn routes those whose addresses nothing leads to any more, as far as covering prefixes go.
 * `left`: what is announced now, in the order of prefixes.
 */
export function lost(
  removed: readonly Route[],
  left: readonly Route[],
  eips: readonly Eip[],
): readonly Route[] {
  const lengths = new Set(eips.flatMap(({ spec }) => spec.bgp?.aggregationLength ?? []));
  if (removed.length === 0 || (lengths.size === 0 && !removed.some(isAggregate))) return removed;
  const covering = new Set<PrefixKey>(
    left.filter(isAggregate).map((each) => prefixKey(each.prefix)),
  );
  return removed.filter((route) => {
    if (isAggregate(route)) return !hasInside(left, route.prefix);
    const { address, length } = route.prefix;
    return ![...lengths].some((each) =>
      each < length && covering.has(prefixKey(prefix(address, each)))
    );
  });
}

/** How many Services are announced by each covering prefix. */
export type Members = ReadonlyMap<PrefixKey, number>;

/**
 * How many Services covering prefixes had lately: one that loses its Services one after the other goes with
 * the last of them, and stood for all.
 */
export class FormerMembers {
  #noted: readonly { readonly at: number; readonly key: PrefixKey; readonly members: number }[] =
    [];

  /** Takes note of what had more before; forgets what was before a time. */
  note(before: Members, after: Members, { at, since }: { at: number; since: number }): void {
    if (before === after) return;
    const more = [...before].filter(([key, members]) => members > (after.get(key) ?? 0))
      .map(([key, members]) => ({ at, key, members }));
    const fresh = this.#noted.filter((each) => each.at >= since && each.at <= at);
    this.#noted = [...fresh, ...more];
  }

  /** As how many routes one counts: as the most Services that it had since a time, at least as itself. */
  weight({ prefix }: Route, since: number): number {
    const key = prefixKey(prefix);
    return this.#noted.reduce(
      (most, each) => each.key === key && each.at >= since ? Math.max(most, each.members) : most,
      1,
    );
  }
}

/** As how many routes all of these count whose covering prefixes have these members. */
export function weightOf(routes: readonly Route[], members: Members): number {
  let all = routes.length;
  for (const each of members.values()) all += each - 1;
  return all;
}

/** The sum of weights; what has none counts as one route. */
export function sumOfWeights(all: Iterable<{ readonly weight?: number }>): number {
  let sum = 0;
  for (const { weight = 1 } of all) sum += weight;
  return sum;
}

/** Whether a route leads to an address of the prefix. */
function hasInside(routes: readonly Route[], wanted: Prefix): boolean {
  const next = routes[indexIn(routes, (each) => comparePrefixes(each.prefix, wanted))]?.prefix;
  return next !== undefined && prefixContains(wanted, next.address);
}
