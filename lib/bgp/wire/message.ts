/**
 * BGP messages as values: RFC 4271 section 4, RFC 2918, RFC 4760, RFC 5492, RFC 7911. Only shapes;
 * reading and writing them is in the files beside this one.
 *
 * @module
 */

import type { Address, Family, Ipv4, Prefix } from "../../net/mod.ts";
import type { Origin } from "../model/mod.ts";

/** A message of any type. */
export type Message = Open | Update | Notification | Keepalive | RouteRefresh;

/** OPEN (RFC 4271 section 4.2). */
export interface Open {
  readonly type: "open";
  readonly version: number;
  /** The 2-octet field: AS_TRANS (23456) for a 4-octet AS. */
  readonly as: number;
  /** Seconds. */
  readonly holdTime: number;
  readonly bgpId: Ipv4;
  /** In the order they were found, of all capabilities parameters (RFC 5492). */
  readonly capabilities: readonly Capability[];
}

/** A capability (RFC 5492). */
export type Capability =
  | { readonly kind: "multiprotocol"; readonly afi: number; readonly safi: number }
  | { readonly kind: "route-refresh" }
  | {
    readonly kind: "extended-next-hop";
    /** RFC 8950: prefixes of the family, and the AFI of the next hops that they may have. */
    readonly families: readonly {
      readonly afi: number;
      readonly safi: number;
      readonly nextHopAfi: number;
    }[];
  }
  | { readonly kind: "extended-message" }
  | { readonly kind: "as4"; readonly as: number }
  | { readonly kind: "add-path"; readonly families: readonly AddPathFamily[] }
  | {
    readonly kind: "graceful-restart";
    readonly restarting: boolean;
    /** RFC 8538. */
    readonly notification: boolean;
    /** Seconds. */
    readonly restartTime: number;
    readonly families: readonly {
      readonly afi: number;
      readonly safi: number;
      readonly forwardingKept: boolean;
    }[];
  }
  | { readonly kind: "unknown"; readonly code: number; readonly value: Uint8Array };

/** One family of the ADD-PATH capability (RFC 7911 section 4). */
export interface AddPathFamily {
  readonly afi: number;
  readonly safi: number;
  readonly receive: boolean;
  readonly send: boolean;
}

/** A prefix as UPDATE carries it, with its path identifier where ADD-PATH is in use. */
export interface Nlri {
  readonly prefix: Prefix;
  readonly pathId?: number;
}

/** UPDATE (RFC 4271 section 4.3). An End-of-RIB for IPv4 (RFC 4724) has nothing in it. */
export interface Update {
  readonly type: "update";
  readonly withdrawn: readonly Nlri[];
  /** In the order they were found; each type at most once. */
  readonly attributes: readonly Attribute[];
  readonly nlri: readonly Nlri[];
}

/** A path attribute that was understood, or kept as bytes. */
export type Attribute =
  | { readonly kind: "origin"; readonly origin: Origin }
  | { readonly kind: "as-path"; readonly segments: readonly AsSegment[] }
  | { readonly kind: "next-hop"; readonly address: Ipv4 }
  | { readonly kind: "med"; readonly value: number }
  | { readonly kind: "local-pref"; readonly value: number }
  | { readonly kind: "atomic-aggregate" }
  | { readonly kind: "aggregator"; readonly as: number; readonly address: Ipv4 }
  | { readonly kind: "communities"; readonly values: readonly number[] }
  | { readonly kind: "originator-id"; readonly id: Ipv4 }
  | { readonly kind: "cluster-list"; readonly ids: readonly Ipv4[] }
  | { readonly kind: "extended-communities"; readonly values: readonly bigint[] }
  | {
    readonly kind: "large-communities";
    readonly values: readonly (readonly [number, number, number])[];
  }
  | {
    readonly kind: "mp-reach";
    readonly family: Family;
    /** One address, or a global and a link-local one (RFC 2545 section 3). */
    readonly nextHops: readonly Address[];
    readonly nlri: readonly Nlri[];
  }
  | { readonly kind: "mp-unreach"; readonly family: Family; readonly withdrawn: readonly Nlri[] }
  | { readonly kind: "as4-path"; readonly segments: readonly AsSegment[] }
  | { readonly kind: "as4-aggregator"; readonly as: number; readonly address: Ipv4 }
  | {
    readonly kind: "unknown";
    readonly flags: number;
    readonly code: number;
    readonly value: Uint8Array;
  };

/** A segment of AS_PATH (RFC 4271 section 4.3, RFC 5065 for confederations). */
export interface AsSegment {
  readonly kind: "set" | "sequence" | "confed-sequence" | "confed-set";
  readonly as: readonly number[];
}

/** NOTIFICATION (RFC 4271 section 4.5). */
export interface Notification {
  readonly type: "notification";
  readonly code: number;
  readonly subcode: number;
  readonly data: Uint8Array;
}

/** KEEPALIVE (RFC 4271 section 4.4). */
export interface Keepalive {
  readonly type: "keepalive";
}

/** ROUTE-REFRESH (RFC 2918, RFC 7313 for the subtype). */
export interface RouteRefresh {
  readonly type: "route-refresh";
  readonly afi: number;
  readonly safi: number;
  readonly subtype: number;
}

/** What reading and writing UPDATEs depends on; agreed on by the two OPENs. */
export interface CodecOptions {
  /** Both sides have 4-octet AS numbers (RFC 6793). */
  readonly as4: boolean;
  /** Families in which messages read carry path identifiers. */
  readonly addPathReceive: readonly Family[];
  /** Families in which messages written carry path identifiers. */
  readonly addPathSend: readonly Family[];
  /** 4096, or 65535 (RFC 8654). */
  readonly maxMessageLength: number;
  /** The peer has our own AS: LOCAL_PREF is welcome (RFC 7606 section 7.5). */
  readonly internal: boolean;
}

/** What holds before the OPENs are exchanged. */
export const initialCodec: CodecOptions = {
  as4: false,
  addPathReceive: [],
  addPathSend: [],
  maxMessageLength: 4096,
  internal: false,
};

/**
 * What a malformed message calls for, the weakest first (RFC 7606 section 2). "attribute-discard" and
 * "treat-as-withdraw" leave the session up.
 */
export type Severity = "attribute-discard" | "treat-as-withdraw" | "session-reset";

/** What is wrong with a message, and what to tell the peer when the session must end. */
export interface ProtocolError {
  readonly severity: Severity;
  readonly code: number;
  readonly subcode: number;
  readonly data: Uint8Array;
  /** In words, for the log. */
  readonly message: string;
}

/** A message that was read, with the faults that did not end the session. */
export interface Decoded {
  /** For "treat-as-withdraw" the routes are in `withdrawn` (or mp-unreach) already. */
  readonly message: Message;
  /** The faults that were survived; empty for a good message. */
  readonly faults: readonly ProtocolError[];
}
