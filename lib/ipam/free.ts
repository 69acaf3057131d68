/**
 * The lowest free address of a pool. Within one allocation nothing becomes free any more once the
 * rest are served, so each pool is walked once from its start over what is in use, never over what
 * is free: the work is bounded by the addresses in use, also in a /64.
 *
 * @module
 */

import {
  type Address,
  addressKey,
  compareAddresses,
  type Family,
  nextAddress,
} from "../net/mod.ts";
import type { Pass } from "./pass.ts";
import type { JudgedPool } from "./pools.ts";
import { isReserved } from "./size.ts";

/** The free addresses of all pools of one allocation. */
export class FreeAddresses {
  readonly #pass: Pass;
  readonly #cursors = new Map<JudgedPool, Address | undefined>();
  readonly #byFamily: Readonly<Record<Family, readonly JudgedPool[]>>;

  constructor(pass: Pass) {
    this.#pass = pass;
    const usable = pass.table.pools.filter((each) =>
      each.range !== undefined && each.refusal === undefined && !each.pool.deleting
    );
    const of = (family: Family): readonly JudgedPool[] =>
      usable.filter((each) => each.range?.first.family === family)
        .sort((a, b) => (a.pool.priority ?? 100) - (b.pool.priority ?? 100));
    this.#byFamily = { 4: of(4), 6: of(6) };
  }

  /** The pools that could serve the family, by priority, then oldest first; disabled ones are among them. */
  poolsOf(family: Family): readonly JudgedPool[] {
    return this.#byFamily[family];
  }

  /** The lowest address of the pool that may be handed out; undefined when there is none. */
  lowest(judged: JudgedPool): Address | undefined {
    const { range, pool } = judged;
    if (range === undefined) return undefined;
    let at = this.#cursors.has(judged) ? this.#cursors.get(judged) : this.#start(judged);
    while (at !== undefined && !this.#mayGive(at, pool.usingKnownIps)) at = after(at, range.last);
    this.#cursors.set(judged, at);
    return at;
  }

  #start(judged: JudgedPool): Address | undefined {
    const { anchors } = this.#pass;
    return anchors === undefined ? judged.range?.first : anchors.firstFree(judged);
  }

  #mayGive(address: Address, usingKnownIps: boolean): boolean {
    const key = addressKey(address);
    return (usingKnownIps || !isReserved(address)) && !this.#pass.owners.has(key) &&
      !this.#pass.claimants.has(key) && this.#pass.anchors?.holderOf(key) === undefined &&
      !this.#pass.nodeAddresses.has(key) && !this.#pass.reserved.has(key);
  }
}

/** The next address, up to and with `last`. */
export function after(address: Address, last: Address): Address | undefined {
  if (compareAddresses(address, last) >= 0) return undefined;
  return nextAddress(address);
}
