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
import { compareRefs, type Refusal, type RefusalReason } from "../refusal/mod.ts";
import type {
  AllocationOptions,
  Anchors,
  Assignment,
  Claim,
  Hold,
  Outcome,
  PoolClaim,
} from "./model.ts";
import { poolStanding, type PoolTable } from "./pools.ts";
import { takeRoom } from "./room.ts";
import { type Sharer, sharingConflict } from "./sharing.ts";

/** One allocation under way. */
export interface Pass {
  readonly table: PoolTable;
  readonly nodeAddresses: ReadonlyMap<AddressKey, string>;
  readonly reserved: ReadonlyMap<AddressKey, readonly string[]>;
  readonly namespaces: ReadonlyMap<string, Readonly<Record<string, string>>>;
  readonly anchors: Anchors | undefined;
  /** Oldest claim first. */
  readonly drafts: readonly Draft[];
  /** More than one only where they share. */
  readonly owners: Map<AddressKey, readonly Draft[]>;
  /** Where Services of a sharing key are, in the order in which they came there. */
  readonly places: Map<string, Place[]>;
  /** For whom the pools' objects keep an address (claimed.ts). */
  readonly claimants: Map<AddressKey, Draft[]>;
  /** Bytes of claims that a pool's object still takes, where there is a bound (room.ts). */
  readonly room: Map<string, number>;
}

/** An address that was given, and its pool. */
export interface Place {
  readonly address: Address;
  readonly pool: string;
}

/** What a claim has so far. */
export interface Draft {
  readonly claim: Claim;
  assignments: readonly Assignment[];
  refusals: readonly Refusal[];
  /** The families for which a request stands that cannot be served: no pool gives in its place. */
  refused: readonly Family[];
  /** What it is not given and can do without. */
  wanting: readonly Refusal[];
  /** The families of which it had an address before anything was given. */
  had: readonly Family[];
  /** What the pools' objects keep for it. */
  claimed: readonly PoolClaim[];
}

/** Starts an allocation; the claims may come in any order. */
export function newPass(
  claims: readonly Claim[],
  table: PoolTable,
  options: AllocationOptions,
): Pass {
  const drafts = [...claims].sort(olderClaim).map((claim): Draft => ({
    claim,
    assignments: none,
    refusals: none,
    refused: none,
    wanting: none,
    had: none,
    claimed: none,
  }));
  const { nodeAddresses = nobody, reserved = nobody, namespaces = new Map() } = options;
  return {
    table,
    nodeAddresses,
    reserved,
    namespaces,
    anchors: options.anchors,
    drafts,
    owners: new Map(),
    places: new Map(),
    claimants: new Map(),
    room: new Map(options.room),
  };
}

/** Whether the address is neither another's nor kept for another. */
export function mayHave(pass: Pass, draft: Draft, address: Address): boolean {
  return rivalOf(pass, draft, address) === undefined;
}

/** Who has the address, or for whom it is kept, and does not share it with the claim. */
export function rivalOf(pass: Pass, draft: Draft, address: Address): Sharer | undefined {
  return ownerAgainst(pass, draft, address) ??
    oldest(pass.claimants.get(addressKey(address))?.filter((each) => against(draft, each)));
}

/** Who has the address and does not share it with the claim. */
export function ownerAgainst(pass: Pass, draft: Draft, address: Address): Sharer | undefined {
  const key = addressKey(address);
  const service = pass.anchors?.holderOf(key);
  if (service !== undefined) return { service };
  return oldest(pass.owners.get(key)?.filter((each) => against(draft, each)));
}

function oldest(drafts: readonly Draft[] = none): Claim | undefined {
  return drafts.map((each) => each.claim).sort(olderClaim)[0];
}

function against(draft: Draft, other: Draft): boolean {
  return other !== draft && sharingConflict(draft.claim, other.claim) !== undefined;
}

/** Gives an address that nobody owns who does not share it; what the claim had of that family is free afterwards. */
export function assign(
  pass: Pass,
  draft: Draft,
  choice: { readonly address: Address; readonly pool: string; readonly by: Assignment["by"] },
): Address | undefined {
  const { address, pool, by } = choice;
  const service = draft.claim.service;
  if (by !== "held") takeRoom(pass, draft, choice);
  const standing = poolStanding(pass.table.byName.get(pool), address);
  const given: Assignment = { service, address, pool, by, standing };
  const before = assignedOf(draft, address.family);
  if (before !== undefined) disown(pass, draft, before.address);
  draft.assignments = draft.assignments.length === 0
    ? [given]
    : [...draft.assignments.filter((each) => each !== before), given];
  const key = addressKey(address);
  pass.owners.set(key, [...pass.owners.get(key) ?? none, draft]);
  const sharing = draft.claim.sharing?.key;
  if (sharing !== undefined) {
    pass.places.set(sharing, [...pass.places.get(sharing) ?? none, { address, pool }]);
  }
  return before?.address;
}

function disown(pass: Pass, draft: Draft, address: Address): void {
  const key = addressKey(address);
  const left = (pass.owners.get(key) ?? none).filter((each) => each !== draft);
  if (left.length === 0) pass.owners.delete(key);
  else pass.owners.set(key, left);
}

/** What the claim has of a family so far. */
export function assignedOf(draft: Draft, family: Family): Assignment | undefined {
  for (const each of draft.assignments) if (each.address.family === family) return each;
  return undefined;
}

/** Adds a refusal. */
export function refuse(draft: Draft, reason: RefusalReason, message: string): void {
  const refusal: Refusal = { object: draft.claim.service, reason, message };
  draft.refusals = [...draft.refusals, refusal];
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
  const { claim, refusals, wanting } = draft;
  const assignments = draft.assignments.length < 2
    ? draft.assignments
    : claim.families.flatMap((f) => draft.assignments.filter((a) => a.address.family === f));
  const claimed = draft.claimed.filter((each) =>
    !assignments.some((a) => sameAddress(a.address, each.address))
  );
  const released = releasedOf(pass, claim, assignments);
  return { claim, assignments, refusals, wanting, released, claimed };
}

function releasedOf(
  pass: Pass,
  claim: Claim,
  assignments: readonly Assignment[],
): readonly Address[] {
  const left = claim.holds.filter((hold) =>
    !assignments.some((each) => sameAddress(each.address, hold.address)) &&
    homeOf(pass.table, hold) !== undefined
  );
  return left.length === 0 ? none : left.map((hold) => hold.address).sort(compareAddresses);
}

const none: readonly never[] = [];

const nobody: ReadonlyMap<AddressKey, never> = new Map<AddressKey, never>();

function olderClaim(a: Claim, b: Claim): number {
  return a.createdAt - b.createdAt || compareRefs(a.service, b.service);
}
