/**
 * The state of one allocation while it runs: who owns which address, and what each claim has so far.
 *
 * @module
 */

import {
  type Address,
  type AddressKey,
  addressKey,
  compareAddresses,
  type Family,
  sameAddress,
} from "../net/mod.ts";
import { compareRefs, type Refusal } from "../refusal/mod.ts";
import type { AllocationOptions, Assignment, Claim, Hold, Outcome } from "./model.ts";
import { poolStanding, type PoolTable } from "./pools.ts";

/** One allocation under way. */
export interface Pass {
  readonly table: PoolTable;
  readonly nodeAddresses: ReadonlyMap<AddressKey, string>;
  readonly reserved: ReadonlyMap<AddressKey, string>;
  /** Oldest claim first. */
  readonly drafts: readonly Draft[];
  readonly owners: Map<AddressKey, Draft>;
}

/** What a claim has so far. */
export interface Draft {
  readonly claim: Claim;
  readonly assignments: Assignment[];
  readonly refusals: Refusal[];
  /** The families for which a request stands that cannot be served: no pool gives in its place. */
  refused: readonly Family[];
}

/** Starts an allocation; the claims may come in any order. */
export function newPass(
  claims: readonly Claim[],
  table: PoolTable,
  options: AllocationOptions,
): Pass {
  const drafts = [...claims].sort(olderClaim).map((claim): Draft => ({
    claim,
    assignments: [],
    refusals: [],
    refused: [],
  }));
  const { nodeAddresses = nobody, reserved = nobody } = options;
  return { table, nodeAddresses, reserved, drafts, owners: new Map() };
}

/** Gives an address that nobody owns; what the claim had of that family is free afterwards. */
export function assign(
  pass: Pass,
  draft: Draft,
  given: { address: Address; pool: string; by: Assignment["by"] },
): Address | undefined {
  const { address, pool, by } = given;
  const service = draft.claim.service;
  const standing = poolStanding(pass.table.byName.get(pool), address);
  const at = draft.assignments.findIndex((each) => each.address.family === address.family);
  const before = draft.assignments[at]?.address;
  if (before !== undefined) {
    pass.owners.delete(addressKey(before));
    draft.assignments.splice(at, 1);
  }
  draft.assignments.push({ service, address, pool, by, standing });
  pass.owners.set(addressKey(address), draft);
  return before;
}

/**
 * The pool that a held address counts for, or undefined when the address is not ours: then only the
 * status names it, and no pool that porter serves has it.
 */
export function homeOf(table: PoolTable, hold: Hold): string | undefined {
  if (hold.pool !== undefined) {
    const recorded = poolStanding(table.byName.get(hold.pool), hold.address);
    if (recorded !== "PoolGone" && recorded !== "OutsidePool") return hold.pool;
  }
  const found = table.find(hold.address);
  return found?.pool.protocol === "bgp" ? found.name : hold.pool;
}

/** What came of a claim. */
export function outcomeOf(pass: Pass, draft: Draft): Outcome {
  const { claim, refusals } = draft;
  const assignments = draft.assignments.length < 2
    ? draft.assignments
    : claim.families.flatMap((f) => draft.assignments.filter((a) => a.address.family === f));
  const released = claim.holds
    .filter((hold) => !assignments.some((a) => sameAddress(a.address, hold.address)))
    .filter((hold) => homeOf(pass.table, hold) !== undefined)
    .map((hold) => hold.address)
    .sort(compareAddresses);
  return { claim, assignments, refusals, released };
}

const nobody: ReadonlyMap<AddressKey, string> = new Map();

function olderClaim(a: Claim, b: Claim): number {
  return a.createdAt - b.createdAt || compareRefs(a.service, b.service);
}
