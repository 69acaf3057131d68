/**
 * Rendezvous hashing (highest random weight): every node has a weight for every prefix, and the heaviest
 * are chosen. So each prefix has its own choice, all speakers choose alike, and a node that comes or goes
 * moves one member of a choice at most.
 *
 * @module
 */

import { type Address, addressToBytes, compareAddresses, fnv1a, type Prefix } from "../net/mod.ts";

/** The heaviest `count` of the items for the prefix, in the order they were given. */
export function heaviest<T>(
  items: readonly T[],
  prefix: Prefix,
  { count, addressOf }: { readonly count: number; readonly addressOf: (item: T) => Address },
): readonly T[] {
  if (items.length <= count) return items;
  const seed = fnv1a(addressToBytes(prefix.address)) ^ prefix.length;
  const weighed = items.map((item) => {
    const address = addressOf(item);
    return { item, address, weight: mixed(fnv1a(addressToBytes(address), seed)) };
  });
  weighed.sort((a, b) => b.weight - a.weight || compareAddresses(a.address, b.address));
  const chosen = new Set(weighed.slice(0, count).map(({ item }) => item));
  return items.filter((item) => chosen.has(item));
}

/** Spreads the bits: FNV alone keeps neighbours near each other (the finalizer of MurmurHash3). */
function mixed(value: number): number {
  let bits = value;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}
