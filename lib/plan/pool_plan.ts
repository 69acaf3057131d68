/**
 * How the pools are filled.
 *
 * @module
 */

import {
  isReserved,
  type JudgedPool,
  type Outcome,
  poolSize,
  type PoolTable,
} from "../ipam/mod.ts";
import { type Address, type AddressKey, addressKey, rangeContains } from "../net/mod.ts";
import type { Reserved } from "../objects/mod.ts";
import type { PoolPlan, PoolUse } from "./model.ts";

/** What is in use of each pool, by the pool's name. */
export function usesOf(
  table: PoolTable,
  outcomes: readonly Outcome[],
  reserved: readonly Reserved[],
): ReadonlyMap<string, readonly PoolUse[]> {
  const uses = new Map<string, PoolUse[]>();
  const put = (pool: string, use: PoolUse): void => {
    const list = uses.get(pool);
    if (list === undefined) uses.set(pool, [use]);
    else list.push(use);
  };
  const taken = new Set<AddressKey>();
  for (const { assignments, claimed } of outcomes) {
    for (const each of assignments) {
      put(each.pool, each);
      taken.add(addressKey(each.address));
    }
    for (const each of claimed) put(each.pool, each);
  }
  for (const each of reserved) {
    const pool = table.find(each.address);
    if (pool !== undefined && !taken.has(addressKey(each.address))) put(pool.name, each);
  }
  return uses;
}

/** A pool's numbers; `used` is in the order of addresses. */
export function planPool(
  judged: JudgedPool,
  used: readonly PoolUse[],
  nodeAddresses: ReadonlyMap<AddressKey, string>,
): PoolPlan {
  const size = sizeOf(judged, nodeAddresses);
  let given = 0;
  const distinct = new Set<AddressKey>();
  for (const { address } of used) {
    const key = addressKey(address);
    if (!distinct.has(key) && mayGive(judged, address) && !nodeAddresses.has(key)) given++;
    distinct.add(key);
  }
  return {
    eip: judged.pool.eip,
    poolSize: size,
    usage: distinct.size,
    occupied: given >= size,
    state: stateOf(judged),
    used,
  };
}

function sizeOf(judged: JudgedPool, nodeAddresses: ReadonlyMap<AddressKey, string>): number {
  if (judged.range === undefined || judged.refusal !== undefined) return 0;
  const all = poolSize(judged.range, judged.pool.usingKnownIps);
  let own = 0;
  for (const key of nodeAddresses.keys()) {
    const address: Address = typeof key === "number"
      ? { family: 4, value: key }
      : { family: 6, value: key };
    if (mayGive(judged, address)) own++;
  }
  return all - own;
}

/** Whether the pool would hand the address out, if nobody had it. */
function mayGive(judged: JudgedPool, address: Address): boolean {
  return judged.range !== undefined && rangeContains(judged.range, address) &&
    (judged.pool.usingKnownIps || !isReserved(address));
}

function stateOf(judged: JudgedPool): PoolPlan["state"] {
  if (judged.refusal !== undefined) return "Refused";
  if (judged.pool.deleting) return "Deleting";
  return judged.pool.disable ? "Disabled" : "Open";
}
