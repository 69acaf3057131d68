/**
 * How one peer sees our routes: which paths of a prefix it is told, under which path identifiers and
 * with which path attributes (RFC 4271 sections 5.1 and 9.1.3, RFC 7911, RFC 4760 for IPv6).
 *
 * An external peer gets our AS in AS_PATH and no LOCAL_PREF; an internal one an empty AS_PATH and
 * LOCAL_PREF. A path is left out when it cannot be said: its next hop is of the other family (IPv6
 * next hops of IPv4 prefixes need RFC 8950), is an address of the peer itself (RFC 4271 section
 * 5.1.3), its attributes leave no room for a prefix in a message, or it is for other peers only.
 *
 * @module
 */

import {
  type Address,
  addressToBytes,
  type Family,
  type Ipv4,
  type Ipv6,
  type Prefix,
} from "../../net/mod.ts";
import { type CodecOptions, encodeAttributes } from "../wire/mod.ts";
import { hears, type PathAttributes } from "../model/mod.ts";
import type { InternedPath, PathSet } from "./path_table.ts";
import { wireAttributes } from "./wire_attributes.ts";

/** What one peer's view of our routes depends on. */
export interface PeerView {
  /** Whether the peer has our own AS (iBGP). */
  readonly internal: boolean;
  readonly localAs: number;
  readonly codec: CodecOptions;
  /** IPv4 prefixes may have IPv6 next hops (RFC 8950); left out means no. */
  readonly extendedNextHop?: boolean;
  /** Families in which prefixes are announced. */
  readonly families: readonly Family[];
  /** At most so many paths of a prefix in families with ADD-PATH (at least 1); elsewhere the best. */
  readonly sendMax: number;
  /** The next hop said: the route's, or our own address of the session (then only one path is). */
  readonly nextHop: "keep" | "self";
  /** Our own addresses of the session, for "self"; a family without one keeps the route's next hop. */
  readonly localAddresses: { readonly v4?: Ipv4; readonly v6?: Ipv6 };
  /** The peer's own address: a path with this next hop is not said to it. */
  readonly peerAddress?: Address;
  /** At most so many prefixes are announced; more are held back. */
  readonly maxPrefixes: number;
  /** Said of every path beside what it says itself. */
  readonly attributes: PathAttributes;
  /** The name of the peer, for paths that are only told to some. */
  readonly name?: string;
}

/** What of a view may change while the session is up: all that the two OPENs did not agree on. */
export type LiveView = Pick<PeerView, "sendMax" | "nextHop" | "maxPrefixes" | "attributes">;

/** Path attributes as bytes, kept once for each peer. Prefixes that share them share a message. */
export interface AttributeSet {
  readonly family: Family;
  /** The attributes; without MP_REACH_NLRI, which holds the prefixes, where the next hop is IPv6. */
  readonly bytes: Uint8Array;
  /** The next hop of MP_REACH_NLRI; empty for one of IPv4, which is in `bytes`. */
  readonly mpNextHop: Uint8Array;
  /** Equal exactly when family, bytes and next hop are. */
  readonly key: string;
}

/** Paths as a peer sees them: filled in by `PathViewer.look`, valid up to the next look. */
export interface SeenPaths {
  count: number;
  /** The path identifiers; 0 without ADD-PATH. */
  readonly ids: number[];
  readonly sets: AttributeSet[];
}

/** Empty paths to fill in. */
export function noPaths(): SeenPaths {
  return { count: 0, ids: [], sets: [] };
}

/** Beyond so many attribute sets the index by content is begun anew; what is known stays known. */
const maxKnownSets = 65536;

/** Room for a prefix of the family in bytes, with its path identifier. */
const maxNlriLength = { 4: 9, 6: 21 } as const;

/** Bytes of an UPDATE beside attributes and prefixes, by the next hop's family: IPv6 with MP_REACH_NLRI. */
export const updateOverhead = { 4: 23, 6: 23 + 4 + 5 } as const;

/** Looks at routes with one peer's eyes. */
export class PathViewer {
  readonly #view: PeerView;
  readonly #limits: Readonly<Record<Family, number>>;
  /** What a path looks like, by family of the prefix; undefined for one that cannot be said. */
  readonly #known = {
    4: new WeakMap<InternedPath, { readonly set: AttributeSet | undefined }>(),
    6: new WeakMap<InternedPath, { readonly set: AttributeSet | undefined }>(),
  };
  #byKey = new Map<string, AttributeSet>();
  #lastPath: InternedPath | undefined;
  #lastFamily: Family = 4;
  #lastSet: AttributeSet | undefined;

  /** Makes the eyes of one peer. */
  constructor(view: PeerView) {
    this.#view = view;
    this.#limits = { 4: pathLimit(view, 4), 6: pathLimit(view, 6) };
  }

  /**
   * What the peer is told of a prefix: the first paths that can be said, in the route's order. Nothing
   * when there are no paths.
   */
  look(set: PathSet | undefined, prefix: Prefix, seen: SeenPaths): void {
    seen.count = 0;
    if (set === undefined) return;
    const { family } = prefix.address;
    const limit = this.#limits[family];
    const { paths, ids } = set;
    const addPath = this.#view.codec.addPathSend.includes(family);
    for (let i = 0; i < paths.length && seen.count < limit; i++) {
      const path = paths[i];
      const attributes = path && this.#attributeSet(path, family);
      if (attributes === undefined) continue;
      seen.ids[seen.count] = addPath ? ids[i] ?? 0 : 0;
      seen.sets[seen.count] = attributes;
      seen.count++;
    }
  }

  #attributeSet(path: InternedPath, family: Family): AttributeSet | undefined {
    if (path === this.#lastPath && family === this.#lastFamily) return this.#lastSet;
    let known = this.#known[family].get(path);
    if (known === undefined) {
      known = { set: this.#make(path, family) };
      this.#known[family].set(path, known);
    }
    this.#lastPath = path;
    this.#lastFamily = family;
    return this.#lastSet = known.set;
  }

  #make(path: InternedPath, family: Family): AttributeSet | undefined {
    const nextHop = this.#nextHop(path.nextHop, family);
    if (nextHop === undefined || !hears(path.attributes, this.#view.name ?? "")) return undefined;
    const attributes = wireAttributes(path.attributes, this.#view);
    if (nextHop.family === 4) attributes.splice(2, 0, { kind: "next-hop", address: nextHop });
    const bytes = encodeAttributes(attributes, this.#view.codec);
    const mpNextHop = nextHop.family === 6 ? addressToBytes(nextHop) : new Uint8Array();
    const length = updateOverhead[nextHop.family] + mpNextHop.length + bytes.length;
    if (length + maxNlriLength[family] > this.#view.codec.maxMessageLength) return undefined;
    const key = `${family}${String.fromCharCode(...mpNextHop, ...bytes)}`;
    const same = this.#byKey.get(key);
    if (same !== undefined) return same;
    const set: AttributeSet = { family, bytes, mpNextHop, key };
    if (this.#byKey.size >= maxKnownSets) this.#byKey = new Map();
    this.#byKey.set(key, set);
    return set;
  }

  #nextHop(given: Address, family: Family): Address | undefined {
    const { nextHop, localAddresses, peerAddress } = this.#view;
    const own = family === 4 ? localAddresses.v4 : localAddresses.v6;
    if (nextHop === "self" && own !== undefined) return own;
    if (given.value === peerAddress?.value) return undefined;
    const canBeSaid = given.family === family || (family === 4 && this.#view.extendedNextHop);
    return canBeSaid ? given : undefined;
  }
}

/** Whether two attribute sets say the same. */
export function sameAttributes(a: AttributeSet | undefined, b: AttributeSet | undefined): boolean {
  return a === b || (a !== undefined && a.key === b?.key);
}

/**
 * How many paths of a prefix the peer is told. With our own address as next hop all paths lead to
 * the same place, so one is enough.
 */
function pathLimit(view: PeerView, family: Family): number {
  if (!view.families.includes(family)) return 0;
  if (view.nextHop === "self" || !view.codec.addPathSend.includes(family)) return 1;
  return Math.max(1, view.sendMax);
}
