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
import { type AddressKey, sameAddress } from "../net/mod.ts";
import type { Eip, Service, Snapshot } from "../objects/mod.ts";
import { compareRefs, refKey, type Refusal } from "../refusal/mod.ts";
import { claimOf, isOurs, nodeAddresses, poolOf, reservedAddresses, sameClaim } from "./claims.ts";
import type { PoolPlan } from "./model.ts";
import { delta, sameItems, SortedView } from "./order.ts";
import { planPool, type Use, usesOf } from "./pool_plan.ts";

/** What was allocated for a snapshot. */
export interface Allocated {
  readonly table: PoolTable;
  readonly nodeAddresses: ReadonlyMap<AddressKey, string>;
  /** The outcome of each Service that is porter's. */
  outcomeOf(service: Service): Outcome | undefined;
  /** In the order of names. */
  readonly pools: readonly PoolPlan[];
}

/** Allocates for one snapshot after another. */
export class Allocator {
  readonly #claims = new WeakMap<Service, Claim>();
  readonly #outcomes = new WeakMap<Claim, Outcome>();
  readonly #pools = new WeakMap<Eip, Pool>();
  readonly #byAge = new SortedView<Claim>(olderClaim);
  readonly #eips = new SortedView<Eip>((a, b) => compareRefs(a.ref, b.ref));
  #services: readonly Service[] = [];
  #judged: { readonly eips: readonly Eip[]; readonly table: PoolTable } | undefined;
  #nodeAddresses: ReadonlyMap<AddressKey, string> = new Map();
  #last: Computed | undefined;

  /** Allocates for a snapshot. */
  allocate(snapshot: Snapshot): Allocated {
    this.#followServices(snapshot.services);
    const input: Input = {
      complete: snapshot.complete,
      claims: this.#byAge.update(this.#claimsOf(snapshot.services)),
      table: this.#judge(snapshot.eips),
      nodeAddresses: this.#nodesOf(snapshot),
      reserved: snapshot.reserved ?? none,
    };
    if (this.#last === undefined || !sameInput(this.#last.input, input)) {
      this.#last = this.#compute(input, this.#last);
    }
    const { table, nodeAddresses } = input;
    return {
      table,
      nodeAddresses,
      pools: this.#last.pools,
      outcomeOf: (service) => {
        const claim = this.#claims.get(service);
        return claim === undefined ? undefined : this.#outcomes.get(claim);
      },
    };
  }

  /** A Service that changed, but claims the same, keeps its claim. */
  #followServices(services: readonly Service[]): void {
    const { removed, added } = delta(this.#services, services);
    this.#services = services;
    const before = new Map([...removed].map((each) => [refKey(each.ref), each]));
    for (const service of added) {
      if (!isOurs(service)) continue;
      const claim = claimOf(service);
      const old = before.get(refKey(service.ref));
      const oldClaim = old === undefined ? undefined : this.#claims.get(old);
      const same = oldClaim !== undefined && sameClaim(oldClaim, claim);
      this.#claims.set(service, same ? oldClaim : claim);
    }
  }

  #claimsOf(services: readonly Service[]): readonly Claim[] {
    const claims: Claim[] = [];
    for (const service of services) {
      const claim = this.#claims.get(service);
      if (claim !== undefined) claims.push(claim);
    }
    return claims;
  }

  #judge(eips: readonly Eip[]): PoolTable {
    const sorted = this.#eips.update(eips);
    if (this.#judged?.eips === sorted) return this.#judged.table;
    const table = judgePools(sorted.map((eip) => {
      const pool = this.#pools.get(eip) ?? poolOf(eip);
      this.#pools.set(eip, pool);
      return pool;
    }));
    this.#judged = { eips: sorted, table };
    return table;
  }

  #nodesOf(snapshot: Snapshot): ReadonlyMap<AddressKey, string> {
    const now = nodeAddresses(snapshot.nodes);
    if (!sameEntries(this.#nodeAddresses, now)) this.#nodeAddresses = now;
    return this.#nodeAddresses;
  }

  #compute(input: Input, last: Computed | undefined): Computed {
    const { claims, table, nodeAddresses, reserved, complete } = input;
    const allocation = allocateFrom(claims, table, {
      nodeAddresses,
      reserved: reservedAddresses(reserved),
      adoptOnly: !complete,
    });
    const outcomes = allocation.outcomes.map((outcome) => this.#settle(outcome));
    const uses = usesOf(table, outcomes.flatMap((each) => each.assignments), reserved);
    const same = last?.input.table === table && last.input.nodeAddresses === nodeAddresses;
    const names = [...table.byName.keys()].sort();
    const pools = names.map((name, index): PoolPlan | undefined => {
      const judged = table.byName.get(name);
      const now = uses.get(name) ?? none;
      if (same && sameItems(last.uses.get(name) ?? none, now)) return last.pools[index];
      return judged === undefined ? undefined : planPool(judged, now, nodeAddresses);
    }).filter((each) => each !== undefined);
    return { input, uses, pools: last && sameItems(last.pools, pools) ? last.pools : pools };
  }

  /** The outcome as it was before, when it says the same. */
  #settle(outcome: Outcome): Outcome {
    const before = this.#outcomes.get(outcome.claim);
    if (before !== undefined && sameOutcome(before, outcome)) return before;
    this.#outcomes.set(outcome.claim, outcome);
    return outcome;
  }
}

interface Input {
  readonly complete: boolean;
  readonly claims: readonly Claim[];
  readonly table: PoolTable;
  readonly nodeAddresses: ReadonlyMap<AddressKey, string>;
  readonly reserved: NonNullable<Snapshot["reserved"]>;
}

interface Computed {
  readonly input: Input;
  readonly uses: ReadonlyMap<string, readonly Use[]>;
  readonly pools: readonly PoolPlan[];
}

const none: readonly never[] = [];

function olderClaim(a: Claim, b: Claim): number {
  return a.createdAt - b.createdAt || compareRefs(a.service, b.service);
}

function sameInput(a: Input, b: Input): boolean {
  return a.complete === b.complete && a.claims === b.claims && a.table === b.table &&
    a.nodeAddresses === b.nodeAddresses && sameItems(a.reserved, b.reserved);
}

function sameEntries<K, V>(a: ReadonlyMap<K, V>, b: ReadonlyMap<K, V>): boolean {
  return a.size === b.size && [...a].every(([key, value]) => b.get(key) === value);
}

function sameOutcome(a: Outcome, b: Outcome): boolean {
  return a.assignments.length === b.assignments.length && a.refusals.length === b.refusals.length &&
    a.released.length === b.released.length &&
    a.assignments.every((each, index) => {
      const other = b.assignments[index];
      return other !== undefined && sameAddress(each.address, other.address) &&
        each.pool === other.pool && each.by === other.by && each.standing === other.standing;
    }) &&
    a.refusals.every((each, index) => sameRefusal(each, b.refusals[index])) &&
    a.released.every((each, index) => {
      const other = b.released[index];
      return other !== undefined && sameAddress(each, other);
    });
}

function sameRefusal(a: Refusal, b: Refusal | undefined): boolean {
  return b !== undefined && a.reason === b.reason && a.message === b.message;
}
