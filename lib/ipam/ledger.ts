/**
 * Allocation from one state of the claims to the next. Its result is that of allocating for all claims
 * anew; but claims that rest on their record take no part in it, and nothing is allocated when nothing
 * changed for those that do. So what a change costs depends on the claims that are open, not on all.
 *
 * @module
 */

import {
  type Address,
  type AddressKey,
  addressKey,
  addressOfKey,
  compareAddresses,
} from "../net/mod.ts";
import type { ObjectRef } from "../refusal/mod.ts";
import { allocateFrom } from "./allocate.ts";
import { anchoredAt, restsOnRecord } from "./anchor.ts";
import { after } from "./free.ts";
import type { AllocationOptions, Anchors, Assignment, Claim, Outcome } from "./model.ts";
import { type JudgedPool, judgePools, type PoolTable } from "./pools.ts";
import { sameAssignments, sameClaim, sameOutcome } from "./same.ts";
import { isReserved } from "./size.ts";

/** Somebody with a claim. The ledger writes what came of it into `anchored` or `open`. */
export interface Tenant {
  readonly service: ObjectRef;
  /** The claim: always the same, but not kept for those who rest on their record. */
  claim(): Claim;
  /** What it has by its record alone. */
  anchored: readonly Assignment[] | undefined;
  /** The claim that takes part in allocations, and what the last one gave. */
  open: OpenClaim | undefined;
}

/** A claim that takes part in allocations. */
export interface OpenClaim {
  readonly claim: Claim;
  /** Undefined before the first allocation. */
  readonly outcome: Outcome | undefined;
}

/** Follows claims and says what becomes of each. */
export class Ledger<T extends Tenant> implements Anchors {
  #table: PoolTable = judgePools([]);
  readonly #open = new Set<T>();
  /** Who has an address by record; only one who is alone there can rest on it. */
  readonly #holders = new Map<AddressKey, T | readonly T[]>();
  /** Up to where a pool has no address that is neither anchored nor kept back by its number. */
  readonly #cursors = new Map<JudgedPool, Address | undefined>();
  #changed = new Set<T>();
  #dirty = false;

  /** Those who take part in allocations. */
  get open(): Iterable<T> {
    return this.#open;
  }

  /** Begins anew with other pools: everybody is to be added again. */
  restart(table: PoolTable): void {
    this.#table = table;
    this.#open.clear();
    this.#holders.clear();
    this.#cursors.clear();
    this.#changed = new Set();
    this.#dirty = true;
  }

  /** Someone comes (`before` is undefined), goes (`now` is), or is another one in the same place. */
  replace(before: T | undefined, now: T | undefined): void {
    if (before !== undefined && now !== undefined && this.#stays(before, now)) return;
    if (before !== undefined) this.#remove(before);
    if (now !== undefined) this.#add(now);
  }

  /**
   * Allocates, unless nothing changed since the last time: `anew` says that the options did, which are
   * only asked for where they matter. Gives those of whom something else comes than before.
   */
  settle(options: () => Omit<AllocationOptions, "anchors">, anew: boolean): ReadonlySet<T> {
    if ((this.#dirty || anew) && this.#open.size > 0) this.#allocate(options());
    this.#dirty = false;
    const changed = this.#changed;
    this.#changed = new Set();
    return changed;
  }

  /** See Anchors. */
  holderOf(key: AddressKey): ObjectRef | undefined {
    const holder = this.#holders.get(key);
    return isOne(holder) && holder.anchored !== undefined ? holder.service : undefined;
  }

  /** See Anchors. */
  firstFree(judged: JudgedPool): Address | undefined {
    const { range, pool } = judged;
    if (range === undefined) return undefined;
    let at = this.#cursors.has(judged) ? this.#cursors.get(judged) : range.first;
    while (
      at !== undefined &&
      (!pool.usingKnownIps && isReserved(at) || this.holderOf(addressKey(at)) !== undefined)
    ) at = after(at, range.last);
    this.#cursors.set(judged, at);
    return at;
  }

  #allocate(options: AllocationOptions): void {
    const tenants = new Map<Claim, T>();
    for (const tenant of this.#open) {
      if (tenant.open !== undefined) tenants.set(tenant.open.claim, tenant);
    }
    const all = { ...options, anchors: this };
    for (const outcome of allocateFrom([...tenants.keys()], this.#table, all).outcomes) {
      const tenant = tenants.get(outcome.claim);
      const before = tenant?.open?.outcome;
      if (tenant === undefined || before !== undefined && sameOutcome(before, outcome)) continue;
      tenant.open = { claim: outcome.claim, outcome };
      this.#changed.add(tenant);
    }
  }

  /** Takes over what the former had, when the same comes of both whatever else is claimed. */
  #stays(before: T, now: T): boolean {
    const claim = now.claim();
    if (before.anchored !== undefined) {
      if (!restsOnRecord(claim)) return false;
      const given = anchoredAt(claim, this.#table);
      if (!sameAssignments(given, before.anchored)) return false;
      now.anchored = before.anchored;
    } else {
      if (before.open === undefined || !sameClaim(before.open.claim, claim)) return false;
      now.open = before.open;
      this.#open.delete(before);
      this.#open.add(now);
    }
    if (this.#changed.delete(before)) this.#changed.add(now);
    for (const key of recordedKeys(claim)) {
      const holders = this.#holders.get(key);
      if (isOne(holders)) this.#holders.set(key, now);
      else {
        this.#holders.set(key, (holders ?? []).map((each) => each === before ? now : each));
      }
    }
    return true;
  }

  #add(tenant: T): void {
    const claim = tenant.claim();
    let alone = true;
    for (const key of recordedKeys(claim)) {
      const others = this.#holders.get(key);
      if (others === undefined) this.#holders.set(key, tenant);
      else {
        alone = false;
        if (isOne(others)) this.#loosen(others);
        this.#holders.set(key, isOne(others) ? [others, tenant] : [...others, tenant]);
      }
    }
    if (alone && restsOnRecord(claim)) this.#anchor(tenant, claim);
    else this.#enter(tenant, claim);
  }

  #remove(tenant: T): void {
    this.#dirty = true;
    this.#open.delete(tenant);
    this.#changed.delete(tenant);
    for (const key of recordedKeys(tenant.open?.claim ?? tenant.claim())) {
      const holders = this.#holders.get(key);
      if (holders === undefined) continue;
      const left = isOne(holders) ? [] : holders.filter((each) => each !== tenant);
      const [last] = left;
      if (left.length > 1) this.#holders.set(key, left);
      else if (last === undefined) this.#vacate(key);
      else {
        this.#holders.set(key, last);
        this.#reconsider(last);
      }
    }
  }

  /** Rests on its record from now on. */
  #anchor(tenant: T, claim: Claim): void {
    tenant.anchored = anchoredAt(claim, this.#table);
    tenant.open = undefined;
    this.#open.delete(tenant);
    this.#changed.add(tenant);
    this.#dirty = true;
  }

  /** Takes part from now on. */
  #enter(tenant: T, claim: Claim): void {
    tenant.anchored = undefined;
    tenant.open = { claim, outcome: undefined };
    this.#open.add(tenant);
    this.#dirty = true;
  }

  /** Somebody else has its address by record too. */
  #loosen(tenant: T): void {
    if (tenant.anchored === undefined) return;
    for (const { address } of tenant.anchored) this.#lower(address);
    this.#enter(tenant, tenant.claim());
  }

  /** Somebody else has its address by record no more. */
  #reconsider(tenant: T): void {
    const claim = tenant.open?.claim;
    if (claim === undefined || !restsOnRecord(claim)) return;
    const alone = recordedKeys(claim).every((key) => isOne(this.#holders.get(key)));
    if (alone) this.#anchor(tenant, claim);
  }

  #vacate(key: AddressKey): void {
    this.#holders.delete(key);
    this.#lower(addressOfKey(key));
  }

  /** The address may be free: no pool's search begins beyond it. */
  #lower(address: Address): void {
    const judged = this.#table.find(address);
    if (judged === undefined || !this.#cursors.has(judged)) return;
    const at = this.#cursors.get(judged);
    if (at === undefined || compareAddresses(address, at) < 0) this.#cursors.set(judged, address);
  }
}

/** The addresses that the claim holds by record, each once. */
function recordedKeys({ holds }: Claim): readonly AddressKey[] {
  // The usual case, without a list that has room for sixteen more.
  const only = holds.length === 1 ? holds[0] : undefined;
  if (only !== undefined) return only.pool === undefined ? [] : [addressKey(only.address)];
  const keys: AddressKey[] = [];
  for (const { address, pool } of holds) {
    if (pool !== undefined && !keys.includes(address.value)) keys.push(addressKey(address));
  }
  return keys;
}

function isOne<T extends Tenant>(holders: T | readonly T[] | undefined): holders is T {
  return holders !== undefined && !Array.isArray(holders);
}
