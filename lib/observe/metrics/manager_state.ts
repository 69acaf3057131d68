/**
 * What the manager's families are read off: the last pass, the sessions now, and sums over the plan
 * that are made once a plan.
 *
 * @module
 */

import type { Route } from "../../bgp/mod.ts";
import type { ManagerPass } from "../../manager/mod.ts";
import type { Family as AddressFamily } from "../../net/mod.ts";
import { type ServiceState, stateOfService } from "../../report/mod.ts";
import type { Plan } from "../../plan/mod.ts";
import type { SpeakingState } from "./session_families.ts";

/** All there is to read. */
export interface ManagerState extends SpeakingState {
  readonly leads: boolean;
  /** Undefined before the first pass. */
  readonly pass: ManagerPass | undefined;
  readonly services: readonly ServiceCount[];
}

/** So many Services are in this state for this reason. */
export interface ServiceCount {
  readonly state: ServiceState;
  readonly reason: string;
  readonly count: number;
}

/** Counts the Services of a plan. */
export function countServices({ services, speaker }: Plan): readonly ServiceCount[] {
  const found = new Map<string, ServiceCount>();
  for (const planned of services) {
    const { state, reason } = stateOfService(planned, speaker !== undefined);
    const key = `${state} ${reason}`;
    found.set(key, { state, reason, count: (found.get(key)?.count ?? 0) + 1 });
  }
  return [...found.values()];
}

/** Counts routes by family. */
export function countRoutes(routes: readonly Route[]): Readonly<Record<AddressFamily, number>> {
  const counts = { 4: 0, 6: 0 };
  for (const { prefix } of routes) counts[prefix.address.family]++;
  return counts;
}

/** A function of one value that is computed anew only for another value. */
export function once<Key, Value>(compute: (key: Key) => Value): (key: Key) => Value {
  let last: { readonly key: Key; readonly value: Value } | undefined;
  return (key) => {
    if (last === undefined || last.key !== key) last = { key, value: compute(key) };
    return last.value;
  };
}
