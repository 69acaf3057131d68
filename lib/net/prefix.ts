/**
 * Prefixes (RFC 4632, RFC 4291 section 2.3) and inclusive address ranges as values, and the keys
 * that hot tables use for them.
 *
 * ```ts
 * const eip = hostPrefix(ipv4(0xcb007120)); // 203.0.113.32/32
 * formatPrefix(eip);
 * ```
 *
 * @module
 */

import {
  type Address,
  addressBits,
  compareAddresses,
  formatAddress,
  ipv4,
  ipv6,
  parseAddress,
} from "./address.ts";
import { err, ok, type Result } from "../result/mod.ts";

/** A prefix; the bits of `address` beyond `length` are zero. */
export interface Prefix {
  readonly address: Address;
  readonly length: number;
}

/** Key of a prefix for a Map: a number below 2^38 for IPv4, a bigint for IPv6. */
export type PrefixKey = number | bigint;

/** All addresses from `first` to `last`, both included, of one family. */
export interface AddressRange {
  readonly first: Address;
  readonly last: Address;
}

/** Makes a prefix; host bits are masked off. Throws a RangeError for a length the family has not. */
export function prefix(address: Address, length: number): Prefix {
  const bits = addressBits(address.family);
  if (!Number.isInteger(length) || length < 0 || length > bits) {
    throw new RangeError(`Cannot make a prefix of length ${length}`);
  }
  return { address: masked(address, length), length };
}

/** The prefix that holds just this address: /32 or /128. */
export function hostPrefix(address: Address): Prefix {
  return { address, length: addressBits(address.family) };
}

/** Reads "address/length"; host bits are masked off, undefined when the text is not a prefix. */
export function parsePrefix(text: string): Prefix | undefined {
  const slash = text.indexOf("/");
  if (slash < 0) return undefined;
  const address = parseAddress(text.slice(0, slash));
  const digits = text.slice(slash + 1);
  if (address === undefined || !/^(0|[1-9][0-9]{0,2})$/.test(digits)) return undefined;
  const length = Number(digits);
  return length > addressBits(address.family) ? undefined : prefix(address, length);
}

/** Writes "address/length". */
export function formatPrefix(prefix: Prefix): string {
  return `${formatAddress(prefix.address)}/${prefix.length}`;
}

/** The key of a prefix for a Map. */
export function prefixKey(prefix: Prefix): PrefixKey {
  const { address, length } = prefix;
  return address.family === 4
    ? address.value * 64 + length
    : (address.value << 8n) | BigInt(length);
}

/** Whether the prefix is that of one address. */
export function isHostPrefix({ address, length }: Prefix): boolean {
  return length === addressBits(address.family);
}

/** Orders prefixes: IPv4 before IPv6, then by address, then shorter first. */
export function comparePrefixes(a: Prefix, b: Prefix): number {
  return compareAddresses(a.address, b.address) || a.length - b.length;
}

/** Whether two prefixes are the same. */
export function samePrefix(a: Prefix, b: Prefix): boolean {
  return comparePrefixes(a, b) === 0;
}

/** Whether the address lies in the prefix. */
export function prefixContains(prefix: Prefix, address: Address): boolean {
  return prefix.address.family === address.family &&
    compareAddresses(masked(address, prefix.length), prefix.address) === 0;
}

/** All addresses of a prefix, the first and the last included. */
export function prefixRange(prefix: Prefix): AddressRange {
  const host = addressBits(prefix.address.family) - prefix.length;
  const { address } = prefix;
  const last = address.family === 4
    ? ipv4(address.value + (2 ** host - 1))
    : ipv6(address.value + ((1n << BigInt(host)) - 1n));
  return { first: address, last };
}

/** Reads "a", "a/length" (host bits masked off) or "a-b"; the error says what is wrong. */
export function parseRange(text: string): Result<AddressRange> {
  if (text.includes("/")) {
    const read = parsePrefix(text);
    return read === undefined ? err(`"${text}" is not a prefix`) : ok(prefixRange(read));
  }
  const dash = text.indexOf("-");
  if (dash < 0) {
    const only = parseAddress(text);
    return only === undefined
      ? err(`"${text}" is not an address, a prefix, or a range "first-last"`)
      : ok({ first: only, last: only });
  }
  const first = parseAddress(text.slice(0, dash));
  const last = parseAddress(text.slice(dash + 1));
  if (first === undefined) return err(`"${text.slice(0, dash)}" is not an address`);
  if (last === undefined) return err(`"${text.slice(dash + 1)}" is not an address`);
  if (first.family !== last.family) return err(`"${text}" mixes IPv4 and IPv6`);
  if (compareAddresses(first, last) > 0) return err(`"${text}" ends before it starts`);
  return ok({ first, last });
}

/** Writes "first-last", or the address where it is only one. */
export function formatRange({ first, last }: AddressRange): string {
  const text = formatAddress(first);
  return compareAddresses(first, last) === 0 ? text : `${text}-${formatAddress(last)}`;
}

/** Whether the address lies in the range. */
export function rangeContains(range: AddressRange, address: Address): boolean {
  return range.first.family === address.family && compareAddresses(range.first, address) <= 0 &&
    compareAddresses(address, range.last) <= 0;
}

/** Whether two ranges have an address in common. */
export function rangesOverlap(a: AddressRange, b: AddressRange): boolean {
  return a.first.family === b.first.family && compareAddresses(a.first, b.last) <= 0 &&
    compareAddresses(b.first, a.last) <= 0;
}

function masked(address: Address, length: number): Address {
  if (address.family === 4) {
    return ipv4(length === 0 ? 0 : address.value & (0xffffffff << (32 - length)));
  }
  const host = BigInt(128 - length);
  return ipv6((address.value >> host) << host);
}
