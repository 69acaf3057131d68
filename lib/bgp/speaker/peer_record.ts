/**
 * What happened to a peer, for its status and the log.
 *
 * @module
 */

import { formatAddress } from "../../net/mod.ts";
import type { Connection, Log } from "../../ports/mod.ts";
import type { Agreement, ConnectionPhase, Role } from "../fsm/mod.ts";
import type { PeerConfig, PeerStatus, SessionEnd, SessionState } from "../model/mod.ts";
import { describeCapability, type ProtocolError } from "../wire/mod.ts";
import type { Exchange } from "./exchange.ts";
import type { MessageCounts } from "./link.ts";
import type { World } from "./world.ts";

/** How a connection ended. */
export interface Ending {
  readonly role: Role;
  readonly from: ConnectionPhase;
  readonly reason: string;
  readonly name: Omit<SessionEnd, "at">;
  /** Whether porter was asked to end it, so that nothing is wrong. */
  readonly isWanted: boolean;
  /** Whether the peer has no other connection. */
  readonly isLast: boolean;
}

/** Keeps a peer's status and writes its log entries. */
export class PeerRecord {
  readonly sent = noMessages();
  readonly received = noMessages();
  readonly #world: World;
  #config: PeerConfig;
  #log: Log;
  #state: SessionState = "Idle";
  #since: number;
  #lastError: string | undefined;
  #lastEnd: SessionEnd | undefined;
  #flaps = 0;
  #faults = 0;
  #agreement: Agreement | undefined;

  /** Nothing happened yet. */
  constructor(world: World, config: PeerConfig) {
    this.#world = world;
    this.#config = config;
    this.#log = logFor(world, config);
    this.#since = world.clock.now();
  }

  /** The peer is wanted otherwise now. */
  configure(config: PeerConfig): void {
    this.#config = config;
    this.#log = logFor(this.#world, config);
    this.#world.onChange();
  }

  /** The state may have changed. */
  enter(state: SessionState): void {
    if (state === this.#state) return;
    this.#log.debug("session.state", { from: this.#state, to: state });
    this.#state = state;
    this.#since = this.#world.clock.now();
    this.#world.onChange();
  }

  /** Routes may be exchanged. */
  established(agreement: Agreement, connection: Connection, role: Role): void {
    this.#agreement = agreement;
    const { negotiated } = agreement;
    this.#log.info("session.established", {
      peerAs: this.#config.peerAs,
      peerBgpId: formatAddress(negotiated.peerBgpId),
      local: formatAddress(connection.local.address),
      connection: role,
      holdTime: negotiated.holdTime,
      families: negotiated.families.map((family) => `ipv${family}`),
      addPath: negotiated.addPathSend.map((family) => `ipv${family}`),
      routesKeptFor: negotiated.gracefulRestart?.restartTime ?? 0,
    });
  }

  /** A connection ended. */
  ended({ role, from, reason, name, isWanted, isLast }: Ending): void {
    const fields = { reason, state: from, connection: role };
    const wasEstablished = from === "Established";
    if (!wasEstablished && !isLast) return this.#log.debug("connection.ended", fields);
    this.#lastError = reason;
    this.#lastEnd = { ...name, at: this.#world.clock.now() };
    if (wasEstablished) {
      this.#flaps++;
      this.#agreement = undefined;
    }
    if (isWanted) return this.#log.info("session.ended", fields);
    if (wasEstablished) return this.#log.warn("session.ended", fields);
    // By a closed list: the reason holds what the peer said, which it can vary without end.
    this.#warnSometimes("session.ended", `${name.by} ${name.error}`, fields);
  }

  /** The peer could not be connected to. */
  notConnected(why: string): void {
    this.#lastError = why;
    this.#lastEnd = { by: "tcp", error: "none", at: this.#world.clock.now() };
    this.#world.onChange();
    this.#warnSometimes("session.unreachable", why, { reason: why });
  }

  /** A connection of the peer was turned away. */
  refused(connection: Connection, why: string): void {
    this.#world.onRefused();
    const from = formatAddress(connection.remote.address);
    this.#warnSometimes("connection.refused", why, { from, reason: why });
  }

  /** Faults that did not end the session (RFC 7606). */
  survived(faults: readonly ProtocolError[]): void {
    this.#faults += faults.length;
    for (const { message, severity } of faults) {
      this.#warnSometimes("update.malformed", severity, { reason: message, handled: severity });
    }
  }

  /** What the peer looks like; the exchange is that of the Established session. */
  status(exchange: Exchange | undefined): PeerStatus {
    const agreement = this.#agreement;
    return {
      name: this.#config.name,
      address: this.#config.address,
      peerAs: this.#config.peerAs,
      state: this.#state,
      since: this.#since,
      ...(this.#lastError !== undefined && { lastError: this.#lastError }),
      ...(this.#lastEnd !== undefined && { lastEnd: this.#lastEnd }),
      flaps: this.#flaps,
      ...(agreement !== undefined && { negotiated: agreement.negotiated }),
      peerCapabilities: agreement?.peerOpen.capabilities.map(describeCapability) ?? [],
      prefixesSent: exchange?.told.sentPrefixes ?? 0,
      pathsSent: exchange?.told.sentPaths ?? 0,
      prefixesReceived: exchange?.heard.count ?? 0,
      prefixesHeldBack: exchange?.told.heldBack ?? 0,
      messagesSent: { ...this.sent },
      messagesReceived: { ...this.received },
      faultsSurvived: this.#faults,
    };
  }

  #warnSometimes(event: string, key: string, fields: Readonly<Record<string, string>>): void {
    const { name, range = name } = this.#config;
    const pass = this.#world.throttle.pass(`${range} ${event} ${key}`);
    if (pass === undefined) return;
    const heldBack = pass.heldBack === 0 ? {} : { repeated: pass.heldBack };
    this.#log.warn(event, { ...fields, ...heldBack });
  }
}

function logFor(world: World, config: PeerConfig): Log {
  return world.log.with(peerFields(config));
}

/** The peer's name and address as log fields. */
export function peerFields(config: PeerConfig): { peer: string; address: string } {
  return { peer: config.name, address: formatAddress(config.address) };
}

function noMessages(): MessageCounts {
  return { "open": 0, "update": 0, "notification": 0, "keepalive": 0, "route-refresh": 0 };
}
