/**
 * The room for claims: each new address is claimed in its pool's own object first (docs/adr/0020), and
 * that object cannot grow for ever (docs/adr/0041). Who would not fit waits; what is held, and what stands
 * claimed already, needs no room.
 *
 * @module
 */

import { formatAddress, sameAddress } from "../net/mod.ts";
import { claimSize } from "../objects/mod.ts";
import type { Draft, Pass, Place } from "./pass.ts";
import type { JudgedPool } from "./pools.ts";

/** Whether the pool's object takes no further claim. */
export function isFull({ room }: Pass, { name }: JudgedPool): boolean {
  return (room.get(name) ?? Infinity) <= 0;
}

/** Counts the claim that is to be made for the address, unless it stands already. */
export function takeRoom({ room }: Pass, { claim, claimed }: Draft, place: Place): void {
  const { address, pool } = place;
  const left = room.get(pool);
  if (left === undefined || claimed.some((each) => sameAddress(each.address, address))) return;
  const { namespace, name } = claim.service;
  room.set(pool, left - claimSize(formatAddress(address), `${namespace}/${name}`));
}

/** What a refusal says of such pools, and what to do. */
export function fullText(names: string): string {
  return `${names} holds as many claims as one object can; add another Eip, or move a part of the ` +
    "range to one";
}
