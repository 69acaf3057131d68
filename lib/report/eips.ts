/**
 * Pools, the addresses that are given out of them, and who got none.
 *
 * @module
 */

import { formatAddress, prefixKey } from "../net/mod.ts";
import { routeOf } from "../plan/mod.ts";
import { refKey } from "../refusal/mod.ts";
import type { EipsReport } from "./model.ts";
import { stateOfService } from "./service_state.ts";
import type { Subject } from "./subject.ts";
import { nameOf } from "./text.ts";

/** Pools by name; addresses and Services in the order of the plan. */
export function eipsReport(subject: Subject): EipsReport {
  const { plan, snapshot, refusals } = subject;
  const speaking = plan.speaker !== undefined;
  const hops = new Map(plan.announced.map((each) => [prefixKey(each.prefix), each.paths.length]));
  const ours = plan.services.filter((each) => each.ours);
  return {
    pools: plan.pools.map(({ eip, state, poolSize, usage, occupied }) => ({
      name: eip.name,
      address: snapshot.eips.find(({ ref }) => ref.name === eip.name)?.spec.address ?? "",
      state,
      size: poolSize,
      used: usage,
      exhausted: occupied,
      refusals: refusals.filter(({ object }) => refKey(object) === refKey(eip))
        .map(({ reason, message }) => `${reason}: ${message}`),
    })),
    eips: ours.flatMap((planned) =>
      planned.assignments.map(({ address, pool, service }) => {
        const { state, reason, message } = stateOfService(planned, speaking);
        const route = routeOf(planned.routes, address);
        const found = route && hops.get(prefixKey(route.prefix));
        const waits = state === "announced" && found === undefined;
        return {
          address: formatAddress(address),
          pool,
          service: nameOf(service),
          state: waits ? "allocated" as const : state,
          reason: waits ? "Pending" : reason,
          message: waits ? `${formatAddress(address)} is not announced` : message,
          nextHops: found ?? 0,
        };
      })
    ),
    pending: ours.filter(({ assignments }) => assignments.length === 0).map((planned) => {
      const { reason, message } = stateOfService(planned, speaking);
      return { service: nameOf(planned.service), reason, message };
    }),
  };
}
