/**
 * One route for each prefix, also where Services share an address (docs/adr/0019). What a node would
 * lose must not be sent to it: the next hops are those that every announcing sharer has. For Services
 * that may share these are the same but for moments in which their EndpointSlices differ; should no
 * node be left then, the next hops of the first sharer stand.
 *
 * @module
 */

import type { Route } from "../bgp/model/mod.ts";
import { addressKey, type PrefixKey, prefixKey } from "../net/mod.ts";

/** Merges routes, and gives the same object as before for the same parts. */
export class SharedRoutes {
  #known: ReadonlyMap<PrefixKey, Merged> = new Map();

  /** The routes, one for each prefix; those that nobody shares as they are. */
  merge(routes: readonly Route[]): readonly Route[] {
    const byPrefix = new Map<PrefixKey, Route[]>();
    for (const route of routes) {
      const key = prefixKey(route.prefix);
      const parts = byPrefix.get(key);
      if (parts === undefined) byPrefix.set(key, [route]);
      else parts.push(route);
    }
    if (byPrefix.size === routes.length) {
      this.#known = new Map();
      return routes;
    }
    const now = new Map<PrefixKey, Merged>();
    const merged = [...byPrefix].map(([key, parts]) => {
      const [first] = parts;
      if (first === undefined || parts.length === 1) return first;
      const known = this.#known.get(key);
      const same = known?.parts.length === parts.length &&
        known.parts.every((each, index) => each === parts[index]);
      const next = same ? known : { parts, route: mergedRoute(first, parts) };
      now.set(key, next);
      return next.route;
    });
    this.#known = now;
    return merged.filter((each) => each !== undefined);
  }
}

interface Merged {
  readonly parts: readonly Route[];
  readonly route: Route;
}

function mergedRoute(first: Route, parts: readonly Route[]): Route {
  const hops = parts.map(({ paths }) => new Set(paths.map((each) => addressKey(each.nextHop))));
  const paths = first.paths.filter((path) =>
    hops.every((each) => each.has(addressKey(path.nextHop)))
  );
  return paths.length === 0 || paths.length === first.paths.length ? first : { ...first, paths };
}
