/**
 * Whose the routes were that the brake holds, and that they stay kept for these.
 *
 * @module
 */

import type { Route } from "../bgp/model/mod.ts";
import {
  type AddressKey,
  addressKey,
  formatAddress,
  hostPrefix,
  isHostPrefix,
  type PrefixKey,
  prefixKey,
} from "../net/mod.ts";
import type { Reserved, Snapshot } from "../objects/mod.ts";
import { type ObjectRef, refKey } from "../refusal/mod.ts";
import { claimantsOf } from "./claims.ts";
import type { HeldRoute, Plan, ServicePlan } from "./model.ts";
import { byService, visitDifferences } from "./order.ts";

/** For whom the addresses of routes are by what the store holds: pools' claims and Services' records. */
export function recordedOwners(
  routes: readonly Route[],
  { eips, services }: Pick<Snapshot, "eips" | "services">,
): ReadonlyMap<Route, readonly ObjectRef[]> {
  const records = new Map<AddressKey, ObjectRef[]>(
    routes.map(({ prefix }) => [addressKey(prefix.address), []]),
  );
  for (const { ref, holds } of services) {
    for (const { address, pool } of holds) {
      if (pool !== undefined) records.get(addressKey(address))?.push(ref);
    }
  }
  return new Map(routes.map((route) => {
    const { address } = route.prefix;
    const text = formatAddress(address);
    const claimed = eips.flatMap(({ status: { used } }) => {
      const names = (used as Readonly<Record<string, unknown>> | null | undefined)?.[text];
      return typeof names === "string" ? claimantsOf(names) : [];
    });
    const all = [...claimed, ...records.get(addressKey(address)) ?? []];
    return [route, [...new Map(all.map((each) => [refKey(each), each])).values()]];
  }));
}

/** What is reserved, and beside it the addresses of held routes for their Services. */
export function reservedWith(
  reserved: readonly Reserved[] | undefined,
  held: ReadonlyMap<PrefixKey, HeldRoute>,
): readonly Reserved[] {
  const all = [...reserved ?? []];
  for (const { last: { prefix }, owners } of held.values()) {
    if (!isHostPrefix(prefix)) continue;
    for (const service of owners) all.push({ address: prefix.address, service });
  }
  return all;
}

/**
 * Whose withdrawn routes were, by their addresses: of those Services at least one is another one now, or
 * gone. Nobody's: covering prefixes.
 */
export function ownersOf(
  removed: readonly Route[],
  before: Plan,
  after: Plan,
): ReadonlyMap<AddressKey, readonly ObjectRef[]> {
  const wanted = new Set<AddressKey>();
  for (const { prefix } of removed) {
    if (isHostPrefix(prefix)) wanted.add(addressKey(prefix.address));
  }
  const found = new Map<AddressKey, ObjectRef[]>();
  const add = ({ assignments, service }: ServicePlan): void => {
    for (const { address } of assignments) {
      const key = addressKey(address);
      if (!wanted.has(key)) continue;
      const others = found.get(key);
      if (others === undefined) found.set(key, [service]);
      else others.push(service);
    }
  };
  const changed: ServicePlan[] = [];
  visitChanged(before, after, (old) => void (old && changed.push(old)));
  // Where Services share an address, one that stayed as it is may have it too.
  const shared = changed.some(({ read }) => read.sharing !== undefined);
  for (const each of shared ? before.services : changed) add(each);
  return found;
}

/** The addresses that changed Services have, or had. */
export function addressesChanged(before: Plan, after: Plan): ReadonlySet<PrefixKey> {
  const found = new Set<PrefixKey>();
  visitChanged(before, after, (old, now) => {
    for (const { address } of [...old?.assignments ?? [], ...now?.assignments ?? []]) {
      found.add(prefixKey(hostPrefix(address)));
    }
  });
  return found;
}

function visitChanged(
  before: Plan,
  after: Plan,
  visit: (before: ServicePlan | undefined, after: ServicePlan | undefined) => void,
): void {
  visitDifferences(before.services, after.services, byService, visit);
}
