/**
 * What a leaf switch has to know of porter, for one BgpPeer: whom it speaks with, which prefixes it may
 * hear, and how many of them.
 *
 * @module
 */

import type { PeerConfig } from "../../bgp/model/mod.ts";
import {
  type Address,
  addressBits,
  type AddressRange,
  type Family,
  formatAddress,
  formatPrefix,
  ipv4,
  ipv6,
  type Prefix,
  prefix,
  sameAddress,
} from "../../net/mod.ts";
import type { BgpConf, Node } from "../../objects/mod.ts";
import { rackAs } from "../../plan/mod.ts";
import { err, ok, type Result } from "../../result/mod.ts";
import type { Subject } from "../subject.ts";

/** The facts of one leaf switch. */
export interface LeafFacts {
  readonly peer: PeerConfig;
  /** As the leaf switch hears it. */
  readonly porterAs: number;
  /** Where porter listens; undefined where it does not. */
  readonly porterPort: number | undefined;
  /** The addresses of those who speak. */
  readonly speakers: readonly Address[];
  /** The addresses of the Eips, as prefixes. */
  readonly prefixes: Readonly<Record<Family, readonly LeafPrefix[]>>;
  /** More paths than this are no porter's: every address with every next hop, and some room. */
  readonly maxPaths: number;
}

/** A part of a pool, and the lengths of what is announced of it. */
export interface LeafPrefix {
  readonly prefix: Prefix;
  /** The shortest first. */
  readonly lengths: readonly number[];
}

/** The largest limit that is written: switches refuse larger ones. */
const mostPaths = 1_000_000;

/**
 * The facts for the BgpPeer of this name; `speakers` are the managers' addresses, where they are known, and
 * `as` is theirs, where each may have another one by its rack.
 */
export function leafFacts(
  { plan, snapshot }: Subject,
  name: string | undefined,
  speakers: readonly Address[],
  as?: number,
): Result<LeafFacts> {
  const all = [
    ...plan.peers.map((peer) => ({ peer, nodes: undefined })),
    ...plan.agentPeers.filter(({ peer }) => !plan.peers.includes(peer)),
  ];
  const conf = snapshot.bgpConfs.find(({ ref }) => ref.name === plan.conf?.name);
  if (plan.speaker === undefined || conf === undefined) {
    return err("there is no BgpConf, or none that is valid, so porter has no AS number");
  }
  const names = all.map(({ peer }) => peer.name).join(", ");
  const found = name === undefined && all.length === 1
    ? all[0]
    : all.find(({ peer }) => peer.name === name);
  if (found === undefined) {
    if (all.length === 0) return err("there is no BgpPeer; create one for each leaf switch");
    return err(
      name === undefined ? `say which: --peer ${names}` : `no BgpPeer ${name}; there are ${names}`,
    );
  }
  const { peer, nodes } = found;
  if (peer.listenRange !== undefined) {
    return err(
      `BgpPeer ${peer.name} is for every leaf switch of ${
        formatPrefix(peer.listenRange.prefix)
      }, and ` +
        "which one is not known: write a copy of it with neighborAddress in place of listenRange, and " +
        "ask with --directory",
    );
  }
  const family = peer.address.family;
  const chosen = snapshot.nodes.filter(({ ref }) => nodes?.includes(ref.name));
  const agents = chosen.flatMap(
    ({ internalIps }) => internalIps.find((each) => each.family === family) ?? [],
  );
  const porterAs = asTowards(peer, nodes === undefined ? undefined : chosen, conf, as);
  if (!porterAs.ok) return porterAs;
  const managers = speakers.length > 0 ? speakers : [plan.speaker.routerId];
  const heard = nodes === undefined ? managers : agents;
  const strange = heard.find((each) => each.family !== family);
  if (strange !== undefined) {
    const leaf = `BgpPeer ${peer.name} is at ${formatAddress(peer.address)}`;
    return err(
      speakers.length === 0
        ? `${leaf}, and no IPv${family} address of a manager is known: name each with --speaker`
        : `${leaf}: --speaker ${formatAddress(strange)} is not an IPv${family} address`,
    );
  }
  if (heard.some((each) => sameAddress(each, peer.address))) {
    const leaf = formatAddress(peer.address);
    return err(
      `BgpPeer ${peer.name} is at ${leaf} itself: name a manager's address with --speaker`,
    );
  }
  if (heard.length === 0) {
    return err(`no node whose agent speaks to BgpPeer ${peer.name} has an IPv${family} InternalIP`);
  }
  const pools = snapshot.eips.flatMap(({ spec: { protocol, range, bgp } }) =>
    protocol === "bgp" && "first" in range ? [{ range, aggregate: bgp?.aggregationLength }] : []
  );
  const size = plan.pools.reduce((sum, { poolSize }) => sum + poolSize, 0);
  return ok({
    peer,
    porterAs: porterAs.value,
    porterPort: plan.speaker.listen?.port,
    speakers: heard,
    prefixes: { 4: prefixesOf(pools, 4), 6: prefixesOf(pools, 6) },
    maxPaths: Math.min(mostPaths, Math.ceil(1.1 * size * Math.max(1, peer.addPathSendMax)) + 10),
  });
}

/** The AS that the leaf hears: one for all who speak, or an error. `agents` are undefined where managers speak. */
function asTowards(
  { name, localAs }: PeerConfig,
  agents: readonly Node[] | undefined,
  conf: BgpConf,
  said: number | undefined,
): Result<number> {
  const racks = [conf.spec.as, ...Object.values(conf.spec.asPerRack)];
  const possible = localAs !== 0
    ? [localAs]
    : agents?.map((node) => rackAs(conf, [node], node.ref.name).as) ?? racks;
  const all = [...new Set(possible)].sort((a, b) => a - b);
  const [only] = said === undefined ? all : all.filter((each) => each === said);
  if (said !== undefined && only === undefined) {
    return err(`nobody speaks to BgpPeer ${name} as AS ${said}, but as ${all.join(" or ")}`);
  }
  if (agents !== undefined && all.length > 1) {
    return err(
      `the agents of BgpPeer ${name} speak as AS ${
        all.join(" and ")
      } (spec.asPerRack): make a BgpPeer ` +
        "for the nodes of each rack, or set its spec.config.localAs",
    );
  }
  if (said === undefined && all.length > 1) {
    return err(
      `the managers speak to BgpPeer ${name} as the AS of the rack that they run in ` +
        `(spec.asPerRack): say which with --as ${all.join(" or --as ")}`,
    );
  }
  return only === undefined ? err(`no node speaks to BgpPeer ${name}`) : ok(only);
}

function prefixesOf(
  pools: readonly { readonly range: AddressRange; readonly aggregate: number | undefined }[],
  family: Family,
): readonly LeafPrefix[] {
  const bits = addressBits(family);
  return pools.filter(({ range }) => range.first.family === family).flatMap((pool) =>
    rangePrefixes(pool.range).map((prefix): LeafPrefix => {
      const { aggregate = bits } = pool;
      const covers = aggregate >= prefix.length && aggregate < bits;
      return { prefix, lengths: covers ? [aggregate, bits] : [bits] };
    })
  );
}

/** The fewest prefixes that make up a range. */
export function rangePrefixes({ first, last }: AddressRange): readonly Prefix[] {
  const { family } = first;
  const bits = addressBits(family);
  const found: Prefix[] = [];
  let at = BigInt(first.value);
  const end = BigInt(last.value);
  while (at <= end) {
    let size = 0;
    // As large as it may begin here, and as large as there is left.
    while (
      size < bits && (at & (1n << BigInt(size))) === 0n && at + (1n << BigInt(size + 1)) - 1n <= end
    ) {
      size++;
    }
    const address = family === 4 ? ipv4(Number(at)) : ipv6(at);
    found.push(prefix(address, bits - size));
    at += 1n << BigInt(size);
  }
  return found;
}
