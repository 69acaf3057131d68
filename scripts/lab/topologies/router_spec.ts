/**
 * What a router of a topology is told, whichever implementation it is. The texts that BIRD and FRR load
 * are made of it, and are what docs/leaf_switches.md shows.
 *
 * @module
 */

/** Where EIPs come from: a router takes nothing else from porter. */
export const poolPrefix = "203.0.113.0/24";

/** The same with IPv6. */
export const poolPrefix6 = "2001:db8:1::/64";

/** A router's part. */
export interface RouterSpec {
  readonly as: number;
  /** Of all addresses but the identifier; left out: 4. */
  readonly family?: 4 | 6;
  /** BGP identifier. */
  readonly id: string;
  /** porter's managers: one session with each, all next hops over ADD-PATH. Of our own AS: reflected. */
  readonly managers?: {
    readonly as: number;
    readonly addresses: readonly string[];
    /** Where they listen. */
    readonly port: number;
  };
  /** porter's agents: whoever calls from these addresses announces itself. */
  readonly agents?: {
    readonly as: readonly number[];
    readonly range: string;
    /** Watched with BFD at 100 ms x 3. */
    readonly bfd?: boolean;
  };
  readonly neighbors?: readonly Neighbor[];
  /** Connected networks that other routers hear of. */
  readonly networks?: readonly string[];
}

/** Another router. */
export interface Neighbor {
  readonly name: string;
  readonly address: string;
  readonly as: number;
  /**
   * external: of another AS, both tell what they know; reflector: reflects EIPs to us; client: we
   * reflect EIPs to it.
   */
  readonly is: "external" | "reflector" | "client";
}
