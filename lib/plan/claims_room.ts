/**
 * How many more claims the Eips take, each of which is one object (docs/adr/0041).
 *
 * @module
 */

import { claimsAtMost, claimsSize, type Eip, type ObjectFault } from "../objects/mod.ts";
import { refKey, type Refusal } from "../refusal/mod.ts";

/** Bytes of claims that each Eip takes beyond those it has, by name; 0 or less where there is no room. */
export function claimsRoom(
  eips: readonly Eip[],
  faults: readonly ObjectFault[],
): ReadonlyMap<string, number> {
  const told = new Map<string, number>();
  for (const { object, claimsAtMost } of faults) {
    if (object !== undefined && claimsAtMost !== undefined) told.set(refKey(object), claimsAtMost);
  }
  return new Map(eips.map(({ ref, status }) => {
    const most = Math.min(claimsAtMost, told.get(refKey(ref)) ?? Infinity);
    return [ref.name, most - claimsSize(status.used)];
  }));
}

/** The Eips that take none. */
export function fullEips(
  eips: readonly Eip[],
  room: ReadonlyMap<string, number>,
): readonly Refusal[] {
  return eips.filter(({ ref }) => (room.get(ref.name) ?? Infinity) <= 0).map(({ ref, status }) => {
    const claims = Object.keys(status.used ?? {}).length;
    const message =
      `Cannot take more claims than the ${claims} of status.used: the object would be ` +
      "too large; what is held stays; add another Eip, or move a part of the range to one";
    return { object: ref, reason: "PoolClaimsFull", message };
  });
}
