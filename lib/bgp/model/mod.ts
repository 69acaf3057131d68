/**
 * The nouns of BGP that the rest of porter speaks in: routes and paths of our own, the speaker's and
 * its peers' configuration, and what a session looks like from outside. RFC 4271 words.
 *
 * @module
 */

import type { Address, Family, Ipv4, Prefix } from "../../net/mod.ts";
import type { Secret } from "../../secret/mod.ts";

export { type FamilyCounts, heardBy, hears } from "./hearing.ts";
export { mergeAttributes } from "./merge_attributes.ts";

/** ORIGIN (RFC 4271 section 5.1.1). */
export type Origin = "igp" | "egp" | "incomplete";

/** What is said of a path beside its next hop; each left out is left out on the wire too. */
export interface PathAttributes {
  /** Left out means "igp". */
  readonly origin?: Origin;
  readonly med?: number;
  /** Only said to internal peers; left out means 100 there. */
  readonly localPref?: number;
  /** How many times more than once our AS stands in AS_PATH towards external peers. */
  readonly prepend?: number;
  /** RFC 1997, each a 32-bit number. */
  readonly communities?: readonly number[];
  /** RFC 8092. */
  readonly largeCommunities?: readonly (readonly [number, number, number])[];
  /** RFC 4360, each 64 bits. */
  readonly extendedCommunities?: readonly bigint[];
  /**
   * Bytes per second, said as a link bandwidth extended community (draft-ietf-idr-link-bandwidth);
   * what counts is how the paths of a prefix compare.
   */
  readonly linkBandwidth?: number;
  /** The names of the peers that are told the path; left out means all. Never on the wire. */
  readonly onlyTo?: readonly string[];
}

/** One path of a route: a next hop and what is said of it. A route has each next hop at most once. */
export interface Path {
  readonly nextHop: Address;
  /** Paths that say the same should share the object: it is interned by identity first. */
  readonly attributes: PathAttributes;
}

/** A route of our own: a prefix and its paths, the best first. Immutable. */
export interface Route {
  readonly prefix: Prefix;
  readonly paths: readonly Path[];
}

/** No attributes beyond the mandatory ones. */
export const plainAttributes: PathAttributes = {};

/** The speaker's own configuration (BgpConf). */
export interface SpeakerConfig {
  readonly as: number;
  readonly routerId: Ipv4;
  /** Where to listen; undefined does not listen. No address means all of both families. */
  readonly listen?: { readonly address?: Address; readonly port: number };
}

/** One peer (BgpPeer). Times in seconds. */
export interface PeerConfig {
  /** Names the peer in logs and statuses; unique. */
  readonly name: string;
  readonly address: Address;
  readonly port: number;
  readonly peerAs: number;
  /**
   * The AS we have towards this peer, in OPEN and in AS_PATH, in place of the speaker's (RFC 7705
   * section 3.1 calls this "no prepend", "replace old AS"); 0: the speaker's.
   */
  readonly localAs: number;
  /** Waits for the peer to connect instead of connecting. */
  readonly passive: boolean;
  readonly localAddress?: Address;
  /**
   * Not one peer but all that connect from this prefix, so many at once at most; `address` is then its
   * first one. Such peers are passive.
   */
  readonly listenRange?: { readonly prefix: Prefix; readonly limit: number };
  /** The name of the range that the peer is of: it is told what the range is. */
  readonly range?: string;
  /** The interface that the peer is reached through; a link-local address needs one. */
  readonly interface?: string;
  /** Signs every segment (TCP MD5, RFC 2385): 1 to 80 bytes. */
  readonly password?: Secret;
  /**
   * GTSM (RFC 5082): the peer is at most so many hops away, 1 for one that is directly connected.
   * Packets of anybody farther away are dropped.
   */
  readonly ttlSecurity?: number;
  /** The TTL of what we send; left out, the system's. */
  readonly ebgpMultiHop?: number;
  /** Families to announce. */
  readonly families: readonly Family[];
  /** At most so many paths of a prefix over ADD-PATH; 0 does not offer ADD-PATH. */
  readonly addPathSendMax: number;
  /**
   * The next hop the peer is told: as given in the route, or our own address of the session (RFC 4271
   * section 5.1.3); then the family that the session is not over has the route's.
   */
  readonly nextHop: "keep" | "self";
  /** Proposed hold time, 0 or 3..65535. */
  readonly holdTime: number;
  /** Between two KEEPALIVEs, but never more than a third of the hold time agreed on; 0: that third. */
  readonly keepaliveTime: number;
  readonly connectRetryTime: number;
  /** Idle hold before the first new try after a failure, doubled each time up to the maximum. */
  readonly idleHoldTime: number;
  readonly idleHoldTimeMax: number;
  /** At most so many prefixes are announced to this peer. */
  readonly maxPrefixesOut: number;
  /**
   * For so many seconds (1..4095) the peer is asked to keep our routes while we restart (RFC 4724);
   * 0 does not offer graceful restart.
   */
  readonly restartTime: number;
  /** Said of every path to this peer as `mergeAttributes` has it, the path's own first. */
  readonly attributes?: PathAttributes;
}

/** What a PeerConfig has where nothing is said. */
export const peerDefaults = {
  port: 179,
  localAs: 0,
  passive: false,
  families: [4, 6],
  addPathSendMax: 8,
  nextHop: "keep",
  holdTime: 90,
  keepaliveTime: 0,
  connectRetryTime: 10,
  idleHoldTime: 1,
  idleHoldTimeMax: 60,
  maxPrefixesOut: 1_000_000,
  restartTime: 4,
} as const satisfies Partial<PeerConfig>;

/** RFC 4271 section 8.2.2. */
export type SessionState =
  | "Idle"
  | "Connect"
  | "Active"
  | "OpenSent"
  | "OpenConfirm"
  | "Established";

/** What a session looks like from outside. */
export interface PeerStatus {
  readonly name: string;
  readonly address: Address;
  readonly peerAs: number;
  readonly state: SessionState;
  /** Since when, in milliseconds since the epoch. */
  readonly since: number;
  /** Why the session last ended, in words; undefined when it never did. */
  readonly lastError?: string;
  /** Why no session is opened, in words: its sockets need what this process cannot give them. */
  readonly refused?: string;
  /** The same by a name of a closed list, and when; undefined when it never did. */
  readonly lastEnd?: SessionEnd;
  /** The sessions of a range, each by itself; undefined for a single peer. */
  readonly sessions?: readonly PeerStatus[];
  /** How often the session has left Established. */
  readonly flaps: number;
  /** What the two OPENs agreed on; undefined unless Established. */
  readonly negotiated?: Negotiated;
  /** What the peer said it can, in words, for example "add-path ipv4-unicast receive". */
  readonly peerCapabilities: readonly string[];
  readonly prefixesSent: number;
  readonly pathsSent: number;
  readonly prefixesReceived: number;
  /** Prefixes kept back by maxPrefixesOut. */
  readonly prefixesHeldBack: number;
  readonly messagesSent: Readonly<Record<string, number>>;
  readonly messagesReceived: Readonly<Record<string, number>>;
  /** Faults in received UPDATEs that did not end the session (RFC 7606). */
  readonly faultsSurvived?: number;
}

/** How a session, or a try for one, ended: nothing in it is written by the peer. */
export interface SessionEnd {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Who ended it; "tcp": nobody, the connection broke or could not be made. */
  readonly by: "local" | "remote" | "tcp";
  /** The NOTIFICATION's name, for example "Cease/Administrative Shutdown", or "none". */
  readonly error: string;
}

/** What the two OPENs agreed on. */
export interface Negotiated {
  /** Seconds; 0 means none. */
  readonly holdTime: number;
  readonly as4: boolean;
  readonly families: readonly Family[];
  /** Families in which we may send several paths. */
  readonly addPathSend: readonly Family[];
  readonly maxMessageLength: number;
  /** IPv4 prefixes may have IPv6 next hops (RFC 8950); left out means no. */
  readonly extendedNextHop?: boolean;
  readonly routeRefresh: boolean;
  readonly peerBgpId: Ipv4;
  /** Whether both have the same AS (iBGP). */
  readonly internal: boolean;
  /** Undefined unless both offer it: then the peer drops our routes with the session. */
  readonly gracefulRestart?: GracefulRestart;
}

/** What two capabilities of RFC 4724 agree on. Porter keeps no routes of a peer that restarts. */
export interface GracefulRestart {
  /** Seconds for which the peer keeps our routes while the session is down. */
  readonly restartTime: number;
  /** Whether it does so also after a NOTIFICATION, unless that is a Hard Reset (RFC 8538). */
  readonly afterNotification: boolean;
  /** Seconds that the peer asks for its own restart; 0 when it only helps others. */
  readonly peerRestartTime: number;
  /** Whether the peer said that it has just restarted. */
  readonly peerRestarted: boolean;
}

/** What the speaker itself looks like from outside. */
export interface SpeakerStatus {
  /** Where it listens; undefined when it does not. */
  readonly listening?: { readonly address?: Address; readonly port: number };
  /** Why it does not listen although it should, in words. */
  readonly listenError?: string;
  /** Connections that were turned away since the start: unknown addresses, floods, bad moments. */
  readonly connectionsRefused: number;
}

/** A route that a peer said; shown, never used. */
export interface ReceivedRoute {
  readonly prefix: Prefix;
  readonly pathId?: number;
  /** Undefined when the peer gave none that porter understands. */
  readonly nextHop?: Address;
  /** As routers print it, for example "64512 64513 {64514 64515}"; "" for an empty one. */
  readonly asPath: string;
  readonly origin?: Origin;
  readonly med?: number;
  readonly localPref?: number;
  readonly communities?: readonly number[];
}
