/**
 * IPv4 and IPv6 addresses as values: a number or a bigint and the family, never text. Reading is
 * strict (RFC 791 dotted quad without leading zeros, RFC 4291 section 2.2), writing is canonical
 * (RFC 5952).
 *
 * ```ts
 * const a = parseAddress("2001:db8:0::1");
 * if (a !== undefined) formatAddress(a); // "2001:db8::1"
 * ```
 *
 * @module
 */

/** The version of the Internet Protocol. */
export type Family = 4 | 6;

/** An IPv4 address; `value` is an unsigned 32-bit number. */
export interface Ipv4 {
  readonly family: 4;
  readonly value: number;
}

/** An IPv6 address; `value` is an unsigned 128-bit bigint. */
export interface Ipv6 {
  readonly family: 6;
  readonly value: bigint;
}

/** An IP address of either family. */
export type Address = Ipv4 | Ipv6;

/** Key of an address for a Map: a number for IPv4, a bigint for IPv6, so that the two never meet. */
export type AddressKey = number | bigint;

/** The number of bits of an address of the family. */
export function addressBits(family: Family): number {
  return family === 4 ? 32 : 128;
}

/** Makes an IPv4 address of its 32-bit number. */
export function ipv4(value: number): Ipv4 {
  return { family: 4, value: value >>> 0 };
}

/** Makes an IPv6 address of its 128-bit number. */
export function ipv6(value: bigint): Ipv6 {
  return { family: 6, value: BigInt.asUintN(128, value) };
}

/** The key of an address for a Map. */
export function addressKey(address: Address): AddressKey {
  return address.value;
}

/** The address of such a key. */
export function addressOfKey(key: AddressKey): Address {
  return typeof key === "number" ? { family: 4, value: key } : { family: 6, value: key };
}

/** The next address; undefined after the last one of its family. */
export function nextAddress(address: Address): Address | undefined {
  if (address.family === 4) {
    return address.value === 0xffffffff ? undefined : ipv4(address.value + 1);
  }
  return address.value === lastIpv6 ? undefined : ipv6(address.value + 1n);
}

const lastIpv6 = (1n << 128n) - 1n;

/** Orders addresses: IPv4 before IPv6, then by number. */
export function compareAddresses(a: Address, b: Address): number {
  if (a.family !== b.family) return a.family - b.family;
  return a.value < b.value ? -1 : a.value > b.value ? 1 : 0;
}

/** Whether two addresses are the same. */
export function sameAddress(a: Address, b: Address): boolean {
  return a.family === b.family && a.value === b.value;
}

/** Reads an address; undefined when the text is not one. No zone, no prefix length, no white space. */
export function parseAddress(text: string): Address | undefined {
  if (text.includes(":")) {
    const value = parseIpv6(text);
    return value === undefined ? undefined : { family: 6, value };
  }
  const value = parseIpv4(text);
  return value === undefined ? undefined : { family: 4, value };
}

/** Writes an address: dotted quad, or RFC 5952 text. */
export function formatAddress(address: Address): string {
  return address.family === 4 ? formatIpv4(address.value) : formatIpv6(address.value);
}

/** The IPv4 address inside an IPv4-mapped IPv6 one (RFC 4291 section 2.5.5.2); others unchanged. */
export function unmapped(address: Address): Address {
  if (address.family === 6 && address.value >> 32n === 0xffffn) {
    return { family: 4, value: Number(address.value & 0xffffffffn) };
  }
  return address;
}

/** Whether the address is link-local (RFC 4291 section 2.5.6): another neighbour on each interface. */
export function isLinkLocal(address: Address): boolean {
  return address.family === 6 && address.value >> 118n === 0x3fan;
}

/** The address in network byte order: 4 or 16 bytes. */
export function addressToBytes(address: Address): Uint8Array {
  if (address.family === 4) {
    const v = address.value;
    return Uint8Array.of(v >>> 24, (v >>> 16) & 255, (v >>> 8) & 255, v & 255);
  }
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, address.value >> 64n);
  view.setBigUint64(8, address.value & 0xffffffffffffffffn);
  return bytes;
}

/** Reads an address of 4 or 16 bytes; throws a RangeError for another length. */
export function addressFromBytes(bytes: Uint8Array): Address {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length === 4) return { family: 4, value: view.getUint32(0) };
  if (bytes.length === 16) {
    return { family: 6, value: (view.getBigUint64(0) << 64n) | view.getBigUint64(8) };
  }
  throw new RangeError(`Cannot read an address of ${bytes.length} bytes`);
}

/** Character by character: an agent reads thousands of them at each look at its node. */
function parseIpv4(text: string): number | undefined {
  let [value, octet, digits, octets] = [0, 0, 0, 0];
  for (let at = 0; at <= text.length; at++) {
    // Beyond the end: NaN.
    const digit = text.charCodeAt(at) - zero;
    if (digit >= 0 && digit <= 9) {
      // "01" is octal to some.
      if (digits > 0 && octet === 0) return undefined;
      octet = octet * 10 + digit;
      if (octet > 255) return undefined;
      digits++;
    } else {
      if (digits === 0 || at < text.length && digit !== dot) return undefined;
      value = value * 256 + octet;
      octet = 0;
      digits = 0;
      octets++;
    }
  }
  return octets === 4 ? value : undefined;
}

const zero = "0".charCodeAt(0);
const dot = ".".charCodeAt(0) - zero;

function parseIpv6(text: string): bigint | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const head = parseGroups(halves[0] ?? "", halves.length === 1);
  const tail = halves.length === 2 ? parseGroups(halves[1] ?? "", true) : [];
  if (head === undefined || tail === undefined) return undefined;
  const missing = 8 - head.length - tail.length;
  // "::" stands for at least one group (RFC 5952 section 4.2.2 speaks of writing; reading allows one).
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined;
  const groups = [...head, ...Array<number>(halves.length === 1 ? 0 : missing).fill(0), ...tail];
  return groups.reduce((value, group) => (value << 16n) | BigInt(group), 0n);
}

/** The 16-bit groups of one side of "::"; the last may be a dotted quad where `quadAllowed`. */
function parseGroups(text: string, quadAllowed: boolean): number[] | undefined {
  if (text === "") return [];
  const parts = text.split(":");
  const groups: number[] = [];
  for (const [index, part] of parts.entries()) {
    if (quadAllowed && index === parts.length - 1 && part.includes(".")) {
      const quad = parseIpv4(part);
      if (quad === undefined) return undefined;
      groups.push(quad >>> 16, quad & 0xffff);
    } else {
      if (!/^[0-9a-fA-F]{1,4}$/.test(part)) return undefined;
      groups.push(parseInt(part, 16));
    }
  }
  return groups;
}

function formatIpv4(value: number): string {
  return `${value >>> 24}.${(value >>> 16) & 255}.${(value >>> 8) & 255}.${value & 255}`;
}

function formatIpv6(value: bigint): string {
  const groups = Array.from(
    { length: 8 },
    (_, i) => Number((value >> BigInt(112 - 16 * i)) & 0xffffn),
  );
  if (value >> 32n === 0xffffn) return `::ffff:${formatIpv4(Number(value & 0xffffffffn))}`;
  const gap = longestZeroRun(groups);
  const hex = (part: number[]): string => part.map((g) => g.toString(16)).join(":");
  if (gap === undefined) return hex(groups);
  return `${hex(groups.slice(0, gap.start))}::${hex(groups.slice(gap.start + gap.length))}`;
}

/** The first of the longest runs of two or more zero groups (RFC 5952 section 4.2). */
function longestZeroRun(groups: number[]): { start: number; length: number } | undefined {
  let best: { start: number; length: number } | undefined;
  for (let start = 0; start < 8; start++) {
    let length = 0;
    while (groups[start + length] === 0) length++;
    if (length >= 2 && (best === undefined || length > best.length)) best = { start, length };
    start += length;
  }
  return best;
}
