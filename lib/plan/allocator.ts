/**
 * Allocation from one snapshot to the next: claims, pools and outcomes keep their references as long
 * as they say the same, and nothing is allocated anew when none of them changed.
 *
 * @module
 */

import {
  allocateFrom,
  type Claim,
  judgePools,
  type Outcome,
  type Pool,
  type PoolTable,
} from "../ipam/mod.ts";
import { type AddressKey, compareAddresses, sameAddress } from "../net/mod.ts";
import type { Eip, Namespace, Reserved, Snapshot } from "../objects/mod.ts";
import { compareRefs, type Refusal } from "../refusal/mod.ts";
import { namespaceLabels, nodeAddresses, poolClaims, poolOf, reservedAddresses } from "./claims.ts";
import type { Entry } from "./entries.ts";
import type { PoolPlan, PoolUse } from "./model.ts";
import { byRef, sameItems, SortedView } from "./order.ts";
import { planPool, usesOf } from "./pool_plan.ts";

/** What was allocated for a snapshot; the outcomes are with the entries. */
export interface Allocated {
  readonly table: PoolTable;
  readonly nodeAddresses: ReadonlyMap<AddressKey, string>;
  /** In the order of names. */
  readonly pools: readonly PoolPlan[];
}

/** Allocates for one snapshot after another. */
export class Allocator {
  readonly #eips = new SortedView<Eip>(byRef);
  readonly #uses = new Map<string, SortedView<PoolUse>>();
  #judged: { readonly eips: readonly Eip[]; readonly table: PoolTable } | undefined;
  #nodeAddresses: ReadonlyMap<AddressKey, string> = new Map();
  #last: Input | undefined;
  #pools: readonly PoolPlan[] = [];

  /** Allocates for a snapshot; `claimants` are the entries with a claim, oldest first. */
  allocate(snapshot: Snapshot, claimants: readonly Entry[]): Allocated {
    const input: Input = {
      complete: snapshot.complete,
      claims: claimants.flatMap((each) => each.claim ?? []),
      table: this.#judge(snapshot.eips),
      nodeAddresses: this.#nodesOf(snapshot),
      reserved: snapshot.reserved ?? none,
      namespaces: snapshot.namespaces ?? none,
    };
    if (this.#last === undefined || !sameInput(this.#last, input)) {
      this.#compute(input, claimants);
    }
    return { table: input.table, nodeAddresses: input.nodeAddresses, pools: this.#pools };
  }

  #judge(eips: readonly Eip[]): PoolTable {
    const sorted = this.#eips.update(eips);
    if (this.#judged?.eips !== sorted) {
      this.#judged = { eips: sorted, table: judgePools(sorted.map(poolOnce)) };
    }
    return this.#judged.table;
  }

  #nodesOf(snapshot: Snapshot): ReadonlyMap<AddressKey, string> {
    const now = nodeAddresses(snapshot.nodes);
    if (!sameEntries(this.#nodeAddresses, now)) this.#nodeAddresses = now;
    return this.#nodeAddresses;
  }

  #compute(input: Input, claimants: readonly Entry[]): void {
    const { claims, table, nodeAddresses, reserved, namespaces, complete } = input;
    const { outcomes } = allocateFrom(claims, table, {
      nodeAddresses,
      reserved: reservedAddresses(reserved),
      namespaces: namespaceLabels(namespaces),
      claimed: poolClaims(this.#judged?.eips ?? none),
      adoptOnly: !complete,
    });
    // Both are oldest first, by the same order.
    for (const [index, entry] of claimants.entries()) {
      const outcome = outcomes[index];
      if (outcome === undefined || outcome.claim !== entry.claim) {
        throw new Error("Cannot match outcomes with claims: their orders differ");
      }
      if (entry.outcome === undefined || !sameOutcome(entry.outcome, outcome)) {
        entry.outcome = outcome;
      }
    }
    const same = this.#last?.table === table && this.#last.nodeAddresses === nodeAddresses;
    this.#last = input;
    this.#planPools(input, claimants, same);
  }

  #planPools(input: Input, claimants: readonly Entry[], same: boolean): void {
    const { table, nodeAddresses, reserved } = input;
    const outcomes = claimants.flatMap((each) => each.outcome ?? none);
    const uses = usesOf(table, outcomes, reserved);
    for (const name of this.#uses.keys()) if (!table.byName.has(name)) this.#uses.delete(name);
    const before = new Map(this.#pools.map((each) => [each.eip.name, each]));
    const pools = [...table.pools].sort((a, b) => a.name < b.name ? -1 : 1).map((judged) => {
      const view = this.#uses.get(judged.name) ?? new SortedView<PoolUse>(byAddress);
      this.#uses.set(judged.name, view);
      const used = view.update(uses.get(judged.name) ?? none);
      const known = before.get(judged.name);
      return same && known?.used === used ? known : planPool(judged, used, nodeAddresses);
    });
    if (!sameItems(this.#pools, pools)) this.#pools = pools;
  }
}

interface Input {
  readonly complete: boolean;
  readonly claims: readonly Claim[];
  readonly table: PoolTable;
  readonly nodeAddresses: ReadonlyMap<AddressKey, string>;
  readonly reserved: readonly Reserved[];
  readonly namespaces: readonly Namespace[];
}

const none: readonly never[] = [];

const knownPools = new WeakMap<Eip, Pool>();

function poolOnce(eip: Eip): Pool {
  const pool = knownPools.get(eip) ?? poolOf(eip);
  knownPools.set(eip, pool);
  return pool;
}

function byAddress(a: PoolUse, b: PoolUse): number {
  return compareAddresses(a.address, b.address) || compareRefs(a.service, b.service);
}

function sameInput(a: Input, b: Input): boolean {
  return a.complete === b.complete && a.table === b.table && a.nodeAddresses === b.nodeAddresses &&
    sameItems(a.reserved, b.reserved) && sameItems(a.namespaces, b.namespaces) &&
    sameItems(a.claims, b.claims);
}

function sameEntries<K, V>(a: ReadonlyMap<K, V>, b: ReadonlyMap<K, V>): boolean {
  return a.size === b.size && [...a].every(([key, value]) => b.get(key) === value);
}

function sameOutcome(a: Outcome, b: Outcome): boolean {
  return sameList(
    a.assignments,
    b.assignments,
    (one, other) =>
      sameAddress(one.address, other.address) && one.pool === other.pool && one.by === other.by &&
      one.standing === other.standing,
  ) && sameList(a.refusals, b.refusals, sameRefusal) &&
    sameList(a.wanting, b.wanting, sameRefusal) &&
    sameList(a.released, b.released, sameAddress) &&
    sameList(
      a.claimed,
      b.claimed,
      (one, other) => one.pool === other.pool && sameAddress(one.address, other.address),
    );
}

function sameRefusal(a: Refusal, b: Refusal): boolean {
  return a.reason === b.reason && a.message === b.message;
}

function sameList<T>(a: readonly T[], b: readonly T[], same: (a: T, b: T) => boolean): boolean {
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index++) {
    const [one, other] = [a[index], b[index]];
    if (one === undefined || other === undefined || !same(one, other)) return false;
  }
  return true;
}
