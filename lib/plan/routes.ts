/**
 * All routes of a plan: one for each prefix, also where Services share an address (docs/adr/0019).
 * What a node would lose must not be sent to it: the next hops are those that every announcing sharer
 * has. For Services that may share these are the same but for moments in which their EndpointSlices
 * differ; should no node be left then, the next hops of the first sharer stand. A covering prefix is the
 * same route for all its Services, and there as long as one of them has it (docs/adr/0037).
 *
 * A route is announced only for an address that the store holds as assigned to a Service of it: an
 * assignment that is not written yet waits for its record (docs/adr/0004), so that a crash between the
 * two moves no address.
 *
 * @module
 */

import type { Route } from "../bgp/model/mod.ts";
import {
  addressKey,
  comparePrefixes,
  isHostPrefix,
  prefixContains,
  type PrefixKey,
  prefixKey,
} from "../net/mod.ts";
import type { ServicePlan } from "./model.ts";
import { byService, SortedView } from "./order.ts";
import { isRecorded } from "./service_plan.ts";

/** Follows the routes of Services' plans. */
export class RouteTable {
  readonly #view = new SortedView<Route>((a, b) => comparePrefixes(a.prefix, b.prefix));
  /** Services that may share an address; of all others every route has its prefix for itself. */
  readonly #sharing = new Set<ServicePlan>();
  #merged: ReadonlyMap<PrefixKey, Merged> = new Map();
  readonly #aggregates = new Map<PrefixKey, Aggregate>();
  #members: ReadonlyMap<PrefixKey, number> = new Map();
  /** Routes of which no record is written yet. */
  readonly #waiting = new Set<Route>();
  #announced: readonly Route[] = [];

  /** In the order of prefixes; the same array as long as the same routes are in it. */
  get all(): readonly Route[] {
    return this.#view.sorted;
  }

  /** Those of all that may be announced; the same array as long as the same routes are in it. */
  get announced(): readonly Route[] {
    return this.#announced;
  }

  /**
   * How many Services are announced by each covering prefix and by nothing more specific; the same map as
   * long as it says the same.
   */
  get members(): ReadonlyMap<PrefixKey, number> {
    return this.#members;
  }

  /** The route of a covering prefix. */
  aggregate(key: PrefixKey): Route | undefined {
    return this.#aggregates.get(key)?.route;
  }

  /** Takes plans away and others in. */
  update(removed: readonly ServicePlan[], added: readonly ServicePlan[]): void {
    if (removed.length === 0 && added.length === 0) return;
    const change = new Change();
    this.#aggregate(removed, added, change);
    const merging = removed.some((each) => this.#sharing.has(each)) || added.some(mayShare);
    if (merging) { for (const { route } of this.#merged.values()) change.remove(route); }
    for (const planned of removed) {
      if (!this.#sharing.delete(planned)) {
        for (const route of planned.routes) if (!isAggregate(route)) change.remove(route);
      }
    }
    for (const planned of added) {
      if (mayShare(planned)) this.#sharing.add(planned);
      else {for (const route of planned.routes) {
          if (!isAggregate(route)) change.add(route, isRecorded(planned, route));
        }}
    }
    if (merging) this.#merge(change);
    this.#apply(change);
  }

  /** Counts who has which covering prefix. */
  #aggregate(
    removed: readonly ServicePlan[],
    added: readonly ServicePlan[],
    change: Change,
  ): void {
    const before = new Map<PrefixKey, Aggregate | undefined>();
    const count = (planned: ServicePlan, by: 1 | -1): void => {
      for (const route of planned.routes) {
        if (!isAggregate(route)) continue;
        const key = prefixKey(route.prefix);
        const known = this.#aggregates.get(key);
        if (!before.has(key)) before.set(key, known);
        const holders = (known?.holders ?? 0) + by;
        const counts = isRecorded(planned, route) ? by : 0;
        const recorded = (known?.recorded ?? 0) + counts;
        const members = (known?.members ?? 0) + (hasOwnIn(planned, route) ? 0 : counts);
        if (holders === 0) this.#aggregates.delete(key);
        else {
          const latest = by > 0 ? route : known?.route ?? route;
          this.#aggregates.set(key, { route: latest, holders, recorded, members });
        }
      }
    };
    for (const planned of removed) count(planned, -1);
    for (const planned of added) count(planned, 1);
    for (const [key, old] of before) {
      const now = this.#aggregates.get(key);
      this.#count(key, now?.members ?? 0);
      const same = old?.route === now?.route && isSaid(old) === isSaid(now);
      if (same) continue;
      if (old !== undefined) change.remove(old.route);
      if (now !== undefined) change.add(now.route, isSaid(now));
    }
  }

  #count(key: PrefixKey, members: number): void {
    if ((this.#members.get(key) ?? 0) === members) return;
    const counted = new Map(this.#members);
    if (members === 0) counted.delete(key);
    else counted.set(key, members);
    this.#members = counted;
  }

  /** What of one prefix is said by several Services becomes one route. */
  #merge(change: Change): void {
    const now = new Map<PrefixKey, Part[]>();
    for (const planned of [...this.#sharing].sort(byService)) {
      for (const route of planned.routes) {
        if (isAggregate(route)) continue;
        const key = prefixKey(route.prefix);
        const part = { route, recorded: isRecorded(planned, route) };
        const parts = now.get(key);
        if (parts === undefined) now.set(key, [part]);
        else parts.push(part);
      }
    }
    const merged = new Map<PrefixKey, Merged>();
    for (const [key, parts] of now) {
      const route = mergedRoute(parts, this.#merged.get(key));
      merged.set(key, { parts, route });
      change.add(route, parts.some((each) => each.recorded));
    }
    this.#merged = merged;
  }

  #apply({ removed, stays, added, waits }: Change): void {
    const before = this.#view.sorted;
    let waitingChanged = waits.length > 0;
    for (const route of removed) if (this.#waiting.delete(route)) waitingChanged = true;
    for (const route of stays) if (this.#waiting.delete(route)) waitingChanged = true;
    for (const route of waits) this.#waiting.add(route);
    const all = this.#view.apply({ removed, added });
    if (all === before && !waitingChanged) return;
    this.#announced = this.#waiting.size === 0
      ? all
      : all.filter((each) => !this.#waiting.has(each));
  }
}

/** What happens to the view, removals first; a route that goes and comes back stays. */
class Change {
  readonly removed = new Set<Route>();
  readonly stays: Route[] = [];
  readonly added: Route[] = [];
  /** Those of the latter two that wait for a record. */
  readonly waits: Route[] = [];

  remove(route: Route): void {
    this.removed.add(route);
  }

  add(route: Route, recorded: boolean): void {
    if (this.removed.delete(route)) this.stays.push(route);
    else this.added.push(route);
    if (!recorded) this.waits.push(route);
  }
}

/** A covering prefix, and how many Services have it, some of them by their records. */
interface Aggregate {
  readonly route: Route;
  readonly holders: number;
  readonly recorded: number;
  /** Those of the latter that nothing more specific leads to. */
  readonly members: number;
}

function isSaid(aggregate: Aggregate | undefined): boolean {
  return aggregate !== undefined && aggregate.recorded > 0;
}

/** Whether the route covers more than an address. */
export function isAggregate({ prefix }: Route): boolean {
  return !isHostPrefix(prefix);
}

/** Whether the Service has a route of its own beside the covering prefix. */
function hasOwnIn({ routes }: ServicePlan, { prefix }: Route): boolean {
  return routes.some((each) => !isAggregate(each) && prefixContains(prefix, each.prefix.address));
}

function mayShare({ read, routes }: ServicePlan): boolean {
  return read.sharing !== undefined && routes.length > 0;
}

interface Part {
  readonly route: Route;
  readonly recorded: boolean;
}

interface Merged {
  readonly parts: readonly Part[];
  readonly route: Route;
}

/** The route of all parts; the one of before where it is of the same parts. */
function mergedRoute(parts: readonly Part[], before: Merged | undefined): Route {
  const same = before?.parts.length === parts.length &&
    before.parts.every((each, index) => each.route === parts[index]?.route);
  if (same) return before.route;
  const [first] = parts;
  if (first === undefined) throw new Error("Cannot merge no route");
  const hops = parts.map(({ route }) =>
    new Set(route.paths.map((each) => addressKey(each.nextHop)))
  );
  const { route } = first;
  const paths = route.paths.filter((path) =>
    hops.every((each) => each.has(addressKey(path.nextHop)))
  );
  return paths.length === 0 || paths.length === route.paths.length ? route : { ...route, paths };
}
