/**
 * Paths and lists of paths, each kept once: two routes that say the same share one PathSet, so that
 * "did it change" is one comparison of references, and path identifiers (RFC 7911 section 3), which
 * are given out here.
 *
 * An identifier belongs to a next hop on a prefix and stays with it as long as that next hop stays;
 * a new next hop gets the smallest one free. It is never computed from an address: what is computed
 * collides, and then a leg of the ECMP group is silently missing.
 *
 * @module
 */

import type { Address, AddressKey } from "../../net/mod.ts";
import type { Path, PathAttributes } from "../model/mod.ts";

/** A path kept once: same next hop and attributes, same object. */
export interface InternedPath {
  readonly nextHop: Address;
  readonly attributes: PathAttributes;
  /** Equal exactly when the attributes are. */
  readonly attributesKey: string;
  /** Unique among the paths of a table. */
  readonly index: number;
}

/** Paths in order of preference with their identifiers, kept once: same content, same object. */
export interface PathSet {
  readonly paths: readonly InternedPath[];
  /** The path identifier of each path: 1 or more, each at most once. */
  readonly ids: readonly number[];
}

interface Bucket extends PathSet {
  next: Bucket | undefined;
}

interface AttributesEntry {
  readonly attributes: PathAttributes;
  readonly key: string;
  readonly byNextHop: Map<AddressKey, InternedPath>;
}

/** Keeps paths and path sets once. */
export class PathTable {
  #byIdentity = new WeakMap<PathAttributes, AttributesEntry>();
  #byKey = new Map<string, AttributesEntry>();
  #sets = new Map<number, Bucket>();
  #setCount = 0;
  #nextIndex = 0;
  readonly #scratch: InternedPath[] = [];
  #lastPaths: readonly Path[] | undefined;
  #lastSet: PathSet | undefined;

  /** How many path sets are kept, those no longer in use included. */
  get size(): number {
    return this.#setCount;
  }

  /**
   * The path set of a route: next hops of `old` (the prefix's set so far) keep their identifiers. A
   * next hop given twice counts once, as given first. `paths` is not empty.
   */
  intern(paths: readonly Path[], old: PathSet | undefined): PathSet {
    if (old === undefined && paths === this.#lastPaths && this.#lastSet !== undefined) {
      return this.#lastSet;
    }
    // The same array each time: most sets are known already, and nothing is kept of those.
    const interned = this.#scratch;
    interned.length = 0;
    for (let i = 0; i < paths.length; i++) {
      const path = paths[i];
      const one = path && this.#path(path);
      if (one !== undefined && indexOfNextHop(interned, one) < 0) interned.push(one);
    }
    const set = this.#set(interned, assignIds(interned, old));
    if (old === undefined) {
      this.#lastPaths = paths;
      this.#lastSet = set;
    }
    return set;
  }

  /** Forgets everything but the sets given, which keep their identity. */
  sweep(live: Iterable<PathSet | undefined>): void {
    this.#byIdentity = new WeakMap();
    this.#byKey = new Map();
    this.#sets = new Map();
    this.#setCount = 0;
    this.#lastPaths = this.#lastSet = undefined;
    for (const set of live) {
      if (set === undefined) continue;
      if (this.#set(set.paths, set.ids, set as Bucket) !== set) {
        throw new Error("Bug: a path set was kept twice");
      }
      for (const path of set.paths) {
        const nextHops = this.#entry(path.attributes).byNextHop;
        if (!nextHops.has(path.nextHop.value)) nextHops.set(path.nextHop.value, path);
      }
    }
  }

  #path(path: Path): InternedPath {
    const entry = this.#byIdentity.get(path.attributes) ?? this.#entry(path.attributes);
    const { nextHop } = path;
    const known = entry.byNextHop.get(nextHop.value);
    if (known !== undefined) return known;
    const { attributes, key } = entry;
    const made = { nextHop, attributes, attributesKey: key, index: this.#nextIndex++ };
    entry.byNextHop.set(nextHop.value, made);
    return made;
  }

  #entry(attributes: PathAttributes): AttributesEntry {
    const key = attributesKey(attributes);
    let entry = this.#byKey.get(key);
    if (entry === undefined) {
      entry = { attributes, key, byNextHop: new Map() };
      this.#byKey.set(key, entry);
    }
    this.#byIdentity.set(attributes, entry);
    return entry;
  }

  #set(paths: readonly InternedPath[], ids: readonly number[], keep?: Bucket): PathSet {
    let hash = paths.length;
    for (let i = 0; i < paths.length; i++) {
      hash = Math.imul(hash ^ (paths[i]?.index ?? 0), 0x9e3779b1) ^ (ids[i] ?? 0);
      hash ^= hash >>> 15;
    }
    const first = this.#sets.get(hash);
    for (let bucket = first; bucket !== undefined; bucket = bucket.next) {
      if (sameItems(bucket.paths, paths) && sameItems(bucket.ids, ids)) return bucket;
    }
    const bucket = keep ?? { paths: paths.slice(), ids, next: undefined };
    bucket.next = first;
    this.#sets.set(hash, bucket);
    this.#setCount++;
    return bucket;
  }
}

/** A text that is equal exactly when the attributes are, with what is left out filled in. */
function attributesKey(a: PathAttributes): string {
  return [
    a.origin ?? "igp",
    a.med ?? "",
    a.localPref ?? 100,
    a.prepend ?? 0,
    a.communities?.join() ?? "",
    a.largeCommunities?.map((c) => c.join(":")).join() ?? "",
    a.extendedCommunities?.join() ?? "",
    a.linkBandwidth ?? "",
    a.onlyTo?.join() ?? "*",
  ].join("|");
}

/** 1, 2, 3, ... kept once for each length: nearly all sets have just these. */
const counting: (readonly number[])[] = [];

function countingTo(length: number): readonly number[] {
  return counting[length] ??= Array.from({ length }, (_, i) => i + 1);
}

function assignIds(paths: readonly InternedPath[], old: PathSet | undefined): readonly number[] {
  if (old === undefined) return countingTo(paths.length);
  if (sameNextHops(paths, old.paths)) return old.ids;
  const ids = paths.map((path) => idIn(old, path));
  const taken = new Set(ids);
  let free = 1;
  for (let i = 0; i < ids.length; i++) {
    if (ids[i] !== 0) continue;
    while (taken.has(free)) free++;
    ids[i] = free++;
  }
  const usual = countingTo(paths.length);
  return sameItems(ids, usual) ? usual : ids;
}

/** The identifier that the path's next hop has in the set; 0 when it has none. */
function idIn(set: PathSet, path: InternedPath): number {
  return set.ids[indexOfNextHop(set.paths, path)] ?? 0;
}

function sameNextHops(a: readonly InternedPath[], b: readonly InternedPath[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i]?.nextHop.value !== b[i]?.nextHop.value) return false;
  return true;
}

function indexOfNextHop(paths: readonly InternedPath[], path: InternedPath): number {
  for (let i = 0; i < paths.length; i++) {
    if (paths[i]?.nextHop.value === path.nextHop.value) return i;
  }
  return -1;
}

function sameItems<T>(a: readonly T[], b: readonly T[]): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
