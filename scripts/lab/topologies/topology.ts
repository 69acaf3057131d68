/**
 * A network architecture as data: machines, wires, what the routers are told, what porter is told, and
 * what every table must say then.
 *
 * @module
 */

import type { BgpPeerSpec } from "../manifests.ts";
import type { MeshSpec } from "./mesh.ts";
import type { RouterSpec } from "./router_spec.ts";
import type { Wiring } from "./wires.ts";

/** A node. */
export interface TopologyNode {
  readonly name: string;
  readonly internalIp: string;
  readonly labels?: Readonly<Record<string, string>>;
}

/** A router. */
export interface TopologyRouter {
  readonly role: string;
  readonly software: "bird" | "frr";
  readonly spec: RouterSpec;
}

/** Which machines are up. */
export interface Up {
  readonly nodes: readonly string[];
  readonly routers: readonly string[];
}

/** One architecture. */
export interface Topology {
  /** As the command line has it. */
  readonly name: string;
  /** In one line. */
  readonly about: string;
  /** Who speaks to the routers. */
  readonly speakers: "managers" | "agents";
  readonly nodes: readonly TopologyNode[];
  /** Machines of their own that run `porter manager`. */
  readonly managers: readonly string[];
  readonly routers: readonly TopologyRouter[];
  /** BGP daemons of somebody else, BIRD each, that are on machines of porter before porter is. */
  readonly beside?: readonly MeshSpec[];
  readonly peers: readonly BgpPeerSpec[];
  /** porter's AS. */
  readonly as: number;
  /** porter's AS by the label of a node's rack; left out: it is the same everywhere. */
  readonly asPerRack?: Readonly<Record<string, number>>;
  /** Builds the machines, the client's among them, and the wires. */
  readonly wire: (wires: Wiring) => Promise<void>;
  /** Of all its addresses; left out: 4. */
  readonly family?: 4 | 6;
  /** Every router's next hops for an EIP that all nodes serve. */
  readonly tables: (up: Up) => Readonly<Record<string, readonly string[]>>;
  /** The router that is lost. */
  readonly leaf: string;
  /** Routers that packets of the client go through. */
  readonly through: readonly string[];
}

/** Where managers listen: not 179, which another BGP daemon of their machine may have. */
export const managerPort = 17900;

/** The labels of racks. */
export const rackLabel = "porter.kubesphere.io/rack";

/** The client's address. */
export const client = { address: "172.30.9.2", router: "172.30.9.1" } as const;
