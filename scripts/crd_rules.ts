/**
 * Rules of the CRDs in CEL: what an API server can judge in one object, as porter's schemas do.
 *
 * @module
 */

import {
  communityForm,
  extendedCommunityForm,
  largeCommunityForm,
  wellKnownCommunities,
} from "../lib/bgp/wire/mod.ts";

/** What is said of fields beside their schema, by path. */
export type Said = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** CEL cannot compare addresses: the order of a range is judged for IPv4 here, of IPv6 by porter. */
export const addressRules = [
  {
    rule: "isIP(self) || isCIDR(self) || " +
      "(self.split('-').size() == 2 && self.split('-').all(x, isIP(x.trim())))",
    message: "must be an address, a prefix (203.0.113.0/24) or a range (first-last)",
  },
  {
    rule: "self.split('-').size() != 2 || !self.split('-').all(x, isIP(x.trim())) || " +
      "ip(self.split('-')[0].trim()).family() == ip(self.split('-')[1].trim()).family()",
    message: "must be a range of one family",
  },
  {
    rule:
      "!self.matches('^[0-9]+[.][0-9]+[.][0-9]+[.][0-9]+ *- *[0-9]+[.][0-9]+[.][0-9]+[.][0-9]+$')" +
      " || [self.split('-').map(x, x.trim().split('.')).map(q, int(q[0]) * 16777216 + " +
      "int(q[1]) * 65536 + int(q[2]) * 256 + int(q[3]))].all(v, v[0] <= v[1])",
    message: "must be a range whose first address is not after its last",
  },
];

const aggregates = "has(self.bgp) && has(self.bgp.aggregationLength)";

/** What of an Eip contradicts the rest of it; that a range is of whole prefixes is judged by porter. */
export const eipRules = [
  {
    rule: `!(${aggregates}) || !isCIDR(self.address) || ` +
      "self.bgp.aggregationLength >= cidr(self.address).prefixLength()",
    message:
      "bgp.aggregationLength must not be shorter than the prefix of address: nothing outside " +
      "the pool is announced",
  },
  {
    rule: `!(${aggregates}) || self.address.contains(':') || self.bgp.aggregationLength <= 32`,
    message: "bgp.aggregationLength must be at most 32: the addresses are of IPv4",
  },
];

/** As lib/objects/peer_transport.ts has it. */
export const interfacePattern = "^[^\\s/:]{1,15}$";

/** A DNS-1123 subdomain, as lib/objects/meta.ts has it. */
export const namePattern = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$";

/** The neighbour's address, or the first one of its range. */
const neighbor = "(has(self.config.neighborAddress) ? self.config.neighborAddress : " +
  "has(self.config.listenRange) ? self.config.listenRange.split('/')[0] : '')";

const linkLocal = `isIP(${neighbor}) && ip(${neighbor}).family() == 6 && ` +
  `ip(${neighbor}).isLinkLocalUnicast()`;

/** A BgpPeer is one neighbour, or a range of them. */
export const neighborRules = [
  {
    rule: "has(self.neighborAddress) || has(self.listenRange)",
    message: "neighborAddress is required: the IPv4 or IPv6 address of a router",
  },
  {
    rule: "!has(self.neighborAddress) || !has(self.listenRange)",
    message: "listenRange cannot stand beside neighborAddress",
  },
  {
    rule: "has(self.listenRange) || !has(self.listenLimit)",
    message: "listenLimit goes with listenRange only",
  },
];

/** What of a BgpPeer contradicts the rest of it, as lib/objects says too. */
export const peerRules = [
  {
    rule: "!has(self.transport) || !has(self.transport.sourceAddress) || " +
      `!isIP(self.transport.sourceAddress) || !isIP(${neighbor}) || ` +
      `ip(self.transport.sourceAddress).family() == ip(${neighbor}).family()`,
    message: "transport.sourceAddress must be of the family of the neighbour",
  },
  {
    rule: "!has(self.transport) || !has(self.transport.sourceAddress) || " +
      '!has(self.speakers) || self.speakers.type != "Agents"',
    message: "transport.sourceAddress cannot be one address for the agents of all nodes",
  },
  {
    rule: `!(${linkLocal}) || (has(self.transport) && has(self.transport.interface))`,
    message: "transport.interface is required: the neighbour is link-local",
  },
  {
    rule: "!has(self.transport) || !has(self.transport.ttlSecurity) || " +
      "!has(self.transport.ebgpMultiHop)",
    message: "transport.ebgpMultiHop cannot stand beside ttlSecurity",
  },
  {
    rule: `!(${linkLocal}) || !has(self.transport) || ((!has(self.transport.ebgpMultiHop) || ` +
      "self.transport.ebgpMultiHop == 1) && (!has(self.transport.ttlSecurity) || " +
      "self.transport.ttlSecurity == 1))",
    message: "no router forwards packets of a link-local address: one hop at most",
  },
  {
    rule: "!has(self.timers) || !has(self.timers.keepalive) || self.timers.holdTime == 0 || " +
      "self.timers.keepalive * 3 <= self.timers.holdTime",
    message: "timers.keepalive must be at most a third of holdTime (RFC 4271 section 4.4)",
  },
];

/** The form of communities; that no part of one is too big is judged by porter. */
export function communityRules(section: string): Said {
  const names = [...wellKnownCommunities.values()].join("|").replaceAll("-", "[-_]");
  const rule = (pattern: string, form: string) => ({
    maxLength: 64,
    "x-kubernetes-validations": [{
      rule: `self.matches('${pattern}')`,
      message: `must be ${form}`,
    }],
  });
  return {
    [`${section}.communities.items`]: rule(`^([0-9]+:[0-9]+|(?i:${names}))$`, communityForm),
    [`${section}.largeCommunities.items`]: rule("^[0-9]+:[0-9]+:[0-9]+$", largeCommunityForm),
    [`${section}.extendedCommunities.items`]: rule(
      "^((?i:rt|soo):[0-9.]+:[0-9]+|0x[0-9a-fA-F]{16})$",
      extendedCommunityForm,
    ),
  };
}
