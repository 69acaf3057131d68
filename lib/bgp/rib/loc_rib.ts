/**
 * Loc-RIB (RFC 4271 section 3.2): the routes we announce, one place for all peers. The whole is said
 * each time; the difference is found here, by reference first and by every attribute and next hop
 * otherwise.
 *
 * @module
 */

import type { Prefix } from "../../net/mod.ts";
import type { Route } from "../model/mod.ts";
import { type PathSet, PathTable } from "./path_table.ts";
import { PrefixTable } from "./prefix_table.ts";

/** What one call of `LocRib.set` changed. */
export interface RibChange {
  /** Slots of the prefixes that changed: in the order of the routes given, removed ones last. */
  readonly slots: readonly number[];
  /** Slots that were given to another prefix, with the prefix they had before. */
  readonly reused: readonly { readonly slot: number; readonly prefix: Prefix }[];
  readonly added: number;
  /** Prefixes that stayed, with another next hop or attribute or order of paths. */
  readonly changed: number;
  readonly removed: number;
}

/** The routes of our own. */
export class LocRib {
  #table = new PrefixTable();
  #pathTable = new PathTable();
  /** By slot: the route given last, or one without paths when it is gone. */
  #routes: Route[] = [];
  /** By slot: what the route says; undefined when it is gone. */
  #paths: (PathSet | undefined)[] = [];
  /** By slot: the generation in which its route was given last. */
  #given = new Uint32Array(32);
  #generation = 0;
  /** Slots without a route, the longest free first. A slot stays with its prefix until reused. */
  #free: number[] = [];
  #freeAt = 0;
  /** By slot: 1 when it stands in `#free`. */
  #isFree = new Uint8Array(32);
  #size = 0;

  /** Whether these are all routes there shall be; while they are not, no peer is told End-of-RIB. */
  isWhole = true;

  /** How many prefixes there are. */
  get size(): number {
    return this.#size;
  }

  /** One more than the highest slot ever in use. For AdjRibOut. */
  get slots(): number {
    return this.#paths.length;
  }

  /** The slot of a prefix that there is; undefined for any other. */
  slotOf(prefix: Prefix): number | undefined {
    const slot = this.#table.find(prefix);
    return slot >= 0 && this.#paths[slot] !== undefined ? slot : undefined;
  }

  /** The prefix that has a slot, also when it is gone, until another one gets the slot. */
  prefix(slot: number): Prefix {
    const route = this.#routes[slot];
    if (route === undefined) throw new RangeError(`There is no slot ${slot}`);
    return route.prefix;
  }

  /** The paths of the prefix of a slot; undefined when it is gone. The same paths, the same object. */
  paths(slot: number): PathSet | undefined {
    return this.#paths[slot];
  }

  /**
   * Replaces all routes; gives the prefixes that changed, which every AdjRibOut of this LocRib must
   * be told by `changed`, each change in its turn. A route without paths is no route; of a prefix
   * given twice the first route counts. Routes are immutable: one given again by reference is taken
   * as unchanged without a look.
   */
  set(routes: Iterable<Route>): RibChange {
    const generation = ++this.#generation;
    const slots: number[] = [];
    const reused: { slot: number; prefix: Prefix }[] = [];
    let added = 0;
    let expected = 0;
    for (const route of routes) {
      if (route.paths.length === 0) continue;
      // Routes mostly come in the same order, so the next slot is the first to look at.
      const isThere = expected < this.#routes.length && this.#routes[expected] === route;
      const slot = isThere ? expected : this.#slotFor(route, reused);
      expected = slot + 1;
      if (this.#given[slot] === generation) continue;
      this.#given[slot] = generation;
      if (isThere) continue;
      const old = this.#paths[slot];
      const paths = this.#pathTable.intern(route.paths, old);
      this.#routes[slot] = route;
      if (old === paths) continue;
      if (old === undefined) added++;
      this.#paths[slot] = paths;
      slots.push(slot);
    }
    const changed = slots.length - added;
    const removed = this.#removeOthers(generation, slots);
    this.#size += added - removed;
    if (this.#pathTable.size > 2 * this.#size + 1024) this.#pathTable.sweep(this.#paths);
    return { slots, reused, added, changed, removed };
  }

  #slotFor(route: Route, reused: { slot: number; prefix: Prefix }[]): number {
    const found = this.#table.find(route.prefix);
    if (found >= 0) return found;
    const free = this.#takeFree();
    if (free === undefined) return this.#newSlot(route);
    const prefix = this.prefix(free);
    reused.push({ slot: free, prefix });
    this.#table.remove(prefix);
    this.#table.insert(route.prefix, free);
    return free;
  }

  #newSlot(route: Route): number {
    const slot = this.#paths.push(undefined) - 1;
    this.#routes.push(route);
    this.#table.insert(route.prefix, slot);
    if (slot >= this.#given.length) {
      this.#given = grown(this.#given, new Uint32Array(2 * slot));
      this.#isFree = grown(this.#isFree, new Uint8Array(2 * slot));
    }
    return slot;
  }

  /** A slot whose prefix is gone. */
  #takeFree(): number | undefined {
    while (this.#freeAt < this.#free.length) {
      const slot = this.#free[this.#freeAt++] ?? 0;
      this.#isFree[slot] = 0;
      if (this.#paths[slot] === undefined) return slot; // otherwise its prefix came back
    }
    return undefined;
  }

  /** Removes what was not given in this generation; appends its slots and gives their number. */
  #removeOthers(generation: number, slots: number[]): number {
    let removed = 0;
    if (this.#freeAt > this.#free.length / 2) {
      this.#free = this.#free.slice(this.#freeAt);
      this.#freeAt = 0;
    }
    for (let slot = 0; slot < this.#paths.length; slot++) {
      if (this.#given[slot] === generation || this.#paths[slot] === undefined) continue;
      this.#paths[slot] = undefined;
      this.#routes[slot] = { prefix: this.prefix(slot), paths: [] };
      if (this.#isFree[slot] === 0) {
        this.#isFree[slot] = 1;
        this.#free.push(slot);
      }
      slots.push(slot);
      removed++;
    }
    return removed;
  }
}

function grown<T extends Uint32Array | Uint8Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
