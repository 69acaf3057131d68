/**
 * Adj-RIB-In (RFC 4271 section 3.2): what one peer told us. It is counted and some of it is shown;
 * nothing is ever chosen from it or told to anyone.
 *
 * Memory is bounded whatever the peer sends: of at most `counted` paths the key is kept, which is
 * what an exact count needs, and of at most `shown` of these the attributes. Paths beyond that leave
 * no trace but the flag `isPartial`.
 *
 * @module
 */

import { type Address, type Prefix, prefixKey } from "../../net/mod.ts";
import type { ReceivedRoute } from "../model/mod.ts";
import { type Attribute, formatAsPath, type Nlri, type Update } from "../wire/mod.ts";

/** How much of what a peer says is kept. */
export interface AdjRibInLimits {
  /** Paths that are counted exactly; some 100 bytes each. */
  readonly counted: number;
  /** Paths whose attributes are kept for display. */
  readonly shown: number;
}

type RouteKey = number | bigint;
type Shown = Omit<ReceivedRoute, "prefix" | "pathId" | "nextHop">;

/** What one peer told us. */
export class AdjRibIn {
  readonly #limits: AdjRibInLimits;
  readonly #keys = new Set<RouteKey>();
  readonly #shown = new Map<RouteKey, ReceivedRoute>();
  #isPartial = false;

  /** Starts empty. */
  constructor(limits: AdjRibInLimits = { counted: 100_000, shown: 1000 }) {
    this.#limits = limits;
  }

  /** How many paths the peer says; at least so many when `isPartial`. */
  get count(): number {
    return this.#keys.size;
  }

  /** Whether the peer has said more paths than are counted since the table was last empty. */
  get isPartial(): boolean {
    return this.#isPartial;
  }

  /** Takes an UPDATE in. */
  apply(update: Update): void {
    for (const nlri of update.withdrawn) this.#withdraw(nlri);
    for (const attribute of update.attributes) {
      if (attribute.kind !== "mp-unreach") continue;
      for (const nlri of attribute.withdrawn) this.#withdraw(nlri);
    }
    const attributes = shownAttributes(update.attributes);
    for (const attribute of update.attributes) {
      if (attribute.kind === "mp-reach") {
        this.#announceAll(attribute.nlri, attribute.nextHops[0], attributes);
      }
    }
    const nextHop = update.attributes.find((a) => a.kind === "next-hop")?.address;
    this.#announceAll(update.nlri, nextHop, attributes);
  }

  /** At most `limit` routes, those said first that are still there. */
  list(limit: number): readonly ReceivedRoute[] {
    return this.#shown.values().take(Math.max(0, limit)).toArray();
  }

  /** Forgets everything, for when the session ends. */
  clear(): void {
    this.#keys.clear();
    this.#shown.clear();
    this.#isPartial = false;
  }

  #withdraw(nlri: Nlri): void {
    const key = routeKey(nlri);
    this.#keys.delete(key);
    this.#shown.delete(key);
    if (this.#keys.size === 0) this.#isPartial = false;
  }

  #announceAll(all: readonly Nlri[], nextHop: Address | undefined, attributes: Shown): void {
    for (const nlri of all) {
      const key = routeKey(nlri);
      if (!this.#keys.has(key)) {
        if (this.#keys.size >= this.#limits.counted) {
          this.#isPartial = true;
          continue;
        }
        this.#keys.add(key);
      }
      if (!this.#shown.has(key) && this.#shown.size >= this.#limits.shown) continue;
      this.#shown.set(key, { ...nlri, ...(nextHop && { nextHop }), ...attributes });
    }
  }
}

/** A number for IPv4 without path identifier, otherwise a bigint; distinct for distinct paths. */
function routeKey({ prefix, pathId }: Nlri): RouteKey {
  const key = prefixKey(prefix);
  if (pathId === undefined) return key;
  // Above the 136 bits of an IPv6 key; the bit of the family keeps the two families apart.
  return (BigInt(pathId) << 138n) | (familyBit(prefix) << 137n) | (1n << 136n) | BigInt(key);
}

function familyBit(prefix: Prefix): bigint {
  return prefix.address.family === 4 ? 0n : 1n;
}

function shownAttributes(attributes: readonly Attribute[]): Shown {
  const shown: { -readonly [K in keyof Shown]: Shown[K] } = { asPath: "" };
  for (const attribute of attributes) {
    if (attribute.kind === "as-path") shown.asPath = formatAsPath(attribute.segments);
    else if (attribute.kind === "origin") shown.origin = attribute.origin;
    else if (attribute.kind === "med") shown.med = attribute.value;
    else if (attribute.kind === "local-pref") shown.localPref = attribute.value;
    else if (attribute.kind === "communities") shown.communities = attribute.values;
  }
  return shown;
}
