/**
 * What a plan is: everything that shall be true, computed from one snapshot.
 *
 * @module
 */

import type { BfdTarget } from "../bfd/session/mod.ts";
import type { PeerConfig, Route, SpeakerConfig } from "../bgp/model/mod.ts";
import type { Address, AddressKey, Family, Prefix, PrefixKey } from "../net/mod.ts";
import type { Service } from "../objects/mod.ts";
import type { ObjectRef, Refusal } from "../refusal/mod.ts";
import type { Assignment, PoolTable } from "../ipam/mod.ts";
import type { Policies } from "./attributes.ts";
import type { Endpoints } from "./endpoints.ts";
import type { NodeTable } from "./next_hops.ts";

/** Everything that shall be true: for the managers, or for the agent of one node. */
export interface Plan {
  /** As the snapshot's. A plan of an incomplete one only keeps what is held and refuses nothing. */
  readonly complete: boolean;
  /** In the order of namespaces and names. */
  readonly services: readonly ServicePlan[];
  /** The BgpConf in force. */
  readonly conf: ObjectRef | undefined;
  /** Undefined when there is no BgpConf: then no session is open. */
  readonly speaker: SpeakerConfig | undefined;
  /** Whom this speaker has sessions with, in the order of names; none without a speaker. */
  readonly peers: readonly PeerConfig[];
  /** Whom agents have sessions with, in the order of names; also in an agent's own plan. */
  readonly agentPeers: readonly AgentPeer[];
  /** Whom of the managers' peers BFD watches, each by the name "BgpPeer NAME". */
  readonly bfd: readonly BfdTarget[];
  /** How the managers watch the nodes with BFD; undefined where they do not. */
  readonly nodeBfd: NodeBfdPlan | undefined;
  /** One host route for each announced EIP, in the order of prefixes. */
  readonly routes: readonly Route[];
  /**
   * Those of the routes whose address the store holds as assigned to a Service of theirs: only these
   * may be announced (docs/adr/0004).
   */
  readonly announced: readonly Route[];
  /** Every "no", in the order of objects: kind, namespace, name. */
  readonly refusals: readonly Refusal[];
  /** How the pools are filled, in the order of names. */
  readonly pools: readonly PoolPlan[];
  /** When the plan of the same objects is another one, in milliseconds since the epoch. */
  readonly changesAt?: number;
  /** What all speakers say together, as planned: an agent's own routes are a part of it. */
  readonly everywhere: Everywhere;
  /** What stays announced although nothing plans it (brake.ts); left out: nothing. */
  readonly hold?: Hold;
}

/** The routes of all speakers, and what decides on whether an address may be announced at all. */
export interface Everywhere extends Pick<Plan, "routes" | "announced"> {
  /** Tells whether some Eip has addresses that may be announced by this very prefix. */
  readonly aggregation: { mayCover(prefix: Prefix): boolean };
  readonly pools: PoolTable;
  /** How many Services are announced by each covering prefix and by nothing more specific. */
  readonly members: ReadonlyMap<PrefixKey, number>;
  readonly nodes: NodeTable;
  /** Which node has an address itself. */
  readonly nodeAddresses: ReadonlyMap<AddressKey, string>;
}

/** What the brake holds. */
export interface Hold {
  /** When the first of these was to be withdrawn, in milliseconds since the epoch. */
  readonly since: number;
  /** In the order of prefixes, never none. */
  readonly held: readonly HeldRoute[];
  /** As how many routes all that speakers announce count, these among them, by their weights. */
  readonly of: number;
}

/** A route that stays announced. */
export interface HeldRoute {
  /** As it was last planned. */
  readonly last: Route;
  /** As it is announced now: without nodes that are down as long as others are left. */
  readonly route: Route;
  /** The Services that it was of, as far as that is known. */
  readonly owners: readonly ObjectRef[];
  /** As how many routes it counts for the brake: of a covering prefix its Services; left out: 1. */
  readonly weight?: number;
}

/** A peer that agents speak to, and the nodes whose agents do, in the order of names. */
export interface AgentPeer {
  readonly peer: PeerConfig;
  readonly nodes: readonly string[];
}

/** How nodes are watched with BFD. */
export interface NodeBfdPlan {
  /** One for each node with an InternalIP, by the name "Node NAME". */
  readonly targets: readonly BfdTarget[];
  /** More percent of the watched nodes are not taken out at once. */
  readonly maxUnreachable: number;
  /** Names of the nodes that may be next hops as far as Kubernetes knows. */
  readonly eligible: ReadonlySet<string>;
}

/** One Service that is porter's, or that still has something of porter's. */
export interface ServicePlan {
  readonly service: ObjectRef;
  /** The very version of the Service that this is the plan of. */
  readonly read: Service;
  /** Whether the Service is porter's now; otherwise it is let go, and what it held is released. */
  readonly ours: boolean;
  readonly assignments: readonly Assignment[];
  /** What it held and shall not hold any longer. */
  readonly released: readonly Address[];
  /** What decides on its next hops, see `nextHopsOf`; undefined when it is let go. */
  readonly nodes: NodeTable | undefined;
  readonly endpoints: Endpoints | undefined;
  readonly policies: Policies;
  /** What is announced for it. */
  readonly routes: readonly Route[];
  readonly refusals: readonly Refusal[];
  /** What it would have liked and can do without: the second family of PreferDualStack. */
  readonly wanting: readonly Refusal[];
}

/** A node's verdict for one Service and family. */
export interface NextHop {
  readonly node: string;
  readonly family: Family;
  /** The address, when the node is in. */
  readonly address?: Address;
  /** Why the node is out. */
  readonly out?: NodeOut;
}

/** Why a node is no next hop. */
export type NodeOut =
  | "NotReady"
  | "Deleting"
  | "Excluded"
  | "NetworkUnavailable"
  /** BFD has lost it (docs/bfd.md). */
  | "Unreachable"
  | "NotSelected"
  | "NotChosen"
  | "Drained"
  | "NoInternalIp"
  | "NoLocalEndpoint"
  | "UnknownNode";

/** A pool's numbers. */
export interface PoolPlan {
  readonly eip: ObjectRef;
  /**
   * Addresses that can be handed out: 0 for a refused pool, without the nodes' own addresses. A
   * number is exact up to 2^53; larger pools say 2^53 - 1.
   */
  readonly poolSize: number;
  /** Distinct addresses in use, also those that the pool would not hand out today. */
  readonly usage: number;
  /** Nothing more can be handed out. */
  readonly occupied: boolean;
  /** Whether new addresses come from it. */
  readonly state: "Open" | "Disabled" | "Deleting" | "Refused";
  /** Which Services hold what, in the order of addresses. */
  readonly used: readonly PoolUse[];
}

/** An address of a pool and the Service that has it. */
export interface PoolUse {
  readonly address: Address;
  readonly service: ObjectRef;
}
