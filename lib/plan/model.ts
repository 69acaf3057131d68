/**
 * What a plan is: everything that shall be true, computed from one snapshot.
 *
 * @module
 */

import type { PeerConfig, Route, SpeakerConfig } from "../bgp/model/mod.ts";
import type { Address } from "../net/mod.ts";
import type { ObjectRef, Refusal } from "../refusal/mod.ts";
import type { Assignment } from "../ipam/mod.ts";

/** Everything that shall be true. */
export interface Plan {
  readonly services: readonly ServicePlan[];
  /** Undefined when there is no BgpConf: then no session is open. */
  readonly speaker: SpeakerConfig | undefined;
  readonly peers: readonly PeerConfig[];
  /** One host route for each announced EIP, in the order of prefixes. */
  readonly routes: readonly Route[];
  /** Every "no", in the order of objects. */
  readonly refusals: readonly Refusal[];
  /** How the pools are filled, in the order of names. */
  readonly pools: readonly PoolPlan[];
}

/** One Service that is porter's, or still holds an address. */
export interface ServicePlan {
  readonly service: ObjectRef;
  readonly assignments: readonly Assignment[];
  /** Every node that was considered: in, or out and why. Empty when nothing is assigned. */
  readonly nextHops: readonly NextHop[];
  readonly refusals: readonly Refusal[];
}

/** A node's verdict for one Service and family. */
export interface NextHop {
  readonly node: string;
  /** The address, when the node is in. */
  readonly address?: Address;
  /** Why the node is out. */
  readonly out?: NodeOut;
}

/** Why a node is no next hop. */
export type NodeOut =
  | "NotReady"
  | "Excluded"
  | "NetworkUnavailable"
  | "NoInternalIp"
  | "NoLocalEndpoint"
  | "UnknownNode";

/** A pool's numbers. */
export interface PoolPlan {
  readonly eip: ObjectRef;
  /** Addresses that can be handed out. A number is exact up to 2^53; larger pools say 2^53 - 1. */
  readonly poolSize: number;
  /** Distinct addresses in use. */
  readonly usage: number;
  readonly occupied: boolean;
  /** Which Services hold what: address text to "namespace/name". */
  readonly used: Readonly<Record<string, string>>;
}
