/**
 * Fuzz targets of short texts: addresses, prefixes and ranges, communities, and where to listen. Their
 * laws: reading never throws, and what was read is written and read as the same.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import {
  formatCommunity,
  formatExtendedCommunity,
  formatLargeCommunity,
  parseCommunity,
  parseExtendedCommunity,
  parseLargeCommunity,
} from "../../lib/bgp/wire/mod.ts";
import {
  compareAddresses,
  formatAddress,
  formatPrefix,
  parseAddress,
  parsePrefix,
  parseRange,
} from "../../lib/net/mod.ts";
import { parseApiAddress, parseHealthAddress } from "../../lib/observe/mod.ts";
import type { FuzzTarget } from "./runner.ts";

const utf8 = new TextEncoder();
const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

function readAddresses(bytes: Uint8Array): void {
  const text = textOf(bytes);
  const address = parseAddress(text);
  if (address !== undefined) assertEquals(parseAddress(formatAddress(address)), address);
  const prefix = parsePrefix(text);
  if (prefix !== undefined) assertEquals(parsePrefix(formatPrefix(prefix)), prefix);
  const range = parseRange(text);
  if (!range.ok) return assert(range.error.length > 0);
  const { first, last } = range.value;
  assert(compareAddresses(first, last) <= 0, "a range ends before it starts");
  assertEquals(parseRange(`${formatAddress(first)}-${formatAddress(last)}`), range);
}

function readCommunities(bytes: Uint8Array): void {
  const text = textOf(bytes);
  const plain = parseCommunity(text);
  if (plain !== undefined) {
    assert(Number.isInteger(plain) && plain >= 0 && plain <= 0xffffffff);
    assertEquals(parseCommunity(formatCommunity(plain)), plain);
  }
  const large = parseLargeCommunity(text);
  if (large !== undefined) assertEquals(parseLargeCommunity(formatLargeCommunity(large)), large);
  const extended = parseExtendedCommunity(text);
  if (extended === undefined) return;
  assertEquals(BigInt.asUintN(64, extended), extended);
  // "rt 64512:100" is for people; with the colon it is what a BgpPeer says.
  const written = formatExtendedCommunity(extended);
  if (!written.startsWith("link-bandwidth")) {
    assertEquals(parseExtendedCommunity(written.replace(" ", ":")), extended, written);
  }
}

function readListenAddress(bytes: Uint8Array): void {
  const address = parseApiAddress(textOf(bytes), parseHealthAddress);
  if (address === undefined) return;
  if ("path" in address) return assert(address.path.startsWith("/"));
  const { hostname, port } = address;
  assert(Number.isInteger(port) && port >= 0 && port <= 65535);
  const host = hostname.includes(":") ? `[${hostname}]` : hostname;
  assertEquals(parseHealthAddress(`${host}:${port}`), address);
}

/** The targets of this file. */
export const textTargets: readonly FuzzTarget[] = [
  {
    name: "net-address",
    seeds: ["192.0.2.1", "2001:db8::1", "::ffff:192.0.2.1", "203.0.113.0/28", "2001:db8::/32"]
      .concat("203.0.113.1-203.0.113.9", "2001:db8::1-2001:db8::ffff", "fe80::1:0:0:1")
      .map((text) => utf8.encode(text)),
    run: readAddresses,
  },
  {
    name: "wire-communities",
    seeds: ["64512:100", "no-export", "NO_ADVERTISE", "64512:1:2", "rt:64512:100"]
      .concat("soo:192.0.2.1:5", "rt:4200000001:7", "0x0002fde9000001f4", "0x4004fde949742400")
      .map((text) => utf8.encode(text)),
    run: readCommunities,
  },
  {
    name: "listen-address",
    seeds: ["127.0.0.1:7985", "[::1]:7985", "localhost:0", "unix:/run/porter/api"]
      .map((text) => utf8.encode(text)),
    run: readListenAddress,
  },
];
