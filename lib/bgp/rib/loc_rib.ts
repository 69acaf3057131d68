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
  readonly added: number;
  /** Prefixes that stayed, with another next hop or attribute or order of paths. */
  readonly changed: number;
  readonly removed: number;
}

/** What is known of a prefix. A change makes a new entry, so an entry can tell what was said. */
export interface RibEntry {
  /** The route given last; an equal one takes its place so that it is known by reference. */
  route: Route;
  readonly paths: PathSet;
}

/** The routes of our own. */
export class LocRib {
  #table = new PrefixTable();
  #paths = new PathTable();
  #entries: (RibEntry | undefined)[] = [];
  /** By slot: the generation in which its route was given last. */
  #given = new Uint32Array(32);
  #generation = 0;
  /** Slots without a route, the longest free first. A slot stays with its prefix until reused. */
  #free: { readonly slot: number; readonly prefix: Prefix }[] = [];
  #freeAt = 0;
  /** By slot: 1 when it stands in `#free`. */
  #isFree = new Uint8Array(32);
  #size = 0;

  /** How many prefixes there are. */
  get size(): number {
    return this.#size;
  }

  /** One more than the highest slot ever in use. For AdjRibOut. */
  get slots(): number {
    return this.#entries.length;
  }

  /** What stands in a slot; undefined when its prefix is gone. For AdjRibOut. */
  entry(slot: number): RibEntry | undefined {
    return this.#entries[slot];
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
    let added = 0;
    let expected = 0;
    for (const route of routes) {
      if (route.paths.length === 0) continue;
      // Routes mostly come in the same order, so the next slot is the first to look at.
      const slot = this.#entries[expected]?.route === route ? expected : this.#slotOf(route);
      expected = slot + 1;
      if (this.#given[slot] === generation) continue;
      this.#given[slot] = generation;
      const entry = this.#entries[slot];
      if (entry?.route === route) continue;
      const paths = this.#paths.intern(route.paths, entry?.paths);
      if (entry?.paths === paths) {
        entry.route = route;
        continue;
      }
      if (entry === undefined) added++;
      this.#entries[slot] = { route, paths };
      slots.push(slot);
    }
    const changed = slots.length - added;
    const removed = this.#removeOthers(generation, slots);
    this.#size += added - removed;
    if (this.#paths.size > 2 * this.#size + 1024) this.#paths.sweep(this.#pathSets());
    return { slots, added, changed, removed };
  }

  #slotOf(route: Route): number {
    const found = this.#table.find(route.prefix);
    if (found >= 0) return found;
    const slot = this.#freeSlot();
    this.#table.insert(route.prefix, slot);
    return slot;
  }

  /** A slot that no prefix needs any more, or a new one at the end. */
  #freeSlot(): number {
    while (this.#freeAt < this.#free.length) {
      const free = this.#free[this.#freeAt++];
      if (free === undefined) break;
      this.#isFree[free.slot] = 0;
      if (this.#entries[free.slot] !== undefined) continue; // its prefix came back
      this.#table.remove(free.prefix);
      return free.slot;
    }
    const slot = this.#entries.push(undefined) - 1;
    if (slot >= this.#given.length) {
      this.#given = grown(this.#given, new Uint32Array(2 * slot));
      this.#isFree = grown(this.#isFree, new Uint8Array(2 * slot));
    }
    return slot;
  }

  /** Removes what was not given in this generation; appends its slots and gives their number. */
  #removeOthers(generation: number, slots: number[]): number {
    let removed = 0;
    if (this.#freeAt > this.#free.length / 2) {
      this.#free = this.#free.slice(this.#freeAt);
      this.#freeAt = 0;
    }
    for (let slot = 0; slot < this.#entries.length; slot++) {
      const entry = this.#entries[slot];
      if (entry === undefined || this.#given[slot] === generation) continue;
      this.#entries[slot] = undefined;
      if (this.#isFree[slot] === 0) {
        this.#isFree[slot] = 1;
        this.#free.push({ slot, prefix: entry.route.prefix });
      }
      slots.push(slot);
      removed++;
    }
    return removed;
  }

  *#pathSets(): Generator<PathSet> {
    for (const entry of this.#entries) if (entry !== undefined) yield entry.paths;
  }
}

function grown<T extends Uint32Array | Uint8Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
