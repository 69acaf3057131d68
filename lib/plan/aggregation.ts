/**
 * Which addresses are announced by a covering prefix: those of an Eip with `spec.bgp.aggregationLength`,
 * where the prefix of that length is wholly the pool's, and nothing in it belongs to somebody else: no
 * node's or leaf switch's address, no pod network, nothing that no router forwards (docs/adr/0037). Whoever announces a
 * prefix discards what of it nobody has (RFC 4632 section 5.1), which the agents do (host_state.ts).
 *
 * @module
 */

import {
  type Address,
  addressBits,
  type AddressKey,
  addressOfKey,
  type AddressRange,
  formatAddress,
  formatPrefix,
  hostPrefix,
  type Prefix,
  prefix,
  prefixContains,
  prefixRange,
  rangeContains,
  rangesOverlap,
  samePrefix,
} from "../net/mod.ts";
import type { BgpPeer, Eip } from "../objects/mod.ts";
import type { ObjectRef, Refusal } from "../refusal/mod.ts";
import { martians, type PodNetworks } from "./safety.ts";

/** What nodes and leaf switches have, which no covering prefix may have in it. */
export interface Taken {
  readonly nodeAddresses: ReadonlyMap<AddressKey, string>;
  readonly podNetworks: Pick<PodNetworks, "within">;
  readonly peers: readonly Pick<BgpPeer, "ref" | "spec">[];
}

/** A part of a pool that is somebody else's, and whose, in words. */
interface Foreign {
  readonly prefix: Prefix;
  readonly whose: string;
}

/** A pool whose addresses are announced by covering prefixes. */
interface Aggregated {
  readonly eip: ObjectRef;
  readonly range: AddressRange;
  readonly length: number;
  readonly foreign: readonly Foreign[];
}

/** So many covering prefixes that are not announced are named. */
const mostNamed = 3;

/** The covering prefixes that may be announced. */
export class Aggregation {
  readonly #key: string;
  readonly #taken: Taken;
  readonly #pools: ReadonlyMap<string, Aggregated>;
  /** Of each Eip whose addresses, or some of them, are announced one by one against its wish. */
  readonly refusals: readonly Refusal[];

  private constructor(key: string, eips: readonly Eip[], taken: Taken) {
    this.#key = key;
    this.#taken = taken;
    const pools = eips.flatMap((each) => aggregated(each, taken) ?? []);
    this.#pools = new Map(pools.map((each) => [each.eip.name, each]));
    this.refusals = [...eips.flatMap((each) => tooLong(each) ?? []), ...pools.flatMap(refused)];
  }

  /** The aggregation of these objects; `before` itself where it would be the same. */
  static of(eips: readonly Eip[], taken: Taken, before: Aggregation = noAggregation): Aggregation {
    const wishing = eips.filter(({ spec }) => spec.bgp?.aggregationLength !== undefined);
    if (wishing.length === 0) return noAggregation;
    const wishes = wishing.map(({ ref, spec, deleting }) =>
      `${ref.name} ${spec.address} ${spec.protocol} ${spec.bgp?.aggregationLength} ${deleting}`
    );
    const peers = taken.peers.map((each) => `${each.ref.name} ${formatPrefix(networkOf(each))}`);
    const key = [...wishes.sort(), ...peers.sort()].join("\n");
    const same = key === before.#key &&
      taken.nodeAddresses === before.#taken.nodeAddresses &&
      taken.podNetworks === before.#taken.podNetworks;
    return same ? before : new Aggregation(key, wishing, taken);
  }

  /** Nothing is aggregated. */
  static none(taken: Taken): Aggregation {
    return new Aggregation("", [], taken);
  }

  /** Whether addresses of some Eip may be announced by this very prefix. */
  mayCover(wanted: Prefix): boolean {
    return [...this.#pools.keys()].some((eip) => {
      const found = this.prefixOf(eip, wanted.address);
      return found !== undefined && samePrefix(found, wanted);
    });
  }

  /** The prefix that an address of the Eip is announced by; undefined: it is announced by itself. */
  prefixOf(eip: string, address: Address): Prefix | undefined {
    const pool = this.#pools.get(eip);
    if (pool === undefined || !rangeContains(pool.range, address)) return undefined;
    const found = prefix(address, pool.length);
    return objection(pool, found) === undefined ? found : undefined;
  }
}

/** No Eip asks for it. */
export const noAggregation: Aggregation = Aggregation.none({
  nodeAddresses: new Map(),
  podNetworks: { within: () => [] },
  peers: [],
});

function networkOf({ spec }: Taken["peers"][number]): Prefix {
  return spec.listenRange?.prefix ?? hostPrefix(spec.neighborAddress);
}

function rangeOf({ spec, deleting }: Eip): AddressRange | undefined {
  return deleting || spec.protocol !== "bgp" || !("first" in spec.range) ? undefined : spec.range;
}

/** Undefined where there is nothing to aggregate. */
function aggregated(eip: Eip, taken: Taken): Aggregated | undefined {
  const range = rangeOf(eip);
  const length = eip.spec.bgp?.aggregationLength;
  if (range === undefined || length === undefined) return undefined;
  const { family } = range.first;
  if (length >= addressBits(family)) return undefined;
  const foreign = [
    ...[...taken.nodeAddresses].map(([key, node]): Foreign => ({
      prefix: hostPrefix(addressOfKey(key)),
      whose: `${formatAddress(addressOfKey(key))} in it is an address of Node ${node}`,
    })),
    ...taken.podNetworks.within(range).map((each): Foreign => ({
      prefix: each.prefix,
      whose: `${formatPrefix(each.prefix)} is the pod network of Node ${each.node}`,
    })),
    ...taken.peers.map((each): Foreign => ({
      prefix: networkOf(each),
      whose: `BgpPeer ${each.ref.name} is at ${formatPrefix(networkOf(each))}`,
    })),
    ...martians.map((each): Foreign => ({
      prefix: each,
      whose: `no router forwards ${formatPrefix(each)} (RFC 6890)`,
    })),
  ];
  const near = foreign.filter((each) => rangesOverlap(prefixRange(each.prefix), range));
  return { eip: eip.ref, range, length, foreign: near };
}

/** Why the prefix is not announced; undefined when it may be. */
function objection({ range, foreign }: Aggregated, wanted: Prefix): string | undefined {
  const { first, last } = prefixRange(wanted);
  if (!rangeContains(range, first) || !rangeContains(range, last)) {
    return "the pool does not have all of it";
  }
  return foreign.find((each) =>
    prefixContains(wanted, each.prefix.address) || prefixContains(each.prefix, wanted.address)
  )?.whose;
}

/** What of the pool cannot be aggregated: at its ends, and where somebody else has something. */
function refused(pool: Aggregated): readonly Refusal[] {
  const { eip, range, length, foreign } = pool;
  const suspects = [
    prefix(range.first, length),
    ...foreign.map((each) =>
      rangeContains(range, each.prefix.address) ? each.prefix.address : range.first
    )
      .map((address) => prefix(address, length)),
    prefix(range.last, length),
  ];
  const found = new Map<string, string>();
  for (const each of suspects) {
    const why = objection(pool, each);
    if (why !== undefined) found.set(formatPrefix(each), why);
  }
  if (found.size === 0) return [];
  const named = [...found].slice(0, mostNamed).map(([text, why]) => `${text}: ${why}`);
  const more = found.size > mostNamed ? `; and ${found.size - mostNamed} more` : "";
  const message =
    `Cannot announce ${named.join("; ")}${more}; addresses there are announced one by ` +
    "one; change spec.address or spec.bgp.aggregationLength";
  return [{ object: eip, reason: "NotAggregated", message }];
}

function tooLong(eip: Eip): readonly Refusal[] {
  const range = rangeOf(eip);
  const length = eip.spec.bgp?.aggregationLength ?? 0;
  if (range === undefined || length <= addressBits(range.first.family)) return [];
  const { family } = range.first;
  const message = `Cannot use spec.bgp.aggregationLength: IPv${family} has ${
    addressBits(family)
  } bits; addresses are announced one by one`;
  return [{ object: eip.ref, reason: "NotAggregated", message }];
}
