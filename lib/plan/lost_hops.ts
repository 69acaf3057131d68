/**
 * Next hops that routes have lost one after the other since their nodes went down. A control plane that
 * calls all nodes NotReady does so one by one: when the last one goes and the brake holds the routes, the
 * last one alone would get all packets.
 *
 * @module
 */

import type { Path, Route } from "../bgp/model/mod.ts";
import { compareAddresses, type PrefixKey, prefixKey, sameAddress } from "../net/mod.ts";

interface Lost {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly path: Path;
}

/** Remembers them for as long as withdrawals count together. */
export class LostHops {
  readonly #lost = new Map<PrefixKey, readonly Lost[]>();

  /** Takes note of what a route has lost, of that which `isDown`. */
  note(before: Route, after: Route, at: number, isDown: (path: Path) => boolean): void {
    const lost = before.paths.filter((path) => isDown(path) && !leads(after.paths, path));
    if (lost.length === 0) return;
    const key = prefixKey(before.prefix);
    this.#lost.set(key, [...this.#lost.get(key) ?? [], ...lost.map((path) => ({ at, path }))]);
  }

  /** Forgets what was lost before a time. */
  forget(before: number): void {
    for (const [key, all] of this.#lost) {
      const fresh = all.filter(({ at }) => at >= before);
      if (fresh.length === 0) this.#lost.delete(key);
      else if (fresh.length < all.length) this.#lost.set(key, fresh);
    }
  }

  /** The route with what it has lost since a time; the route itself when that is nothing. */
  whole(route: Route, since: number): Route {
    const found = [...route.paths];
    for (const { at, path } of this.#lost.get(prefixKey(route.prefix)) ?? []) {
      if (at >= since && !leads(found, path)) found.push(path);
    }
    if (found.length === route.paths.length) return route;
    return { ...route, paths: found.sort((a, b) => compareAddresses(a.nextHop, b.nextHop)) };
  }
}

function leads(paths: readonly Path[], { nextHop }: Path): boolean {
  return paths.some((each) => sameAddress(each.nextHop, nextHop));
}
