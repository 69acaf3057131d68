/**
 * What MetalLB says of routes and sessions in objects of their own: BGPAdvertisement with Community, and
 * BFDProfile. Here it stands in the Eip and in the BgpPeer.
 *
 * @module
 */

import type { RawObject } from "./model.ts";
import { mappingOf, present, type Reading, textOf } from "./reading.ts";

/** What the Eips of a pool say of their routes. */
export interface PoolSaid {
  /** `spec.bgp`, whatever the family. */
  readonly bgp: RawObject;
  /** `spec.bgp.aggregationLength` by family; left out: host routes. */
  readonly aggregationLength: { readonly 4: number | undefined; readonly 6: number | undefined };
}

/** What the Eips of each pool say of their routes, by the pool's name. */
export function saidOfPools(
  advertisements: readonly Reading[],
  communities: readonly Reading[],
  pools: readonly Reading[],
): ReadonlyMap<string, PoolSaid> {
  const aliases = aliasesOf(communities);
  const said = new Map<string, Attributes>();
  for (const reading of advertisements) {
    const named = reading.texts("spec", "ipAddressPools");
    const attributes = attributesOf(reading, aliases);
    if (limited(reading) || Object.keys(present({ ...attributes })).length === 0) continue;
    for (const { name } of pools) {
      if (named.length > 0 && !named.includes(name)) continue;
      said.set(name, joined(said.get(name), attributes, reading));
    }
  }
  return new Map([...said].map(([name, { length4, length6, ...attributes }]) => [
    name,
    { bgp: present({ ...attributes }), aggregationLength: { 4: length4, 6: length6 } },
  ]));
}

interface Attributes {
  readonly localPref: number | undefined;
  readonly communities: readonly string[];
  readonly largeCommunities: readonly string[];
  /** Lengths of covering prefixes; undefined for host routes. */
  readonly length4: number | undefined;
  readonly length6: number | undefined;
}

function attributesOf(reading: Reading, aliases: ReadonlyMap<string, string>): Attributes {
  const all = reading.texts("spec", "communities").map((each) => aliases.get(each) ?? each);
  const large = all.filter((each) => each.startsWith("large:"));
  return {
    localPref: reading.number("spec", "localPref"),
    communities: all.filter((each) => !large.includes(each)),
    largeCommunities: large.map((each) => each.slice("large:".length)),
    length4: covering(reading, "aggregationLength", 32),
    length6: covering(reading, "aggregationLengthV6", 128),
  };
}

/** Several advertisements of one pool are united there; of several LOCAL_PREFs one must be chosen. */
function joined(
  before: Attributes | undefined,
  more: Attributes,
  reading: Reading,
): Attributes {
  if (before === undefined) return more;
  if (before.length4 !== more.length4 || before.length6 !== more.length6) {
    const message = "another advertisement of the same pool has another length, which is kept";
    reading.lost(["spec", "aggregationLength"], message);
  }
  return {
    length4: before.length4,
    length6: before.length6,
    localPref: before.localPref ?? more.localPref,
    communities: [...new Set([...before.communities, ...more.communities])],
    largeCommunities: [...new Set([...before.largeCommunities, ...more.largeCommunities])],
  };
}

/** Whether it is for some peers or nodes only: then what it says is no property of the pool. */
function limited(reading: Reading): boolean {
  const { peers, nodeSelectors, ipAddressPoolSelectors, serviceSelectors } = mappingOf(
    reading.raw.spec,
  );
  const limits = [peers, nodeSelectors, ipAddressPoolSelectors, serviceSelectors];
  const is = limits.some((each) => Array.isArray(each) && each.length > 0);
  if (is) {
    reading.lost(
      [],
      "it is for some peers, nodes, pools or Services only; say so in the BgpPeer and Eip",
    );
    reading.value(["spec"]);
  }
  return is;
}

/** A length that is that of a single address aggregates nothing. */
function covering(reading: Reading, field: string, bits: number): number | undefined {
  const length = reading.number("spec", field);
  return length === bits ? undefined : length;
}

function aliasesOf(communities: readonly Reading[]): ReadonlyMap<string, string> {
  return new Map(
    communities.flatMap((reading) =>
      reading.list("spec", "communities").flatMap((each) => {
        const { name, value } = mappingOf(each);
        return typeof name === "string" && typeof value === "string"
          ? [[name, value] as const]
          : [];
      })
    ),
  );
}

/** `spec.bfd` of a peer that names a profile; undefined when it names none. */
export function bfdOf(reading: Reading, profiles: readonly Reading[]): RawObject | undefined {
  const name = reading.text("spec", "bfdProfile");
  if (name === undefined) return undefined;
  const profile = profiles.find((each) => each.name === name);
  if (profile === undefined) {
    reading.check(
      ["spec", "bfdProfile"],
      `BFDProfile ${name} is not in the input; BFD has defaults`,
    );
    return { enabled: true };
  }
  return present({
    enabled: true,
    minTx: profile.number("spec", "transmitInterval"),
    minRx: profile.number("spec", "receiveInterval"),
    detectMultiplier: profile.number("spec", "detectMultiplier"),
  });
}

/** `spec.passwordSecretRef` of a peer. The text of a password goes nowhere. */
export function passwordOf(reading: Reading): RawObject | undefined {
  if (reading.value(["spec", "password"]) !== undefined) {
    reading.lost(["spec", "password"], "put it into a Secret and name that in passwordSecretRef");
  }
  const name = textOf(mappingOf(reading.value(["spec", "passwordSecret"])).name);
  if (name === undefined) return undefined;
  reading.check(
    ["spec", "passwordSecret"],
    `porter reads Secrets of its own namespace: copy ${name} there`,
  );
  return { name };
}
