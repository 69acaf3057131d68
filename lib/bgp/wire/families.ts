/**
 * Address families by number and name (RFC 4760, the IANA registries of AFI and SAFI).
 *
 * @module
 */

import { type Family, formatPrefix } from "../../net/mod.ts";
import type { Nlri } from "./message.ts";

/** Unicast of each family. */
export const unicast = {
  4: { afi: 1, safi: 1, name: "ipv4-unicast" },
  6: { afi: 2, safi: 1, name: "ipv6-unicast" },
} as const;

const afiNames: ReadonlyMap<number, string> = new Map([
  [1, "ipv4"],
  [2, "ipv6"],
  [25, "l2vpn"],
  [16388, "ls"],
]);

const safiNames: ReadonlyMap<number, string> = new Map([
  [1, "unicast"],
  [2, "multicast"],
  [4, "labeled-unicast"],
  [65, "vpls"],
  [70, "evpn"],
  [128, "vpn"],
  [132, "rtc"],
  [133, "flowspec"],
]);

/** The family whose unicast the numbers stand for; undefined for all else. */
export function familyOf(afi: number, safi: number): Family | undefined {
  if (safi !== 1) return undefined;
  return afi === 1 ? 4 : afi === 2 ? 6 : undefined;
}

/** Writes "ipv4-unicast", or the numbers where there is no name. */
export function formatFamily(afi: number, safi: number): string {
  return `${formatAfi(afi)}-${safiNames.get(safi) ?? `safi-${safi}`}`;
}

/** Writes "ipv4", or the number where there is no name. */
export function formatAfi(afi: number): string {
  return afiNames.get(afi) ?? `afi-${afi}`;
}

/** Writes "192.0.2.0/24", or "192.0.2.0/24 path-id 1". */
export function formatNlri({ prefix, pathId }: Nlri): string {
  return pathId === undefined ? formatPrefix(prefix) : `${formatPrefix(prefix)} path-id ${pathId}`;
}
