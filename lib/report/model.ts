/**
 * The reports: what the local API answers, what the commands print with -o json, what the looking glass
 * shows. Addresses and prefixes are text, times are milliseconds since the epoch, an object is
 * "namespace/name" or "name", a family is "ipv4" or "ipv6".
 *
 * @module
 */

import type { ServiceState } from "./service_state.ts";

/** The session with one BgpPeer, and what it was told. */
export interface PeerReport {
  readonly name: string;
  readonly address: string;
  readonly peerAs: number;
  /** Who speaks to it: the managers, or the agents of `nodes`. */
  readonly speakers: "Managers" | "Agents";
  readonly nodes: readonly string[];
  /**
   * A state of RFC 4271; "NotAsked" where whoever was asked has no session with it. Of agents: "Established",
   * "Partial" where some have their session, "Down", or "Unknown" where none of them said anything.
   */
  readonly state: string;
  readonly since: number | null;
  readonly flaps: number;
  readonly lastError: string | null;
  /** Seconds. */
  readonly holdTime: number | null;
  /** The state of its BFD session (RFC 5880); null where whoever was asked has none. */
  readonly bfd: string | null;
  readonly families: readonly string[];
  /** Families in which it takes several paths. */
  readonly addPath: readonly string[];
  readonly capabilities: readonly string[];
  readonly prefixes: {
    /** Null while it is not known which families it takes. */
    readonly wanted: number | null;
    readonly sent: number;
    readonly received: number;
    readonly heldBack: number;
  };
  readonly pathsSent: number;
  /** By type of message. */
  readonly messages: {
    readonly sent: Readonly<Record<string, number>>;
    readonly received: Readonly<Record<string, number>>;
  };
  /** What is not as it should be and what to do; empty when all is fine. */
  readonly hints: readonly string[];
  /** The sessions of agents as they said, those without one first, 64 at most; empty for managers. */
  readonly agents: readonly AgentSessionReport[];
  /** How many agents have their session; null where that is not known, or managers speak. */
  readonly agentsUp: number | null;
}

/** One agent's session with a peer, as the agent said some seconds ago. */
export interface AgentSessionReport {
  readonly node: string;
  /** "Established", "Down", or "Unknown" when it says nothing. */
  readonly state: string;
  readonly since: number | null;
  /** Prefixes, told and to be told. */
  readonly sent: number;
  readonly wanted: number;
  readonly lastError: string | null;
}

/** One EIP as a route. */
export interface RouteReport {
  readonly prefix: string;
  /** The covering prefix that is announced for it; null where it is announced by itself. */
  readonly aggregate: string | null;
  /** Several where they share the address. */
  readonly services: readonly string[];
  readonly announced: boolean;
  readonly reason: string;
  readonly message: string;
  readonly nextHops: readonly HopReport[];
  readonly peers: readonly ToldReport[];
}

/** A node's verdict for a route. */
export interface HopReport {
  readonly node: string;
  readonly address: string | null;
  /** Why it is no next hop. */
  readonly out: string | null;
}

/** Why a peer is not told of a route: names of refusals, conditions and links of a chain, the gravest first. */
export const notToldReasons = [
  "NoPeerSelects",
  "RouteCapReached",
  "FamilyNotNegotiated",
  "SessionDown",
  "NotSent",
] as const;

/** One of them. */
export type NotToldReason = (typeof notToldReasons)[number];

/** What a peer was told of a route. */
export interface ToldReport {
  readonly peer: string;
  readonly sent: "yes" | "no" | "unknown";
  /** Why not, by name; null where it was sent or that is not known. */
  readonly reason: NotToldReason | null;
  readonly paths: number;
  readonly why: string;
}

/** Pools, who has which of their addresses, and who got none. */
export interface EipsReport {
  readonly pools: readonly PoolReport[];
  readonly eips: readonly EipReport[];
  /** Services that are porter's and have no address. */
  readonly pending: readonly PendingReport[];
}

/** One Eip object. */
export interface PoolReport {
  readonly name: string;
  readonly address: string;
  readonly state: string;
  readonly size: number;
  readonly used: number;
  readonly exhausted: boolean;
  readonly refusals: readonly string[];
}

/** One address and who has it. */
export interface EipReport {
  readonly address: string;
  readonly pool: string;
  readonly service: string;
  readonly state: ServiceState;
  readonly reason: string;
  readonly message: string;
  readonly nextHops: number;
}

/** A Service that got no address. */
export interface PendingReport {
  readonly service: string;
  readonly reason: string;
  readonly message: string;
}

/** One node. */
export interface NodeReport {
  readonly name: string;
  readonly addresses: readonly string[];
  /** Families of which it may be a next hop. */
  readonly eligible: readonly string[];
  /** Why it may not, by family. */
  readonly out: Readonly<Record<string, string>>;
  readonly cordoned: boolean;
  /** How far its drain is; null where it is not drained. */
  readonly drain: DrainReport | null;
  /** The state of its BFD session (RFC 5880); null where whoever was asked has none. */
  readonly bfd: string | null;
  /** Of how many announced EIPs it is a next hop. */
  readonly eips: number;
}

/** A node that is being taken out without losing a request. */
export interface DrainReport {
  /** "draining": its paths say GRACEFUL_SHUTDOWN; "leaving": they are withdrawn as far as the floor lets. */
  readonly phase: "draining" | "leaving";
  /** When it leaves; null where that is not known. */
  readonly leavesAt: number | null;
}

/** A "no". */
export interface RefusalReport {
  readonly object: string;
  readonly reason: string;
  readonly message: string;
  /** What the reason means. */
  readonly meaning: string;
}

/** One thing that happened. */
export interface RecordReport {
  /** Counts up by one. */
  readonly seq: number;
  readonly at: number;
  readonly level: "debug" | "info" | "warn" | "error";
  /** "thing.happened", as in the log. */
  readonly event: string;
  readonly fields: Readonly<
    Record<string, string | number | boolean | readonly (string | number)[]>
  >;
}

/** A session's states over time, the oldest first. */
export interface HistoryReport {
  readonly peer: string;
  readonly states: readonly { readonly at: number; readonly state: string }[];
}

/** Who answers, and how it is. */
export interface StatusReport {
  readonly version: string;
  readonly mode: "manager" | "agent";
  /** Where its objects are, as the log says it. */
  readonly source: Readonly<Record<string, string>>;
  readonly startedAt: number;
  readonly now: number;
  readonly leads: boolean;
  /** The Node that a manager was told it runs on. */
  readonly node: string | null;
  /** Whether Services that name no load balancer are served, too. */
  readonly serveClassless: boolean;
  /** What keeps it from being ready. */
  readonly missing: readonly string[];
  readonly faults: readonly string[];
  /** Null where there is no BgpConf, and for an agent. */
  readonly speaker: SpeakerReport | null;
  readonly services: readonly {
    readonly state: string;
    readonly reason: string;
    readonly count: number;
  }[];
}

/** The BgpConf in force, and its port. */
export interface SpeakerReport {
  readonly conf: string;
  readonly as: number;
  readonly routerId: string;
  readonly port: number | null;
  readonly listening: boolean;
  readonly listenError: string | null;
  readonly connectionsRefused: number;
}

/** What an agent has on its node. */
export interface HostReport {
  readonly node: string;
  /** What keeps the host state from being as it shall be. */
  readonly missing: readonly string[];
  readonly eips: readonly {
    readonly address: string;
    readonly ports: readonly string[];
    readonly present: boolean;
    /** The interface that has it by somebody else's hand. */
    readonly refused: string | null;
  }[];
}

/** The chain from a Service to its packets. */
export interface ChainReport {
  readonly service: string;
  /** The title of the first link that does not hold. */
  readonly broken: string | null;
  readonly links: readonly LinkReport[];
}

/** One link of the chain. */
export interface LinkReport {
  readonly title: string;
  readonly verdict: "fine" | "warning" | "broken" | "unknown" | "waiting";
  /** A name from the closed lists, where it is broken. */
  readonly reason: string | null;
  readonly facts: readonly string[];
  /** What to do next. */
  readonly next: string | null;
}

/** What the brake holds. */
export interface BrakeReport {
  /** The BgpConf in force. */
  readonly conf: string | null;
  /** Null where it is off. */
  readonly settings: {
    /** Percent of the routes. */
    readonly maxWithdrawn: number;
    readonly withinSeconds: number;
    readonly minRoutes: number;
  } | null;
  /** Since when something is held; null where nothing is. */
  readonly since: number | null;
  readonly routes: number;
  /** Their share of all routes, a covering prefix counted as its Services. */
  readonly percent: number;
  /** As many addresses, ranges and prefixes as the status may say. */
  readonly held: readonly {
    readonly addresses: readonly string[];
    readonly nextHops: readonly string[];
  }[];
  /** The Services that they were of, as far as known; the first hundred. */
  readonly services: readonly string[];
  readonly moreServices: number;
}
