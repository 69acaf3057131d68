/**
 * The leaf switch's side of porter's sessions, in the words of each vendor: neighbours, prefix lists,
 * limits, ECMP. What is written is loaded into a real BIRD and a real FRR by tests; the others are
 * untested against the vendors' own software.
 *
 * @module
 */

import type { PeerConfig } from "../../bgp/model/mod.ts";
import { addressBits, type Family, formatAddress, formatPrefix } from "../../net/mod.ts";
import type { LeafFacts } from "./facts.ts";

/** Whose words. */
export const vendors = ["bird", "frr", "sonic", "eos", "nxos", "junos"] as const;

/** Whose words. */
export type Vendor = typeof vendors[number];

/** The configuration of one leaf switch. */
export function leafConfig(vendor: Vendor, facts: LeafFacts): string {
  return writers[vendor](facts);
}

/** Seconds between two calls of the leaf; the daemons' own two minutes are long after porter started. */
const connectRetry = 5;

const writers: Readonly<Record<Vendor, (facts: LeafFacts) => string>> = {
  bird,
  frr: (facts) => frr(facts, "FRR: vtysh, or /etc/frr/frr.conf"),
  sonic: (facts) =>
    frr(facts, "SONiC: vtysh in the bgp container (docker_routing_config_mode split)"),
  eos,
  nxos,
  junos,
};

function title(mark: string, { peer, porterAs, speakers }: LeafFacts, where: string): string {
  return `${mark} porter (AS ${porterAs}), BgpPeer ${peer.name}, from ${
    speakers.map(formatAddress).join(", ")
  }\n${mark} ${where}\n`;
}

function familiesOf({ prefixes }: LeafFacts): readonly Family[] {
  return ([4, 6] as const).filter((family) => prefixes[family].length > 0);
}

function bird(facts: LeafFacts): string {
  const { peer, porterAs, porterPort, speakers, maxPaths } = facts;
  const addPaths = peer.addPathSendMax > 0 ? " add paths rx;" : "";
  const filters = familiesOf(facts).map((family) => {
    const sets = facts.prefixes[family].flatMap(({ prefix, lengths }) =>
      lengths.map((length) => `${formatPrefix(prefix)}{${length},${length}}`)
    );
    return `filter porter${family} {\n  if net ~ [ ${
      sets.join(", ")
    } ] then accept;\n  reject;\n}\n`;
  });
  const sessions = speakers.map((speaker, index) => {
    const port = porterPort === undefined ? "" : ` port ${porterPort}`;
    const channels = familiesOf(facts).map((family) =>
      `  ipv${family} { import filter porter${family}; import limit ${maxPaths} action block; export none;${addPaths} };\n`
    );
    return `protocol bgp porter_${index + 1} {\n` +
      `  local ${formatAddress(peer.address)} port ${peer.port} as ${peer.peerAs};\n` +
      `  neighbor ${formatAddress(speaker)}${port} as ${porterAs};\n` +
      `  hold time ${peer.holdTime};\n` +
      `  ${peer.passive ? `connect retry time ${connectRetry}` : "passive on"};\n` +
      `${birdHops(peer)}${channels.join("")}}\n`;
  });
  const note = "BIRD 2: and in protocol kernel: merge paths on, for ECMP";
  return [title("#", facts, note), ...filters, ...sessions].join("");
}

function birdHops({ ttlSecurity, ebgpMultiHop }: PeerConfig): string {
  const hops = ttlSecurity ?? ebgpMultiHop ?? 1;
  const far = hops > 1 ? `  multihop ${hops};\n` : "";
  return ttlSecurity === undefined ? far : `${far}  ttl security on;\n`;
}

/** Equal paths in the words of FRR and NX-OS, which count those of iBGP by themselves. */
function equalPaths({ peer, porterAs }: LeafFacts): string {
  const internal = porterAs === peer.peerAs ? "ibgp " : "";
  return `maximum-paths ${internal}${Math.max(8, peer.addPathSendMax)}\n`;
}

/** How far away porter may be, in words that FRR, EOS and NX-OS share but for the first ones. */
function hopsLine(
  before: string,
  { ttlSecurity, ebgpMultiHop }: PeerConfig,
  gtsm: string,
): readonly string[] {
  if (ttlSecurity !== undefined) return [`${before}${gtsm} ${ttlSecurity}\n`];
  return ebgpMultiHop === undefined ? [] : [`${before}ebgp-multihop ${ebgpMultiHop}\n`];
}

/** The one entry of the prefix list of what porter is told: it takes no routes. */
const nothing: Readonly<Record<Family, string>> = {
  4: "seq 10 deny 0.0.0.0/0 le 32",
  6: "seq 10 deny ::/0 le 128",
};

/** What may be heard and what is told, of each family, in the words of FRR and NX-OS. */
function prefixLists(facts: LeafFacts): readonly string[] {
  return familiesOf(facts).flatMap((family) => {
    const word = family === 4 ? "ip" : "ipv6";
    return [
      ...permits(facts, family).map((each) => `${word} prefix-list porter${family} ${each}\n`),
      `${word} prefix-list porter-none${family} ${nothing[family]}\n`,
    ];
  });
}

function frr(facts: LeafFacts, where: string): string {
  const { peer, porterAs, speakers, maxPaths } = facts;
  const neighbours = speakers.map(formatAddress);
  const families = familiesOf(facts).map((family) =>
    [
      ` address-family ipv${family} unicast\n`,
      `  ${equalPaths(facts)}`,
      ...neighbours.flatMap((each) => [
        `  neighbor ${each} activate\n`,
        `  neighbor ${each} prefix-list porter${family} in\n`,
        `  neighbor ${each} prefix-list porter-none${family} out\n`,
        `  neighbor ${each} maximum-prefix ${maxPaths}\n`,
      ]),
      " exit-address-family\n",
    ].join("")
  );
  return [
    title("!", facts, where),
    ...prefixLists(facts),
    `router bgp ${peer.peerAs}\n`,
    " bgp bestpath as-path multipath-relax\n",
    ...neighbours.flatMap((each) => [
      ` neighbor ${each} remote-as ${porterAs}\n`,
      ` neighbor ${each} timers ${Math.max(1, Math.floor(peer.holdTime / 3))} ${peer.holdTime}\n`,
      ...(peer.passive ? frrPort(each, facts) : [` neighbor ${each} passive\n`]),
      ...hopsLine(` neighbor ${each} `, peer, "ttl-security hops"),
    ]),
    ...families,
    "exit\n",
  ].join("");
}

/** Where porter waits to be called, the leaf has to know a port that is not BGP's own, and to call soon. */
function frrPort(neighbour: string, { porterPort = 179 }: LeafFacts): readonly string[] {
  return [
    ` neighbor ${neighbour} timers connect ${connectRetry}\n`,
    ...(porterPort === 179 ? [] : [` neighbor ${neighbour} port ${porterPort}\n`]),
  ];
}

function eos(facts: LeafFacts): string {
  const { peer, porterAs, speakers, maxPaths } = facts;
  const lists = familiesOf(facts).flatMap((family) => [
    `${family === 4 ? "ip" : "ipv6"} prefix-list porter${family}\n`,
    ...permits(facts, family).map((each) => `   ${each}\n`),
    `${family === 4 ? "ip" : "ipv6"} prefix-list porter-none${family}\n`,
    `   ${nothing[family]}\n`,
  ]);
  return [
    title("!", facts, "Arista EOS: configure"),
    ...lists,
    `router bgp ${peer.peerAs}\n`,
    `   maximum-paths ${Math.max(8, peer.addPathSendMax)}\n`,
    "   bgp bestpath as-path multipath-relax\n",
    ...(peer.addPathSendMax > 0 ? ["   bgp additional-paths receive\n"] : []),
    ...speakers.map(formatAddress).flatMap((each) => [
      `   neighbor ${each} remote-as ${porterAs}\n`,
      `   neighbor ${each} timers ${Math.max(1, Math.floor(peer.holdTime / 3))} ${peer.holdTime}\n`,
      ...(peer.passive ? [] : [`   neighbor ${each} passive\n`]),
      ...hopsLine(`   neighbor ${each} `, peer, "ttl maximum-hops"),
      `   neighbor ${each} maximum-routes ${maxPaths}\n`,
    ]),
    ...familiesOf(facts).flatMap((family) => [
      `   address-family ipv${family}\n`,
      ...speakers.map(formatAddress).flatMap((each) => [
        `      neighbor ${each} activate\n`,
        `      neighbor ${each} prefix-list porter${family} in\n`,
        `      neighbor ${each} prefix-list porter-none${family} out\n`,
      ]),
    ]),
  ].join("");
}

function nxos(facts: LeafFacts): string {
  const { peer, porterAs, speakers, maxPaths } = facts;
  const addPath = peer.addPathSendMax > 0 ? ["    additional-paths receive\n"] : [];
  return [
    title("!", facts, "Cisco NX-OS: configure terminal; needs feature bgp"),
    ...prefixLists(facts),
    `router bgp ${peer.peerAs}\n`,
    "  bestpath as-path multipath-relax\n",
    ...familiesOf(facts).flatMap((family) => [
      `  address-family ipv${family} unicast\n`,
      `    ${equalPaths(facts)}`,
      ...addPath,
    ]),
    ...speakers.map(formatAddress).flatMap((each) => [
      `  neighbor ${each}\n`,
      `    remote-as ${porterAs}\n`,
      `    timers ${Math.max(1, Math.floor(peer.holdTime / 3))} ${peer.holdTime}\n`,
      ...(peer.passive ? [] : ["    transport connection-mode passive\n"]),
      ...hopsLine("    ", peer, "ttl-security hops"),
      ...familiesOf(facts).flatMap((family) => [
        `    address-family ipv${family} unicast\n`,
        `      prefix-list porter${family} in\n`,
        `      prefix-list porter-none${family} out\n`,
        `      maximum-prefix ${maxPaths}\n`,
      ]),
    ]),
  ].join("");
}

function junos(facts: LeafFacts): string {
  const { peer, porterAs, speakers, maxPaths } = facts;
  const policy = familiesOf(facts).flatMap((family) =>
    facts.prefixes[family].flatMap(({ prefix, lengths }) =>
      lengths.map((length) =>
        `set policy-options policy-statement porter-in term ipv${family} from route-filter ${
          formatPrefix(prefix)
        } prefix-length-range /${length}-/${length}\n`
      )
    ).concat(`set policy-options policy-statement porter-in term ipv${family} then accept\n`)
  );
  const group = "set protocols bgp group porter";
  return [
    title("#", facts, "Junos: configure, load set terminal"),
    ...policy,
    "set policy-options policy-statement porter-in then reject\n",
    "set policy-options policy-statement porter-out then reject\n",
    "set policy-options policy-statement porter-ecmp then load-balance per-packet\n",
    "set routing-options forwarding-table export porter-ecmp\n",
    `${group} type ${porterAs === peer.peerAs ? "internal" : "external"}\n`,
    `${group} local-as ${peer.peerAs}\n`,
    `${group} peer-as ${porterAs}\n`,
    `${group} hold-time ${peer.holdTime}\n`,
    ...(peer.passive ? [] : [`${group} passive\n`]),
    ...(peer.ebgpMultiHop === undefined ? [] : [`${group} multihop ttl ${peer.ebgpMultiHop}\n`]),
    ...(peer.ttlSecurity === undefined
      ? []
      : ["# GTSM (ttlSecurity) takes a firewall filter on Junos, which is not in here\n"]),
    `${group} multipath multiple-as\n`,
    `${group} import porter-in\n`,
    `${group} export porter-out\n`,
    ...familiesOf(facts).flatMap((family) => {
      const unicast = `${group} family inet${family === 4 ? "" : "6"} unicast`;
      return [
        `${unicast} prefix-limit maximum ${maxPaths}\n`,
        ...(peer.addPathSendMax > 0 ? [`${unicast} add-path receive\n`] : []),
      ];
    }),
    ...speakers.map((each) => `${group} neighbor ${formatAddress(each)}\n`),
  ].join("");
}

/** The entries of a prefix list, "seq 10 permit 203.0.113.0/24 ge 32": each length by itself. */
function permits({ prefixes }: LeafFacts, family: Family): readonly string[] {
  const bits = addressBits(family);
  return prefixes[family].flatMap(({ prefix, lengths }) =>
    lengths.map((length) => {
      const longer = length === prefix.length ? "" : ` ge ${length}`;
      const exact = longer === "" || length === bits ? "" : ` le ${length}`;
      return `permit ${formatPrefix(prefix)}${longer}${exact}`;
    })
  ).map((each, index) => `seq ${10 * (index + 1)} ${each}`);
}
