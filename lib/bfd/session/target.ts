/**
 * Whom a system watches with BFD, and what it says of them.
 *
 * @module
 */

import type { Address } from "../../net/mod.ts";
import type { SessionConfig } from "./state.ts";
import type { SessionStateName } from "../wire/mod.ts";

/**
 * How the packets go: to a neighbour on the same link (RFC 5881), to one some hops away (RFC 5883), or
 * to a reflector of Seamless BFD (RFC 7881).
 */
export type Encapsulation = "single-hop" | "multi-hop" | "seamless";

/** The UDP port of each (RFC 5881 section 4, RFC 5883 section 5, RFC 7881 section 2). */
export const bfdPort: Readonly<Record<Encapsulation, number>> = {
  "single-hop": 3784,
  "multi-hop": 4784,
  "seamless": 7784,
};

/** One system to watch. */
export interface BfdTarget {
  /** Names it in logs and statuses; unique. */
  readonly name: string;
  readonly address: Address;
  /** Where our packets come from; left out: as the routes say. */
  readonly localAddress?: Address;
  readonly encapsulation: Encapsulation;
  /** Milliseconds between our packets, at least, while the session is Up. */
  readonly minTx: number;
  /** Milliseconds between the other side's packets that we can take, at least. */
  readonly minRx: number;
  readonly detectMult: number;
}

/** What BfdTarget has where nothing is said. */
export const bfdDefaults = { minTx: 300, minRx: 300, detectMult: 3 } as const satisfies Partial<
  BfdTarget
>;

/** What a session looks like from outside. */
export interface BfdStatus {
  readonly name: string;
  readonly address: Address;
  readonly encapsulation: Encapsulation;
  readonly state: SessionStateName;
  readonly remoteState: SessionStateName;
  /** Since when, in milliseconds since the epoch. */
  readonly since: number;
  /** Why the session is not Up, in words; undefined while it is, or was never. */
  readonly reason?: string;
  /** Whether the session was Up since it was added. */
  readonly wasUp: boolean;
  /**
   * The session went from Up to Down and nobody meant it to: neither side was taken down by hand
   * (RFC 5882 section 3.2). Over when it is Up again, or the other side says AdminDown.
   */
  readonly failed: boolean;
  /** How often it failed. */
  readonly failures: number;
  /** Milliseconds between our packets, before jitter. */
  readonly transmitInterval: number;
  /** Milliseconds without a packet until it is Down; 0 when not known yet. */
  readonly detectionTime: number;
  /** Why packets of this neighbour were last discarded; undefined when none was since it was Up. */
  readonly discarded?: string;
}

/** The session's parameters as the state machine takes them. */
export function sessionConfig(target: BfdTarget): SessionConfig {
  return {
    desiredMinTxInterval: Math.round(target.minTx * 1000),
    requiredMinRxInterval: Math.round(target.minRx * 1000),
    detectMult: target.detectMult,
  };
}
