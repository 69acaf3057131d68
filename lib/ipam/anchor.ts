/**
 * Claims whose outcome rests on their record alone: whatever else is claimed, they keep what they hold
 * and nothing more comes of them. Nearly all claims are so nearly always, and none of them has to take
 * part in an allocation (ledger.ts); to those that do they are just addresses that are not free.
 *
 * @module
 */

import { sameAddress } from "../net/mod.ts";
import type { Assignment, Claim } from "./model.ts";
import { homeOf } from "./pass.ts";
import { poolStanding, type PoolTable } from "./pools.ts";

/**
 * Whether the claim rests on its record, where nobody else's record has any of its addresses: it holds
 * one address of each of its families by its record, nothing else, asks for no other one, and shares
 * with nobody. An address by record goes before all other ways to come to one (adopt.ts), and neither
 * a request nor a pool moves it.
 */
export function restsOnRecord({ families, holds, requested, sharing, protocol }: Claim): boolean {
  if (holds.length !== families.length || sharing !== undefined) return false;
  if (protocol !== undefined && protocol !== "bgp") return false;
  for (const family of families) {
    if (!holds.some((hold) => hold.pool !== undefined && hold.address.family === family)) {
      return false;
    }
  }
  if (requested === undefined) return true;
  const { address } = requested;
  return address !== undefined && holds.some((hold) => sameAddress(hold.address, address));
}

/** What a claim that rests on its record is given. */
export function anchoredAt(
  { service, families, holds }: Claim,
  table: PoolTable,
): readonly Assignment[] {
  // Not pushed into: that keeps room for sixteen more in each of as many lists as there are Services.
  let given: readonly Assignment[] = none;
  for (const family of families) {
    const hold = holds.find((each) => each.address.family === family);
    const pool = hold && homeOf(table, hold);
    if (hold === undefined || pool === undefined) continue;
    const { address } = hold;
    const standing = poolStanding(table.byName.get(pool), address);
    const one: Assignment = { service, address, pool, by: "held", standing };
    given = given.length === 0 ? [one] : [...given, one];
  }
  return given;
}

const none: readonly never[] = [];
