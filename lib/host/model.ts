/**
 * What shall be, and what is, on a node: one `local` route per EIP, one `unreachable` route per covering
 * prefix that is announced (docs/adr/0037), and one nftables table (design decision 7), as values.
 *
 * @module
 */

import type { Address, Prefix } from "../net/mod.ts";

/** The kernel's number for routes that are porter's (`ip route ... proto 179`). */
export const routeProtocol = 179;

/** The one nftables table that is porter's, of family inet. */
export const tableName = "porter";

/** Everything porter wants on a node. The whole, in the order of addresses. */
export interface HostState {
  readonly eips: readonly HostEip[];
  /** Prefixes of which all is discarded but what is in `eips`, in order; left out: none. */
  readonly discards?: readonly Prefix[];
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
  /** The addresses of our local routes (proto 179, table local), each just as porter writes it. */
  readonly routes: readonly Address[];
  /** The prefixes of our unreachable routes there, just as porter writes them. */
  readonly discards: readonly Prefix[];
  /**
   * Routes of table local that bear our mark but are not as porter writes them (an older version's,
   * or somebody's edit), each as the words that follow `ip route del`.
   */
  readonly strayRoutes: readonly string[];
  /**
   * Addresses in table local that are not ours: the node's own among them. Never touched; an EIP
   * that is here already is somebody else's.
   */
  readonly foreignLocal: readonly ForeignLocal[];
  /** Our nftables table, or undefined when there is none. */
  readonly table: ObservedTable | undefined;
}

/** A /32 or /128 of table local that is not porter's, and the interface it is on ("" if none). */
export interface ForeignLocal {
  readonly address: Address;
  readonly device: string;
}

/** Our table as found. */
export interface ObservedTable {
  readonly eips: readonly Address[];
  /** "address protocol port" of every allowed port. */
  readonly services: readonly string[];
  /** Sets, chains and rules are what porter writes; false asks for the table to be written anew. */
  readonly rulesIntact: boolean;
}

/** What to do: text for `nft -f -`, then text for `ip -batch -`; "" for nothing. */
export interface HostChange {
  readonly nftScript: string;
  readonly ipBatch: string;
}
