/**
 * When two claims, or what came of them, say the same.
 *
 * @module
 */

import { sameAddress } from "../net/mod.ts";
import { sameValue } from "../objects/mod.ts";
import type { Refusal } from "../refusal/mod.ts";
import type { Assignment, Claim, Hold, Outcome, PoolClaim } from "./model.ts";

/** Whether two claims of one Service ask for the same and hold the same. */
export function sameClaim(a: Claim, b: Claim): boolean {
  return a.createdAt === b.createdAt && a.protocol === b.protocol &&
    a.requested?.text === b.requested?.text && a.requested?.field === b.requested?.field &&
    sameList(a.families, b.families, Object.is) && a.ipFamilyPolicy === b.ipFamilyPolicy &&
    sameValue(a.sharing, b.sharing) &&
    sameValue(a.labels, b.labels) && sameValue(a.requestedPools, b.requestedPools) &&
    sameList(a.holds, b.holds, sameHold);
}

/** Whether two outcomes of the same claim say the same. */
export function sameOutcome(a: Outcome, b: Outcome): boolean {
  return sameAssignments(a.assignments, b.assignments) &&
    sameList(a.refusals, b.refusals, sameRefusal) &&
    sameList(a.wanting, b.wanting, sameRefusal) &&
    sameList(a.released, b.released, sameAddress) &&
    sameList(a.claimed, b.claimed, samePlace);
}

/** Whether a Service is given the same. */
export function sameAssignments(a: readonly Assignment[], b: readonly Assignment[]): boolean {
  return sameList(
    a,
    b,
    (one, other) => samePlace(one, other) && one.by === other.by && one.standing === other.standing,
  );
}

function samePlace(
  a: Pick<PoolClaim, "address" | "pool">,
  b: Pick<PoolClaim, "address" | "pool">,
): boolean {
  return a.pool === b.pool && sameAddress(a.address, b.address);
}

function sameHold(a: Hold, b: Hold): boolean {
  return a.pool === b.pool && sameAddress(a.address, b.address);
}

function sameRefusal(a: Refusal, b: Refusal): boolean {
  return a.reason === b.reason && a.message === b.message;
}

function sameList<T>(a: readonly T[], b: readonly T[], same: (a: T, b: T) => boolean): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index++) {
    if (!same(a[index] as T, b[index] as T)) return false;
  }
  return true;
}
