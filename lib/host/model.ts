/**
 * What shall be, and what is, on a node: one `local` route per EIP and one nftables table
 * (design decision 7), as values.
 *
 * @module
 */

import type { Address } from "../net/mod.ts";

/** The kernel's number for routes that are porter's (`ip route ... proto 179`). */
export const routeProtocol = 179;

/** The one nftables table that is porter's, of family inet. */
export const tableName = "porter";

/** Everything porter wants on a node. The whole, in the order of addresses. */
export interface HostState {
  readonly eips: readonly HostEip[];
}

/** One EIP and the ports that its Services have; anything else on it is refused. */
export interface HostEip {
  readonly address: Address;
  readonly ports: readonly HostPort[];
}

/** A port of a Service. */
export interface HostPort {
  readonly protocol: "tcp" | "udp" | "sctp";
  readonly port: number;
}

/** What the agent found on the node. */
export interface HostObserved {
  /** The addresses of our local routes (proto 179, table local). */
  readonly routes: readonly Address[];
  /**
   * Local routes for /32 or /128 that are not ours: the node's own addresses among them. Never
   * touched; an EIP that is here already is somebody else's.
   */
  readonly foreignLocal: readonly Address[];
  /** Our nftables table as porter's renderer would write it, or undefined when there is none. */
  readonly table: ObservedTable | undefined;
}

/** Our table as found. */
export interface ObservedTable {
  readonly eips: readonly Address[];
  /** "address protocol port" of every allowed port. */
  readonly services: readonly string[];
  /** Chains and rules are exactly what porter writes; false asks for the table to be written anew. */
  readonly rulesIntact: boolean;
}

/** What to do: text for `ip -batch -` and for `nft -f -`; "" for nothing. */
export interface HostChange {
  readonly ipBatch: string;
  readonly nftScript: string;
}
