/**
 * What is never announced, whatever a pool says: addresses that no router forwards (RFC 6890), and those
 * of the pods' own network, whose packets would be drawn away from their nodes.
 *
 * @module
 */

import {
  type Address,
  type AddressRange,
  parsePrefix,
  type Prefix,
  prefix,
  prefixContains,
  type PrefixKey,
  prefixKey,
  prefixRange,
  rangesOverlap,
} from "../net/mod.ts";
import type { Node } from "../objects/mod.ts";

/** What no router forwards. */
export const martians: readonly Prefix[] = [
  ...["0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3"],
  ...["::/128", "::1/128", "::ffff:0:0/96", "fe80::/10", "ff00::/8"],
].flatMap((text) => parsePrefix(text) ?? []);

/** Whether no router forwards packets of the address: this host, link-local, multicast, reserved. */
export function isMartian(address: Address): boolean {
  return martians.some((each) =>
    each.address.family === address.family && prefixContains(each, address)
  );
}

/** A network and the node whose pods have it. */
export interface PodNetwork {
  readonly prefix: Prefix;
  readonly node: string;
}

/** The pod networks of nodes, by their prefixes. */
export class PodNetworks {
  readonly #all: PodNetwork[] = [];
  readonly #nodes = new Map<PrefixKey, string>();
  readonly #lengths = new Map<string, Prefix>();

  constructor(nodes: readonly Node[]) {
    for (const { ref, podNetworks } of nodes) {
      for (const each of podNetworks ?? []) {
        this.#all.push({ prefix: each, node: ref.name });
        this.#nodes.set(prefixKey(each), ref.name);
        this.#lengths.set(`${each.address.family} ${each.length}`, each);
      }
    }
  }

  /** Those that have an address of the range. */
  within(range: AddressRange): readonly PodNetwork[] {
    return this.#all.filter((each) => rangesOverlap(prefixRange(each.prefix), range));
  }

  /** The node whose pods' network has the address. */
  nodeOf(address: Address): string | undefined {
    for (const { address: { family }, length } of this.#lengths.values()) {
      if (family !== address.family) continue;
      const node = this.#nodes.get(prefixKey(prefix(address, length)));
      if (node !== undefined) return node;
    }
    return undefined;
  }
}
