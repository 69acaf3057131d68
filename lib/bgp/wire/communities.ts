/**
 * Communities in words: RFC 1997 and the IANA registry of well-known ones, RFC 4360 and RFC 5668
 * (extended), RFC 8092 (large).
 *
 * @module
 */

import { formatAddress, ipv4 } from "../../net/mod.ts";

/** The well-known communities by value. */
export const wellKnownCommunities: ReadonlyMap<number, string> = new Map([
  [0xffff0000, "graceful-shutdown"], // RFC 8326
  [0xffff0001, "accept-own"], // RFC 7611
  [0xffff0006, "llgr-stale"], // RFC 9494
  [0xffff0007, "no-llgr"], // RFC 9494
  [0xffff029a, "blackhole"], // RFC 7999
  [0xffffff01, "no-export"],
  [0xffffff02, "no-advertise"],
  [0xffffff03, "no-export-subconfed"],
  [0xffffff04, "nopeer"], // RFC 3765
]);

/** Writes "64512:100", or the name of a well-known one. */
export function formatCommunity(value: number): string {
  return wellKnownCommunities.get(value) ?? `${value >>> 16}:${value & 0xffff}`;
}

/** Writes "64512:1:2". */
export function formatLargeCommunity(value: readonly [number, number, number]): string {
  return value.join(":");
}

/** Writes "rt 64512:100", "soo 192.0.2.1:5", "link-bandwidth 64512:1250000", or the 64 bits in hex. */
export function formatExtendedCommunity(value: bigint): string {
  const type = Number((value >> 56n) & 0xbfn); // without the bit for non-transitive ones
  const subtype = Number((value >> 48n) & 0xffn);
  const high = Number((value >> 16n) & 0xffffffffn);
  const low = Number(value & 0xffffn);
  if (type === 0 && subtype === 4) return `link-bandwidth ${linkBandwidth(value)}`;
  const name = subtype === 2 ? "rt" : subtype === 3 ? "soo" : undefined;
  if (name !== undefined) {
    if (type === 0) return `${name} ${high >>> 16}:${Number(value & 0xffffffffn)}`;
    if (type === 1) return `${name} ${formatAddress(ipv4(high))}:${low}`;
    if (type === 2) return `${name} ${high}:${low}`;
  }
  return `0x${value.toString(16).padStart(16, "0")}`;
}

/** draft-ietf-idr-link-bandwidth: an AS number and bytes per second as an IEEE float. */
function linkBandwidth(value: bigint): string {
  const view = new DataView(new ArrayBuffer(4));
  view.setUint32(0, Number(value & 0xffffffffn));
  return `${Number((value >> 32n) & 0xffffn)}:${view.getFloat32(0)}`;
}
