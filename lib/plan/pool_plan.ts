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
import {
  type Address,
  type AddressKey,
  addressKey,
  compareAddresses,
  formatAddress,
  rangeContains,
} from "../net/mod.ts";
import type { Reserved } from "../objects/mod.ts";
import type { ObjectRef } from "../refusal/mod.ts";
import type { PoolPlan } from "./model.ts";

/** An address of a pool and the Service that has it. */
export interface Use {
  readonly address: Address;
  readonly service: ObjectRef;
}

/** What is in use of each pool, by the pool's name. */
export function usesOf(
  table: PoolTable,
  assignments: readonly Assignment[],
  reserved: readonly Reserved[],
): ReadonlyMap<string, readonly Use[]> {
  const uses = new Map<string, Use[]>();
  const put = (pool: string, use: Use): void => {
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

/** A pool's numbers. */
export function planPool(
  judged: JudgedPool,
  uses: readonly Use[],
  nodeAddresses: ReadonlyMap<AddressKey, string>,
): PoolPlan {
  const size = sizeOf(judged, nodeAddresses);
  const sorted = [...uses].sort((a, b) => compareAddresses(a.address, b.address));
  const given = sorted.filter((each) =>
    mayGive(judged, each.address) && !nodeAddresses.has(addressKey(each.address))
  );
  return {
    eip: judged.pool.eip,
    poolSize: size,
    usage: sorted.length,
    occupied: given.length >= size,
    state: stateOf(judged),
    used: Object.fromEntries(
      sorted.map(({ address, service }) => [
        formatAddress(address),
        `${service.namespace}/${service.name}`,
      ]),
    ),
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
