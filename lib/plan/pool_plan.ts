/**
 * How the pools are filled.
 *
 * @module
 */

import {
  type Assignment,
  isReserved,
  type JudgedPool,
  poolSize,
  type PoolTable,
} from "../ipam/mod.ts";
import { type Address, type AddressKey, addressKey, rangeContains } from "../net/mod.ts";
import type { Reserved } from "../objects/mod.ts";
import type { PoolPlan, PoolUse } from "./model.ts";

/** What is in use of each pool, by the pool's name. */
export function usesOf(
  table: PoolTable,
  assignments: readonly Assignment[],
  reserved: readonly Reserved[],
): ReadonlyMap<string, readonly PoolUse[]> {
  const uses = new Map<string, PoolUse[]>();
  const put = (pool: string, use: PoolUse): void => {
    const list = uses.get(pool);
    if (list === undefined) uses.set(pool, [use]);
    else list.push(use);
  };
  for (const assignment of assignments) put(assignment.pool, assignment);
  const taken = new Set(reserved.length === 0 ? [] : assignments.map((a) => addressKey(a.address)));
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
  for (const { address } of used) {
    if (mayGive(judged, address) && !nodeAddresses.has(addressKey(address))) given++;
  }
  return {
    eip: judged.pool.eip,
    poolSize: size,
    usage: used.length,
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
