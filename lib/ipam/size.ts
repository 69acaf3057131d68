/**
 * How many addresses a pool can hand out, and which ones it keeps back.
 *
 * An IPv4 address that ends in .0 or .255 looks like a network or broadcast address to old clients
 * and is kept back unless the pool says usingKnownIPs. The counts without usingKnownIPs are those of
 * 2020: /24 has 254, 192.168.1.1/25 has 127, /23 has 508, /16 has 65024, a single .0 or .255 has 0,
 * 10.0.1.4-10.0.1.255 has 251, 10.0.1.4-10.0.2.3 has 254.
 *
 * One deviation: in 2020 the count left out .0 and .255 also where usingKnownIPs handed them out, so
 * such a pool was full too early, and one of a single .0 was full from the start. Here the count is
 * what can be handed out.
 *
 * IPv6 pools keep nothing back: an EIP is a /128 of its own, on no link, so neither a broadcast
 * address nor a subnet-router anycast address (RFC 4291 section 2.6.1) is among them.
 *
 * @module
 */

import type { Address, AddressRange } from "../net/mod.ts";

/** Whether the address ends in .0 or .255. Never so for IPv6. */
export function isReserved(address: Address): boolean {
  if (address.family === 6) return false;
  const last = address.value & 255;
  return last === 0 || last === 255;
}

/** How many addresses the range can hand out; 2^53 - 1 where it is that many or more. */
export function poolSize(range: AddressRange, usingKnownIps: boolean): number {
  const { first, last } = range;
  if (first.family === 4 && last.family === 4) {
    return usingKnownIps
      ? last.value - first.value + 1
      : unreservedBelow(last.value + 1) - unreservedBelow(first.value);
  }
  const size = BigInt(last.value) - BigInt(first.value) + 1n;
  return size > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(size);
}

/** How many of the addresses below `end` end in neither .0 nor .255. */
function unreservedBelow(end: number): number {
  const rest = end % 256;
  return Math.floor(end / 256) * 254 + (rest === 0 ? 0 : rest - 1);
}
