/**
 * A router's part as FRR loads it.
 *
 * @module
 */

import { type Neighbor, poolPrefix, poolPrefix6, type RouterSpec } from "./router_spec.ts";

/** Writes frr.conf. */
export function frrText(spec: RouterSpec): string {
  const { managers, agents, neighbors = [], networks = [], family: version = 4 } = spec;
  const peers: string[] = version === 4 ? [] : ["no bgp default ipv4-unicast"];
  const family: string[] = networks.map((network) => `network ${network}`);
  if (managers !== undefined) {
    peers.push(...managerPeers(managers));
    family.push(...activated("MANAGERS", version), ...fromPorter("MANAGERS"));
    if (managers.as === spec.as) family.push("neighbor MANAGERS route-reflector-client");
  }
  if (agents !== undefined) {
    peers.push(...agentPeers(agents));
    family.push(...activated("NODES", version), ...fromPorter("NODES"));
  }
  for (const neighbor of neighbors) {
    peers.push(...routerPeer(neighbor));
    family.push(...activated(neighbor.address, version), ...routerFamily(neighbor, version));
  }
  const internal = neighbors.some((each) => each.is !== "external");
  const external = neighbors.some((each) => each.is === "external");
  return `${lists(version)}${external && version === 6 ? preferGlobal : ""}
!
router bgp ${spec.as}
 bgp router-id ${spec.id}
 bgp bestpath as-path multipath-relax
${peers.map((line) => ` ${line}\n`).join("")} address-family ipv${version} unicast
  maximum-paths ${internal ? "ibgp " : ""}16
${family.map((line) => `  ${line}\n`).join("")} exit-address-family
exit
`;
}

/** Writes bfdd.conf; undefined where nobody is watched. */
export function frrBfdText({ agents }: RouterSpec): string | undefined {
  return agents?.bfd === true
    ? "bfd\n profile fast\n  transmit-interval 100\n  receive-interval 100\n"
    : undefined;
}

function lists(version: 4 | 6): string {
  const [word, pool] = version === 4
    ? ["ip", `${poolPrefix} ge 32`]
    : ["ipv6", `${poolPrefix6} ge 128`];
  return `${word} prefix-list EIPS permit ${pool}
${word} prefix-list NONE deny any
${word} prefix-list ALL permit any`;
}

/** Not the link-local next hop that comes with it (RFC 2545): what the kernel has is what was told. */
const preferGlobal = `
!
route-map GLOBAL permit 10
 set ipv6 next-hop prefer-global`;

/** IPv4 is active by itself. */
function activated(neighbor: string, version: 4 | 6): readonly string[] {
  return version === 4 ? [] : [`neighbor ${neighbor} activate`];
}

/** FRR has what a manager says over ADD-PATH by default. */
function managerPeers(managers: NonNullable<RouterSpec["managers"]>): readonly string[] {
  return [
    "neighbor MANAGERS peer-group",
    `neighbor MANAGERS remote-as ${managers.as}`,
    `neighbor MANAGERS port ${managers.port}`,
    "neighbor MANAGERS timers connect 5",
    ...managers.addresses.map((address) => `neighbor ${address} peer-group MANAGERS`),
  ];
}

function agentPeers(agents: NonNullable<RouterSpec["agents"]>): readonly string[] {
  const as = agents.as.length === 1 ? agents.as[0] : "external";
  return [
    "neighbor NODES peer-group",
    `neighbor NODES remote-as ${as}`,
    ...(agents.bfd === true ? ["neighbor NODES bfd", "neighbor NODES bfd profile fast"] : []),
    `bgp listen range ${agents.range} peer-group NODES`,
  ];
}

function fromPorter(group: string): readonly string[] {
  return [
    `neighbor ${group} prefix-list EIPS in`,
    `neighbor ${group} prefix-list NONE out`,
    `neighbor ${group} maximum-prefix 10000`,
  ];
}

function routerPeer({ address, as, name }: Neighbor): readonly string[] {
  return [
    `neighbor ${address} remote-as ${as}`,
    `neighbor ${address} description ${name}`,
    `neighbor ${address} timers connect 5`,
  ];
}

function routerFamily({ address, is }: Neighbor, version: 4 | 6): readonly string[] {
  switch (is) {
    case "external":
      return [
        `neighbor ${address} prefix-list ALL in`,
        `neighbor ${address} prefix-list ALL out`,
        ...(version === 6 ? [`neighbor ${address} route-map GLOBAL in`] : []),
      ];
    case "reflector":
      return [
        `neighbor ${address} prefix-list EIPS in`,
        `neighbor ${address} prefix-list NONE out`,
      ];
    case "client":
      return [
        `neighbor ${address} route-reflector-client`,
        `neighbor ${address} addpath-tx-all-paths`,
      ];
  }
}
