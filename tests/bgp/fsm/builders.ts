/**
 * Configurations, OPENs and a small loop around the state machine for its tests.
 *
 * @module
 */

import { ipv4 } from "../../../lib/net/mod.ts";
import { type PeerConfig, peerDefaults, type SpeakerConfig } from "../../../lib/bgp/model/mod.ts";
import type { Message, Open } from "../../../lib/bgp/wire/mod.ts";
import {
  type Action,
  type ConnectionAction,
  localOpen,
  type PeerEvent,
  type PeerState,
  type Role,
  step,
  type StepContext,
  stoppedPeer,
} from "../../../lib/bgp/fsm/mod.ts";

export const local: SpeakerConfig = { as: 64512, routerId: ipv4(0x0a000002) };

/** A peer as porter has it configured; the peer is AS 64513, 10.0.0.1. */
export function peerConfig(change: Partial<PeerConfig> = {}): PeerConfig {
  return {
    ...peerDefaults,
    name: "leaf",
    address: ipv4(0x0a000001),
    peerAs: 64513,
    ...change,
  };
}

/** The context of a step; timers last three quarters and a half of the rest. */
export function context(change: Partial<PeerConfig> = {}, jitter = 0.5): StepContext {
  return { local, peer: peerConfig(change), restarting: false, jitter };
}

/** The OPEN of the peer; it does not do graceful restart where nothing is said. */
export function peerOpen(change: Partial<Open> = {}): Open {
  const config = peerConfig();
  const theirs = { as: config.peerAs, routerId: ipv4(0x0a000001) };
  return { ...localOpen(theirs, { ...config, addPathSendMax: 0, restartTime: 0 }), ...change };
}

/** Runs a peer by hand and remembers what it asked for. */
export class Bench {
  state: PeerState = stoppedPeer;
  context: StepContext;
  /** What the last event asked for. */
  last: readonly Action[] = [];
  constructor(change: Partial<PeerConfig> = {}) {
    this.context = context(change);
  }

  on(...events: PeerEvent[]): this {
    for (const event of events) {
      const result = step(this.state, event, this.context);
      this.state = result.state;
      this.last = result.actions;
    }
    return this;
  }

  /** Something happens to the connection of this role. */
  connection(role: Role, event: Extract<PeerEvent, { kind: "connection" }>["event"]): this {
    return this.on({ kind: "connection", role, event });
  }

  open(role: Role, change: Partial<Open> = {}): this {
    return this.connection(role, { kind: "open", message: peerOpen(change) });
  }

  keepalive(role: Role): this {
    return this.connection(role, { kind: "keepalive", message: { type: "keepalive" } });
  }

  /** A peer with a session over a connection of this role. */
  establish(role: Role = "active"): this {
    return this.on({ kind: "start" }, { kind: "tcp-connected", role }).open(role).keepalive(role);
  }

  /** The kinds of what the last event asked for, connections' with their role. */
  kinds(): string[] {
    return this.last.map((it) =>
      it.kind === "connection" ? `${it.role} ${it.action.kind}` : it.kind
    );
  }

  /** What was sent by the last event, over which connection. */
  sent(): [Role, Message][] {
    return this.last.flatMap((it) =>
      it.kind === "connection" && it.action.kind === "send" ? [[it.role, it.action.message]] : []
    );
  }

  /** "code/subcode" of each NOTIFICATION sent by the last event. */
  notifications(): string[] {
    return this.sent().flatMap(([role, it]) =>
      it.type === "notification" ? [`${role} ${it.code}/${it.subcode}`] : []
    );
  }

  /** Milliseconds for which a peer's timer was started by the last event. */
  timer(name: string): number | undefined {
    for (const it of this.last) if (it.kind === "start-timer" && it.timer === name) return it.ms;
    return undefined;
  }

  /** What the last event asked of one connection. */
  of(role: Role): readonly ConnectionAction[] {
    return this.last.flatMap((it) =>
      it.kind === "connection" && it.role === role ? [it.action] : []
    );
  }
}
