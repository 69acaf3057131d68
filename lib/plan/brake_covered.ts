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

/** Whether a route leads to an address of the prefix. */
function hasInside(routes: readonly Route[], wanted: Prefix): boolean {
  const next = routes[indexIn(routes, (each) => comparePrefixes(each.prefix, wanted))]?.prefix;
  return next !== undefined && prefixContains(wanted, next.address);
}
