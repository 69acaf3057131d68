/**
 * Communities in words, and back: RFC 1997 and the IANA registry of well-known ones, RFC 4360 and RFC
 * 5668 (extended), RFC 8092 (large), draft-ietf-idr-link-bandwidth.
 *
 * @module
 */

import { formatAddress, ipv4, parseAddress } from "../../net/mod.ts";
import { asTrans } from "./as_path.ts";

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
  // A non-transitive one is another community: its bits say so, the names would not.
  const transitive = ((value >> 62n) & 1n) === 0n;
  const name = !transitive ? undefined : subtype === 2 ? "rt" : subtype === 3 ? "soo" : undefined;
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

/** What `parseCommunity` takes, to complete "must be ...". */
export const communityForm = `a community like 64512:100 or one of ${
  [...wellKnownCommunities.values()].join(", ")
}`;

/** Reads "64512:100" or the name of a well-known one, in any case and with - or _. */
export function parseCommunity(text: string): number | undefined {
  const name = text.toLowerCase().replaceAll("_", "-");
  for (const [value, known] of wellKnownCommunities) if (known === name) return value;
  const [high, low, ...more] = text.split(":").map((part) => wholeNumber(part, 0xffff));
  if (high === undefined || low === undefined || more.length > 0) return undefined;
  return high * 0x10000 + low;
}

/** What `parseLargeCommunity` takes, to complete "must be ...". */
export const largeCommunityForm = "a large community like 64512:1:2";

/** Reads "64512:1:2". */
export function parseLargeCommunity(text: string): readonly [number, number, number] | undefined {
  const [a, b, c, ...more] = text.split(":").map((part) => wholeNumber(part, 0xffffffff));
  if (a === undefined || b === undefined || c === undefined || more.length > 0) return undefined;
  return [a, b, c];
}

/** What `parseExtendedCommunity` takes, to complete "must be ...". */
export const extendedCommunityForm =
  "an extended community like rt:64512:100, soo:192.0.2.1:5 or 0x and 16 hex digits";

/** Reads "rt:AS:number", "rt:address:number", the same with soo, or "0x" and 16 hex digits. */
export function parseExtendedCommunity(text: string): bigint | undefined {
  if (/^0x[0-9a-f]{16}$/i.test(text)) return BigInt(text);
  const [name, administrator = "", assigned = "", ...more] = text.toLowerCase().split(":");
  const subtype = name === "rt" ? 2n : name === "soo" ? 3n : undefined;
  if (subtype === undefined || more.length > 0) return undefined;
  const form = (type: bigint, high: number, low: number | undefined, lowBits: bigint) =>
    low === undefined
      ? undefined
      : (type << 56n) | (subtype << 48n) | (BigInt(high) << lowBits) | BigInt(low);
  const address = parseAddress(administrator);
  if (address?.family === 4) return form(1n, address.value, wholeNumber(assigned, 0xffff), 16n);
  const as = wholeNumber(administrator, 0xffffffff);
  if (as === undefined) return undefined;
  if (as <= 0xffff) return form(0n, as, wholeNumber(assigned, 0xffffffff), 32n);
  return form(2n, as, wholeNumber(assigned, 0xffff), 16n); // RFC 5668
}

/**
 * The link bandwidth extended community: bytes per second as an IEEE float, and who says so. There is
 * room for two octets of AS only; a longer one is AS_TRANS, as RFC 6793 has it elsewhere.
 */
export function linkBandwidthCommunity(
  as: number,
  bytesPerSecond: number,
  transitive: boolean,
): bigint {
  const view = new DataView(new ArrayBuffer(8));
  view.setUint16(0, transitive ? 0x0004 : 0x4004);
  view.setUint16(2, as > 0xffff ? asTrans : as);
  view.setFloat32(4, bytesPerSecond);
  return view.getBigUint64(0);
}

/** A decimal number without sign, at most `max`. */
function wholeNumber(text: string, max: number): number | undefined {
  return /^\d{1,10}$/.test(text) && Number(text) <= max ? Number(text) : undefined;
}
