/**
 * Next hops that routes have lost one after the other since their nodes went down. A control plane that
 * calls all nodes NotReady does so one by one: when the last one goes and the brake holds the routes, the
 * last one alone would get all packets.
 *
 * @module
 */

import type { Path, Route } from "../bgp/model/mod.ts";
import {
  type AddressKey,
  addressKey,
  compareAddresses,
  type PrefixKey,
  prefixKey,
  sameAddress,
} from "../net/mod.ts";

/** What a plan changed of routes that stayed. */
interface Pass {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** As they were before. */
  readonly routes: readonly Route[];
  /** The next hops that were up before, and not after. */
  readonly left: ReadonlySet<AddressKey>;
  /** The routes, once one is asked for: mostly none ever is. */
  byPrefix?: ReadonlyMap<PrefixKey, Route>;
}

/** Remembers them for as long as withdrawals count together. */
export class LostHops {
  #passes: readonly Pass[] = [];

  /** Takes note of routes as they were before a plan changed them, and of who was up no more. */
  note(routes: readonly Route[], at: number, left: ReadonlySet<AddressKey>): void {
    if (routes.length > 0 && left.size > 0) this.#passes = [...this.#passes, { at, routes, left }];
  }

  /** Forgets what was lost before a time; to be called with every plan, since whole lists are kept. */
  forget(before: number): void {
    if (this.#passes.some(({ at }) => at < before)) {
      this.#passes = this.#passes.filter(({ at }) => at >= before);
    }
  }

  /** The route with what it has lost since a time, through nodes that went down; itself when that is nothing. */
  whole(route: Route, since: number): Route {
    if (this.#passes.length === 0) return route;
    const found = [...route.paths];
    const key = prefixKey(route.prefix);
    for (const pass of this.#passes) {
      if (pass.at < since) continue;
      pass.byPrefix ??= new Map(pass.routes.map((each) => [prefixKey(each.prefix), each]));
      for (const path of pass.byPrefix.get(key)?.paths ?? []) {
        if (pass.left.has(addressKey(path.nextHop)) && !leads(found, path)) found.push(path);
      }
    }
    if (found.length === route.paths.length) return route;
    return { ...route, paths: found.sort((a, b) => compareAddresses(a.nextHop, b.nextHop)) };
  }
}

function leads(paths: readonly Path[], { nextHop }: Path): boolean {
  return paths.some((each) => sameAddress(each.nextHop, nextHop));
}
