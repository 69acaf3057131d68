/**
 * What the soak announces: a table that changes at random and that can be computed anew from a seed, so
 * that whoever compares it with the leaf's needs to ask nobody.
 *
 * @module
 */

import { plainAttributes, type Route } from "../../lib/bgp/model/mod.ts";
import { formatPrefix, hostPrefix, ipv4 } from "../../lib/net/mod.ts";

/** How many prefixes may be in the table; about one in sixteen is not at any time. */
export const prefixCount = 2048;

/** 198.18.0.0/15 is for benchmarks (RFC 2544). */
const firstPrefix = 0xc6120000;

/** 172.30.0.11 and up, as the lab's nodes have them. */
const hops = Array.from({ length: 4 }, (_, n) => ({ address: 0xac1e000b + n, bit: 1 << n }));

/** A table, always as the seed and the number of changes so far have it. */
export class SoakPlan {
  #state: number;
  /** Of each prefix: which next hops it has, as bits; 0 is no route. */
  readonly #hops = new Uint8Array(prefixCount);
  readonly #routes: (Route | undefined)[] = new Array<Route | undefined>(prefixCount);

  /** Empty at first. */
  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** Gives so many prefixes, one after the other, other next hops than they have, or none. */
  change(count: number): void {
    for (let n = 0; n < count; n++) {
      const index = this.#draw(prefixCount);
      const other = 1 + this.#draw(15);
      const now = ((this.#hops[index] ?? 0) + other) % 16;
      this.#hops[index] = now;
      this.#routes[index] = now === 0 ? undefined : route(index, now);
    }
  }

  /** All routes; one that did not change is the same object as before. */
  routes(): Route[] {
    return this.#routes.filter((each) => each !== undefined);
  }

  /** What a leaf's table must say: a line "PREFIX HOP HOP" a prefix, sorted as text. */
  table(): string[] {
    return this.routes().map(({ prefix, paths }) => {
      const via = paths.map(({ nextHop }) => formatPrefix(hostPrefix(nextHop)).split("/")[0]);
      return `${formatPrefix(prefix)} ${via.sort().join(" ")}`;
    }).sort();
  }

  /** A number below `limit`: mulberry32, which is enough for a table. */
  #draw(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  }
}

function route(index: number, bits: number): Route {
  return {
    prefix: hostPrefix(ipv4(firstPrefix + index)),
    paths: hops.filter(({ bit }) => (bits & bit) !== 0).map(({ address }) => ({
      nextHop: ipv4(address),
      attributes: plainAttributes,
    })),
  };
}
