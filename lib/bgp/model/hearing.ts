/**
 * Which peers are told a path, and so how many prefixes each of them shall be told.
 *
 * @module
 */

import type { Family } from "../../net/mod.ts";
import type { PathAttributes, Route } from "./mod.ts";

/** Whether the peer, or the range that it is of, may be told such a path. */
export function hears({ onlyTo }: PathAttributes, peer: string): boolean {
  return onlyTo === undefined || onlyTo.includes(peer);
}

/** How many prefixes of each family. */
export type FamilyCounts = Readonly<Record<Family, number>>;

interface Heard {
  readonly byAll: Record<Family, number>;
  readonly bySome: Map<string, Record<Family, number>>;
}

/** Routes never change: one list of them is counted once, however many peers are asked for. */
const known = new WeakMap<readonly Route[], Heard>();

/** How many of the routes have a path that the peer may be told. */
export function heardBy(routes: readonly Route[], peer: string): FamilyCounts {
  const counted = known.get(routes) ?? count(routes);
  known.set(routes, counted);
  const { byAll, bySome } = counted;
  const more = bySome.get(peer);
  return more === undefined ? byAll : { 4: byAll[4] + more[4], 6: byAll[6] + more[6] };
}

function count(routes: readonly Route[]): Heard {
  const byAll = { 4: 0, 6: 0 };
  const bySome = new Map<string, Record<Family, number>>();
  for (const { prefix: { address: { family } }, paths } of routes) {
    // Where nobody selects, the first path says that all hear: a hundred thousand routes are one look each.
    if (paths.some(({ attributes: { onlyTo } }) => onlyTo === undefined)) {
      byAll[family]++;
      continue;
    }
    for (const name of new Set(paths.flatMap(({ attributes: { onlyTo = [] } }) => onlyTo))) {
      const counts = bySome.get(name) ?? { 4: 0, 6: 0 };
      counts[family]++;
      bySome.set(name, counts);
    }
  }
  return { byAll, bySome };
}
