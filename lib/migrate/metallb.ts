/**
 * Objects of MetalLB (metallb.io): pools become Eips, one for each block, and peers become BgpPeers to
 * which the agents speak, as MetalLB's speakers do.
 *
 * @module
 */

import type { MigrationOptions, RawObject } from "./model.ts";
import { bfdOf, passwordOf, type PoolSaid, saidOfPools } from "./metallb_said.ts";
import { porterVersion } from "./openelb.ts";
import { mappingOf, present, type Reading, textOf } from "./reading.ts";
import type { PoolNames } from "./services.ts";

/** Whether it is a pool of MetalLB, of today or of old. */
export function isMetallbPool({ kind }: Reading): boolean {
  return kind === "IPAddressPool" || kind === "AddressPool";
}

/** The Eips that a pool becomes, by the pool's name. */
export function metallbPoolNames(pools: readonly Reading[]): PoolNames {
  return new Map(pools.map((each) => {
    const blocks = each.texts("spec", "addresses");
    const names = blocks.length === 1
      ? [each.name]
      : blocks.map((_, at) => `${each.name}-${at + 1}`);
    return [each.name, names];
  }));
}

/** Converts all objects of MetalLB. */
export function fromMetallb(
  all: readonly Reading[],
  options: MigrationOptions,
): readonly RawObject[] {
  const of = (kind: string): readonly Reading[] => all.filter((each) => each.kind === kind);
  const pools = all.filter(isMetallbPool);
  const peers = of("BGPPeer");
  const names = metallbPoolNames(pools);
  const said = saidOfPools(of("BGPAdvertisement"), of("Community"), pools);
  const profiles = of("BFDProfile");
  for (const other of of("L2Advertisement")) {
    other.lost([], "layer 2 is not served, only bgp");
    other.value(["spec"]);
  }
  return [
    ...bgpConf(peers, options),
    ...peers.map((peer) => bgpPeer(peer, peers, profiles)),
    ...pools.flatMap((pool) => eips(pool, names.get(pool.name) ?? [], said.get(pool.name))),
  ];
}

function eips(
  reading: Reading,
  names: readonly string[],
  said: PoolSaid | undefined,
): readonly RawObject[] {
  const protocol = reading.text("spec", "protocol");
  if (protocol === "layer2") {
    reading.lost(["spec", "protocol"], "layer2 is not served, only bgp; the pool is left out");
    reading.value(["spec"]);
    return [];
  }
  const shared = present({
    usingKnownIPs: !(reading.flag("spec", "avoidBuggyIPs") ?? false),
    autoAssign: reading.flag("spec", "autoAssign"),
    priority: reading.number("spec", "serviceAllocation", "priority"),
    namespaces: reading.texts("spec", "serviceAllocation", "namespaces"),
    namespaceSelector: onlySelector(reading, "namespaceSelectors"),
    serviceSelector: onlySelector(reading, "serviceSelectors"),
  });
  return reading.texts("spec", "addresses").map((block, at) => ({
    apiVersion: porterVersion,
    kind: "Eip",
    metadata: { name: names[at] ?? reading.name },
    spec: present({ address: block.replaceAll(/\s/g, ""), ...shared, bgp: bgpOf(said, block) }),
  }));
}

/** There one advertisement says the lengths of both families; here an Eip has one family. */
function bgpOf(said: PoolSaid | undefined, block: string): RawObject | undefined {
  if (said === undefined) return undefined;
  const aggregationLength = said.aggregationLength[block.includes(":") ? 6 : 4];
  const bgp = present({ ...said.bgp, aggregationLength });
  return Object.keys(bgp).length === 0 ? undefined : bgp;
}

/** One of several selectors matches there; here there is one. */
function onlySelector(reading: Reading, field: string): unknown {
  const path = ["spec", "serviceAllocation", field];
  const [first, ...others] = reading.list(...path);
  if (others.length > 0) {
    reading.lost(path, "porter takes one selector, the first; write the others as one expression");
  }
  return first;
}

/** The AS is said by each peer there, and by the one BgpConf here. */
function bgpConf(peers: readonly Reading[], options: MigrationOptions): readonly RawObject[] {
  const [first] = peers;
  if (first === undefined) return [];
  const as = first.number("spec", "myASN");
  const routerID = peers.map((each) => each.text("spec", "routerID"))
    .find((each) => each !== undefined) ?? options.routerId;
  if (routerID === undefined) {
    first.lost(["spec", "routerID"], "a BgpConf needs spec.routerID; say --router-id ADDRESS");
  }
  return [{
    apiVersion: porterVersion,
    kind: "BgpConf",
    metadata: { name: "default" },
    spec: present({ as, routerID, port: 179 }),
  }];
}

function bgpPeer(
  reading: Reading,
  all: readonly Reading[],
  profiles: readonly Reading[],
): RawObject {
  const own = reading.number("spec", "myASN");
  const first = all[0]?.number("spec", "myASN");
  if (own !== first) {
    reading.lost(["spec", "myASN"], `the BgpConf has AS ${first}, of ${all[0]?.title}`);
  }
  return {
    apiVersion: porterVersion,
    kind: "BgpPeer",
    metadata: { name: reading.name },
    spec: present({
      config: present({
        peerAs: reading.number("spec", "peerASN"),
        neighborAddress: reading.text("spec", "peerAddress"),
      }),
      transport: present({
        remotePort: reading.number("spec", "peerPort"),
        sourceAddress: reading.text("spec", "sourceAddress"),
        ebgpMultiHop: reading.flag("spec", "ebgpMultiHop") === true ? 255 : undefined,
      }),
      timers: present({
        holdTime: seconds(reading, "holdTime"),
        connectRetry: seconds(reading, "connectTime"),
      }),
      passwordSecretRef: passwordOf(reading),
      bfd: bfdOf(reading, profiles),
      // Every speaker of MetalLB speaks for its own node.
      speakers: present({
        type: "Agents",
        nodeSelector: nodes(reading, ["spec", "nodeSelectors"]),
      }),
    }),
  };
}

/** The nodes that one selector means; there are several there, and one of them must match. */
function nodes(reading: Reading, path: readonly string[]): RawObject | undefined {
  const selectors = reading.list(...path).map(mappingOf);
  if (selectors.length <= 1) return selectors[0];
  const names = selectors.map((each) => nameOnly(each));
  const values = names.flatMap((each) => each ?? []);
  if (values.length === names.length) {
    return { matchExpressions: [{ key: hostname, operator: "In", values }] };
  }
  reading.lost(path, "porter takes one selector, the first; write the others as one expression");
  return selectors[0];
}

const hostname = "kubernetes.io/hostname";

/** The node that a selector means by its name and nothing else: the commonest kind. */
function nameOnly({ matchLabels, matchExpressions }: RawObject): string | undefined {
  const labels = mappingOf(matchLabels);
  if (matchExpressions !== undefined || Object.keys(labels).length !== 1) return undefined;
  return textOf(labels[hostname]);
}

const units = { ms: 0.001, s: 1, m: 60, h: 3600 } as const;

/** A duration as Go writes it ("1m30s"), in whole seconds. */
function seconds(reading: Reading, field: string): number | undefined {
  const text = reading.text("spec", field);
  if (text === undefined) return undefined;
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)];
  if (parts.map(([part]) => part).join("") !== text) {
    reading.lost(["spec", field], "it is no duration");
    return undefined;
  }
  const total = parts.reduce(
    (sum, [, count, unit]) => sum + Number(count) * units[unit as keyof typeof units],
    0,
  );
  return Math.round(total);
}
