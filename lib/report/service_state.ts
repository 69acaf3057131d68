/**
 * The state of a Service in one word and the reason for it: the same reason as in its conditions.
 *
 * @module
 */

import { type Condition, conditionsOfService, type ServicePlan } from "../plan/mod.ts";

/**
 * "announced": routes are said to peers; "allocated": it has an address that is not announced;
 * "pending": it has none; "released": it is not porter's any more.
 */
export type ServiceState = "announced" | "allocated" | "pending" | "released";

/** A Service's state, its reason, and the particulars in words. */
export interface StateOfService {
  readonly state: ServiceState;
  /** A condition's reason: of a closed list. */
  readonly reason: string;
  readonly message: string;
}

interface Known {
  readonly speaking: boolean;
  readonly state: StateOfService;
}

const known = new WeakMap<ServicePlan, Known>();

/** Judges a Service by its part of the plan; `speaking`: whether there is a BgpConf in force. */
export function stateOfService(planned: ServicePlan, speaking: boolean): StateOfService {
  const before = known.get(planned);
  if (before?.speaking === speaking) return before.state;
  const state = judge(planned, speaking);
  known.set(planned, { speaking, state });
  return state;
}

function judge(planned: ServicePlan, speaking: boolean): StateOfService {
  if (!planned.ours) {
    return { state: "released", reason: "Released", message: "The Service is not porter's" };
  }
  const [allocated, announced] = conditionsOfService(planned, speaking);
  if (announced.status === "True") return said("announced", announced);
  return allocated.status === "True" ? said("allocated", announced) : said("pending", allocated);
}

function said(state: ServiceState, { reason, message }: Condition): StateOfService {
  return { state, reason, message };
}
