/**
 * A topology with IPv6 alone: its addresses, its sessions and its EIP. The numbers of an address are those
 * of the IPv4 one, 172.30.8.17 being fd30:0:0:8::11.
 *
 * @module
 */

import { formatAddress, ipv6 } from "../../../lib/net/mod.ts";
import type { RouterSpec } from "./router_spec.ts";
import type { Topology } from "./topology.ts";
import type { End, Wiring } from "./wires.ts";

/** The same over IPv6. */
export function overIpv6(topology: Topology): Topology {
  return {
    ...topology,
    name: `${topology.name}-v6`,
    about: `${topology.about}, with IPv6 alone`,
    family: 6,
    nodes: topology.nodes.map((node) => ({ ...node, internalIp: inIpv6(node.internalIp) })),
    routers: topology.routers.map((router) => ({ ...router, spec: specOf(router.spec) })),
    ...(topology.beside && {
      beside: topology.beside.map((each) => ({
        ...each,
        own: inIpv6(each.own),
        other: inIpv6(each.other),
        pods: inIpv6(each.pods),
      })),
    }),
    peers: topology.peers.map((peer) => ({
      ...peer,
      ...(peer.neighborAddress !== undefined && {
        neighborAddress: inIpv6(peer.neighborAddress),
      }),
    })),
    wire: (wires) => topology.wire(wiring(wires)),
    tables: (up) =>
      Object.fromEntries(
        Object.entries(topology.tables(up)).map(([role, hops]) => [role, hops.map(inIpv6)]),
      ),
  };
}

const lengths: Readonly<Record<string, string>> = { "/24": "/64", "/30": "/126" };

/** Every IPv4 address of the labs in a text, with its prefix length, in IPv6. */
export function inIpv6(text: string): string {
  const mapped = text.replace(
    /172\.30\.(\d+)\.(\d+)(\/\d+)?/g,
    (_, net: string, host: string, length) => {
      const bits = length === undefined ? "" : lengths[String(length)];
      if (bits === undefined) throw new Error(`no length for ${text}`);
      // As routers write it.
      const value = 0xfd30n << 112n | BigInt(net) << 64n | BigInt(host);
      return `${formatAddress(ipv6(value))}${bits}`;
    },
  );
  return mapped.replace(/^default /, "::/0 ");
}

function specOf({ managers, agents, neighbors, networks, ...spec }: RouterSpec): RouterSpec {
  return {
    ...spec,
    family: 6,
    ...(managers && { managers: { ...managers, addresses: managers.addresses.map(inIpv6) } }),
    ...(agents && { agents: { ...agents, range: inIpv6(agents.range) } }),
    ...(neighbors && {
      neighbors: neighbors.map((each) => ({ ...each, address: inIpv6(each.address) })),
    }),
    ...(networks && { networks: networks.map(inIpv6) }),
  };
}

function wiring(wires: Wiring): Wiring {
  const end = ({ address, ...rest }: End): End =>
    address === undefined ? rest : { ...rest, address: inIpv6(address) };
  return {
    machines: (...roles) => wires.machines(...roles),
    cable: (a, b) => wires.cable(end(a), end(b)),
    bridge: (role, device, address) => wires.bridge(role, device, inIpv6(address)),
    join: (role, address, to) => wires.join(role, inIpv6(address), to),
    port: (role, device, bridge) => wires.port(role, device, bridge),
    routes: (role, lines) => wires.routes(role, lines.map(inIpv6)),
  };
}
