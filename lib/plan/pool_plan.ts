/**
 * How the pools are filled.
 *
 * @module
 */

import { isReserved, type JudgedPool, poolSize, type PoolTable } from "../ipam/mod.ts";
import {
  type Address,
  type AddressKey,
  addressKey,
  addressOfKey,
  compareAddresses,
  rangeContains,
  sameAddress,
} from "../net/mod.ts";
import type { Reserved } from "../objects/mod.ts";
import { compareRefs } from "../refusal/mod.ts";
import type { Entry } from "./entries.ts";
import type { PoolPlan, PoolUse } from "./model.ts";
import { sameItems, SortedView } from "./order.ts";

/** Entries whose use of pools may be another one. */
export interface UsesChange {
  /** No more there. */
  readonly gone: Iterable<Entry>;
  readonly here: Iterable<Entry>;
  /** All that are there now. */
  readonly all: readonly Entry[];
  readonly reserved: readonly Reserved[];
}

/** What is in use of each pool, followed from one allocation to the next. */
export class PoolUses {
  #table: PoolTable | undefined;
  readonly #views = new Map<string, SortedView<PoolUse>>();
  #reserved: readonly (readonly [string, PoolUse])[] = [];
  #reservedOf: readonly Reserved[] | undefined;
  #reservedKeys: ReadonlySet<AddressKey> = new Set();
  #known: readonly Known[] = [];
  #plans: readonly PoolPlan[] = [];

  /** Begins anew with other pools: all entries are to be given again. */
  restart(table: PoolTable, all: readonly Entry[]): void {
    this.#table = table;
    this.#views.clear();
    this.#reserved = [];
    this.#reservedOf = undefined;
    for (const entry of all) entry.uses = none;
  }

  /** Takes note of what changed. */
  update({ gone, here, all, reserved }: UsesChange): void {
    const changes = new Map<string, Change>();
    const of = (pool: string): Change => {
      const known = changes.get(pool) ?? { removed: new Set<PoolUse>(), added: [] };
      changes.set(pool, known);
      return known;
    };
    const take = (pool: string, use: PoolUse): void => void of(pool).removed.add(use);
    const put = (pool: string, use: PoolUse): void => {
      const change = of(pool);
      if (!change.removed.delete(use)) change.added.push(use);
    };
    // Those that are reserved may be many, and mostly nothing of them changes.
    let anew = reserved !== this.#reservedOf;
    const look = (use: PoolUse): void => {
      if (!anew && this.#reservedKeys.has(addressKey(use.address))) anew = true;
    };
    for (const { uses } of gone) {
      for (const use of uses) {
        take(use.pool, use);
        look(use);
      }
    }
    for (const entry of here) {
      for (const use of entry.uses) {
        take(use.pool, use);
        look(use);
      }
      entry.uses = usesOf(entry);
      for (const use of entry.uses) {
        put(use.pool, use);
        look(use);
      }
    }
    if (anew) {
      for (const [pool, use] of this.#reserved) take(pool, use);
      this.#reserved = this.#reservedUses(reserved, all);
      this.#reservedOf = reserved;
      this.#reservedKeys = new Set(reserved.map((each) => addressKey(each.address)));
      for (const [pool, use] of this.#reserved) put(pool, use);
    }
    for (const [pool, change] of changes) this.#view(pool).apply(change);
  }

  /** The numbers of each pool, in the order of names; the same objects where they are the same. */
  plan(nodeAddresses: ReadonlyMap<AddressKey, string>): readonly PoolPlan[] {
    const before = new Map(this.#known.map((each) => [each.judged, each]));
    const known = [...this.#table?.pools ?? none].sort((a, b) => a.name < b.name ? -1 : 1)
      .map((judged): Known => {
        const used = this.#view(judged.name).sorted;
        const same = before.get(judged);
        return same?.plan.used === used && same.nodeAddresses === nodeAddresses
          ? same
          : { judged, nodeAddresses, plan: planPool(judged, used, nodeAddresses) };
      });
    if (!sameItems(this.#known, known)) {
      this.#known = known;
      this.#plans = known.map((each) => each.plan);
    }
    return this.#plans;
  }

  #view(pool: string): SortedView<PoolUse> {
    const view = this.#views.get(pool) ?? new SortedView<PoolUse>(byAddress);
    this.#views.set(pool, view);
    return view;
  }

  #reservedUses(
    reserved: readonly Reserved[],
    all: readonly Entry[],
  ): readonly (readonly [string, PoolUse])[] {
    if (reserved.length === 0) return none;
    const taken = new Set(
      all.flatMap((each) => assignmentsOf(each).map(({ address }) => addressKey(address))),
    );
    return reserved.flatMap((each) => {
      const pool = this.#table?.find(each.address);
      return pool === undefined || taken.has(addressKey(each.address)) ? [] : [[pool.name, each]];
    });
  }
}

interface Change {
  readonly removed: Set<PoolUse>;
  readonly added: PoolUse[];
}

interface Known {
  readonly judged: JudgedPool;
  readonly nodeAddresses: ReadonlyMap<AddressKey, string>;
  readonly plan: PoolPlan;
}

const none: readonly never[] = [];

function assignmentsOf({ anchored, open }: Entry): Entry["uses"] {
  return anchored ?? open?.outcome?.assignments ?? none;
}

/** What the Service has, and what is kept for it. */
function usesOf(entry: Entry): Entry["uses"] {
  const claimed = entry.open?.outcome?.claimed ?? none;
  const assignments = assignmentsOf(entry);
  return claimed.length === 0 ? assignments : [...assignments, ...claimed];
}

/** The order in which a pool's uses are. */
export function byAddress(a: PoolUse, b: PoolUse): number {
  return compareAddresses(a.address, b.address) || compareRefs(a.service, b.service);
}

/** A pool's numbers; `used` is in the order of addresses. */
function planPool(
  judged: JudgedPool,
  used: readonly PoolUse[],
  nodeAddresses: ReadonlyMap<AddressKey, string>,
): PoolPlan {
  const size = sizeOf(judged, nodeAddresses);
  let given = 0;
  let usage = 0;
  let last: Address | undefined;
  for (const { address } of used) {
    if (last !== undefined && sameAddress(last, address)) continue;
    last = address;
    usage++;
    if (mayGive(judged, address) && !nodeAddresses.has(addressKey(address))) given++;
  }
  return {
    eip: judged.pool.eip,
    poolSize: size,
    usage,
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
    if (mayGive(judged, addressOfKey(key))) own++;
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
