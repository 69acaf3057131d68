/**
 * Which of the planned routes may be announced: those whose address the store holds as assigned to
 * the very Service the plan gives it to. An assignment that is not written yet waits for its record
 * (docs/adr/0004), so that a crash between the two moves no address.
 *
 * @module
 */

import type { Route } from "../bgp/model/mod.ts";
import type { Snapshot } from "../objects/mod.ts";
import type { ObjectRef } from "../refusal/mod.ts";
import { type AddressKey, addressKey } from "../net/mod.ts";
import type { Plan } from "./model.ts";

/** The routes to announce, in the order of the plan. The same array when nothing is left out. */
export function announcedRoutes(plan: Plan, snapshot: Snapshot): readonly Route[] {
  const recorded = recordedHolders(snapshot);
  const announced = new Set<AddressKey>();
  for (const { assignments } of plan.services) {
    for (const { service, address } of assignments) {
      const key = addressKey(address);
      if (recorded.get(key)?.some((holder) => sameRef(holder, service))) announced.add(key);
    }
  }
  const isAnnounced = (route: Route): boolean => announced.has(addressKey(route.prefix.address));
  return plan.routes.every(isAnnounced) ? plan.routes : plan.routes.filter(isAnnounced);
}

/** Which Services hold an address by porter's own record; two only while a mistake is put right. */
function recordedHolders(snapshot: Snapshot): ReadonlyMap<AddressKey, readonly ObjectRef[]> {
  const holders = new Map<AddressKey, readonly ObjectRef[]>();
  for (const { ref, holds } of snapshot.services) {
    for (const held of holds) {
      if (held.pool === undefined) continue;
      const key = addressKey(held.address);
      holders.set(key, [...(holders.get(key) ?? []), ref]);
    }
  }
  return holders;
}

function sameRef(a: ObjectRef, b: ObjectRef): boolean {
  return a === b || (a.name === b.name && a.namespace === b.namespace && a.kind === b.kind);
}
