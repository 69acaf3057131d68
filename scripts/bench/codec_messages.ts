/**
 * The messages whose reading and writing is timed, and the codec that all but the plain ones are for.
 *
 * @module
 */

import {
  type CodecOptions,
  encodeMessage,
  initialCodec,
  type Message,
  notification,
  type Update,
} from "../../lib/bgp/wire/mod.ts";
import { hostPrefix, ipv4, ipv6, prefix } from "../../lib/net/mod.ts";

/** One message that is timed. */
export interface TimedMessage {
  readonly what: string;
  readonly message: Message;
  readonly codec: CodecOptions;
  /** How many prefixes are in it, where that is what takes the time. */
  readonly prefixes?: number;
}

/** Both sides have 4-octet AS numbers, and no path identifiers. */
const plain: CodecOptions = { ...initialCodec, as4: true };

/** The same with path identifiers. */
export const addPathCodec: CodecOptions = { ...plain, addPathReceive: [4, 6], addPathSend: [4, 6] };

/** What an UPDATE of porter has. */
export const attributes: Update["attributes"] = [
  { kind: "origin", origin: "igp" },
  { kind: "as-path", segments: [{ kind: "sequence", as: [65001] }] },
  { kind: "next-hop", address: ipv4(0x0a000001) },
  { kind: "communities", values: [0xfde90064] },
];

/** GoBGP's codec writes 0 whatever identifier was read; the bytes shall be the same. */
const pathId = 0;

const update: Update = {
  type: "update",
  withdrawn: [],
  attributes,
  nlri: [{ prefix: hostPrefix(ipv4(0xcb007101)), pathId }],
};

const messages: readonly (readonly [string, Message])[] = [
  ["OPEN", {
    type: "open",
    version: 4,
    as: 65001,
    holdTime: 90,
    bgpId: ipv4(0x0a000001),
    capabilities: [
      { kind: "multiprotocol", afi: 1, safi: 1 },
      { kind: "multiprotocol", afi: 2, safi: 1 },
      { kind: "route-refresh" },
      { kind: "as4", as: 65001 },
      { kind: "add-path", families: [{ afi: 1, safi: 1, receive: false, send: true }] },
    ],
  }],
  ["UPDATE of one prefix", update],
  ["UPDATE of one IPv6 prefix", {
    ...update,
    attributes: [{
      kind: "mp-reach",
      family: 6,
      nextHops: [ipv6(1n)],
      nlri: [{ prefix: hostPrefix(ipv6(2n)), pathId }],
    }, ...attributes.slice(0, 2)],
    nlri: [],
  }],
  ["UPDATE of one withdrawal", { ...update, attributes: [], nlri: [], withdrawn: update.nlri }],
  ["KEEPALIVE", { type: "keepalive" }],
  ["NOTIFICATION", notification(6, 2, new Uint8Array(20))],
  ["ROUTE-REFRESH", { type: "route-refresh", afi: 1, safi: 1, subtype: 0 }],
];

const count = 500;
const nlri4 = Array.from({ length: count }, (_, i) => prefix(ipv4(0x0a000000 + 256 * i), 24));
const nlri6 = Array.from(
  { length: count / 2 },
  (_, i) => prefix(ipv6((0x20010db8n << 96n) | (BigInt(i) << 80n)), 48),
);

/** Whole UPDATEs: the time of one is divided by its prefixes. */
const full: readonly TimedMessage[] = [
  {
    what: `UPDATE of ${count} prefixes`,
    codec: plain,
    prefixes: count,
    message: { ...update, nlri: nlri4.map((prefix) => ({ prefix })) },
  },
  {
    what: `UPDATE of ${count} prefixes, ADD-PATH`,
    codec: addPathCodec,
    prefixes: count,
    message: { ...update, nlri: nlri4.map((prefix) => ({ prefix, pathId })) },
  },
  {
    what: `UPDATE of ${count / 2} IPv6 prefixes`,
    codec: plain,
    prefixes: count / 2,
    message: {
      ...update,
      attributes: [{
        kind: "mp-reach",
        family: 6,
        nextHops: [ipv6(1n)],
        nlri: nlri6.map((prefix) => ({ prefix })),
      }, ...attributes.slice(0, 2)],
      nlri: [],
    },
  },
];

/** All messages. */
export const timedMessages: readonly TimedMessage[] = [
  ...messages.map(([what, message]) => ({ what, message, codec: addPathCodec })),
  ...full,
];

/** The bytes of a message. */
export function bytesOf({ message, codec }: TimedMessage): Uint8Array {
  return encodeMessage(message, codec);
}
