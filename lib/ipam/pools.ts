/**
 * Pools judged: which may hand out, which are refused and why, and which pool an address is in.
 * Pools that stand next to each other never share an address: of two that overlap the older one
 * (then the lower name) keeps them and the younger one is refused as a whole.
 *
 * @module
 */

import {
  type Address,
  type AddressRange,
  compareAddresses,
  formatRange,
  rangeContains,
  rangesOverlap,
} from "../net/mod.ts";
import type { Refusal } from "../refusal/mod.ts";
import type { Pool, PoolStanding } from "./model.ts";

/** A pool and what was found about it. */
export interface JudgedPool {
  readonly pool: Pool;
  readonly name: string;
  /** Undefined when spec.address cannot be read. */
  readonly range: AddressRange | undefined;
  /** Why it is refused as a whole; it hands out nothing. */
  readonly refusal: Refusal | undefined;
  /** Whether it may hand out new addresses. */
  readonly open: boolean;
}

/** All pools, judged, oldest first. */
export interface PoolTable {
  readonly pools: readonly JudgedPool[];
  readonly byName: ReadonlyMap<string, JudgedPool>;
  readonly refusals: readonly Refusal[];
  /** The pool that the address belongs to: the one that owns the range, else the oldest that has it. */
  find(address: Address): JudgedPool | undefined;
}

/** Judges pools; the result does not depend on the order they come in. */
export function judgePools(pools: readonly Pool[]): PoolTable {
  const owned: Owned[] = [];
  const aside: JudgedPool[] = [];
  const judged = [...pools].sort(olderPool).map((pool) => {
    const judgedPool = judge(pool, owned);
    if (judgedPool.range === undefined) return judgedPool;
    if (pool.deleting || judgedPool.refusal?.reason === "PoolOverlap") aside.push(judgedPool);
    else own(owned, { range: judgedPool.range, judged: judgedPool });
    return judgedPool;
  });
  return new Table(judged, owned, aside);
}

class Table implements PoolTable {
  readonly pools: readonly JudgedPool[];
  readonly byName: ReadonlyMap<string, JudgedPool>;
  readonly refusals: readonly Refusal[];
  readonly #owned: readonly Owned[];
  readonly #aside: readonly JudgedPool[];

  constructor(
    pools: readonly JudgedPool[],
    owned: readonly Owned[],
    aside: readonly JudgedPool[],
  ) {
    this.pools = pools;
    this.byName = new Map(pools.map((each) => [each.name, each]));
    this.refusals = pools.flatMap((each) => each.refusal ?? []);
    this.#owned = owned;
    this.#aside = aside;
  }

  find(address: Address): JudgedPool | undefined {
    const at = this.#owned[lastStartingUpTo(this.#owned, address)];
    if (at !== undefined && rangeContains(at.range, address)) return at.judged;
    return this.#aside.find(({ range }) => range !== undefined && rangeContains(range, address));
  }
}

/** How the pool of that name stands to an address that came from it. */
export function poolStanding(pool: JudgedPool | undefined, address: Address): PoolStanding {
  if (pool === undefined) return "PoolGone";
  if (pool.pool.deleting) return "PoolDeleting";
  if (pool.range === undefined) return "PoolRefused";
  if (!rangeContains(pool.range, address)) return "OutsidePool";
  if (pool.refusal !== undefined) return "PoolRefused";
  return pool.pool.disable ? "PoolDisabled" : "InPool";
}

/** Orders pools: oldest first, then by name. */
function olderPool(a: Pool, b: Pool): number {
  return a.createdAt - b.createdAt || (a.eip.name < b.eip.name ? -1 : 1);
}

interface Owned {
  readonly range: AddressRange;
  readonly judged: JudgedPool;
}

function judge(pool: Pool, owned: readonly Owned[]): JudgedPool {
  const name = pool.eip.name;
  const range = "invalid" in pool.range ? undefined : pool.range;
  const refusal = refuse(pool, owned);
  const open = refusal === undefined && range !== undefined && !pool.deleting && !pool.disable;
  return { pool, name, range, refusal, open };
}

function refuse(pool: Pool, owned: readonly Owned[]): Refusal | undefined {
  const object = pool.eip;
  if ("invalid" in pool.range) {
    const message = `Cannot use spec.address: ${pool.range.invalid}; correct it`;
    return { object, reason: "PoolInvalidAddress", message };
  }
  if (pool.deleting) return undefined;
  const rival = owned[lastStartingUpTo(owned, pool.range.last)];
  if (rival !== undefined && rangesOverlap(rival.range, pool.range)) {
    const message =
      `Cannot use spec.address: it shares addresses with the older Eip ${rival.judged.name} ` +
      `(${formatRange(rival.range)}); change one of the two`;
    return { object, reason: "PoolOverlap", message };
  }
  if (pool.protocol !== "bgp") {
    const message = `Cannot use spec.protocol: ${pool.protocol} is not served; write bgp`;
    return { object, reason: "PoolProtocolUnsupported", message };
  }
  return undefined;
}

/** Puts the range at its place; `owned` is sorted and without overlap. */
function own(owned: Owned[], entry: Owned): void {
  owned.splice(lastStartingUpTo(owned, entry.range.first) + 1, 0, entry);
}

/** The index of the last range that starts at or before the address; -1 when none does. */
function lastStartingUpTo(owned: readonly Owned[], address: Address): number {
  let low = 0;
  let high = owned.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const entry = owned[middle];
    if (entry !== undefined && compareAddresses(entry.range.first, address) <= 0) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
