/**
 * What BFD found out, and what follows of it (RFC 5882). Nodes are in node_liveness.ts. A peer whose BFD session failed is
 * not reached, until BFD says otherwise, or has been silent for so long that it is more likely BFD that is
 * gone than the peer.
 *
 * @module
 */

import type { BfdMonitor, BfdStatus, BfdTarget } from "../bfd/mod.ts";
import { formatAddress } from "../net/mod.ts";
import type { Cancel, Clock, Log } from "../ports/mod.ts";
import type { NodeBfdPlan, Plan } from "../plan/mod.ts";
import { formatRef, type ObjectRef, type Refusal } from "../refusal/mod.ts";
import { type Held, NodeLiveness } from "./node_liveness.ts";

/** The part of the monitor that is used here. */
export type ManagedMonitor = Pick<
  BfdMonitor,
  "setTargets" | "sessions" | "unavailable" | "close"
>;

/** Whom to watch. */
export type Watched = Pick<Plan, "bfd" | "nodeBfd" | "conf">;

/** What is needed. */
export interface LivenessOptions {
  /** Makes the monitor; `onChange` is to be called at once when a session changed. */
  readonly monitor: (onChange: () => void) => ManagedMonitor;
  readonly clock: Clock;
  readonly log: Log;
  /** Told at once which peers are not reached, all of them, by the names of their BgpPeers. */
  readonly onPeers: (unreachable: ReadonlySet<string>) => void;
  /** `nodesOut`, or whether it is believed, changed. */
  readonly onNodes: () => void;
  /** A session changed in a way that statuses show. */
  readonly onChange: () => void;
}

/**
 * Milliseconds for which a peer that BFD has lost is left alone: as long as BFD takes to come Up where
 * both sides do it, at a packet a second until then (RFC 5880 section 6.8.3). After that BGP tries without
 * BFD. A leaf switch that waits for whoever comes (BIRD's neighbor range, FRR's bgp listen range) watches
 * nobody before BGP is up: each would wait for the other. And it may have been told to do no BFD any more,
 * which nobody says on the wire. Where BGP comes up, the peer is reached.
 */
const patienceMs = 3_000;

/** The kind in the names of peers' sessions. */
const peerPrefix = "BgpPeer ";

/** Watches with BFD, and says who is not reached. */
export class Liveness {
  readonly #options: LivenessOptions;
  readonly #monitor: ManagedMonitor;
  /** Since when peers are failed, by the monotonic clock. */
  readonly #failedSince = new Map<string, number>();
  readonly #nodes: NodeLiveness;
  #nodeBfd: NodeBfdPlan | undefined;
  #unreachable: ReadonlySet<string> = new Set();
  #again: Cancel | undefined;

  /** Watches nobody at first. */
  constructor(options: LivenessOptions) {
    this.#options = options;
    const { clock, log, onNodes } = options;
    this.#nodes = new NodeLiveness({ clock, log, onChange: onNodes });
    this.#monitor = options.monitor(() => this.#changed());
  }

  /** Says whom to watch, all of them. */
  watch({ bfd, nodeBfd }: Watched): void {
    this.#nodeBfd = nodeBfd;
    this.#monitor.setTargets(nodeBfd === undefined ? bfd : [...bfd, ...nodeBfd.targets]);
    this.#look();
  }

  /** The names of the nodes that are not reached. The same object while nothing changes. */
  get nodesOut(): ReadonlySet<string> {
    return this.#nodes.out;
  }

  /** How the sessions are. */
  sessions(): readonly BfdStatus[] {
    return this.#monitor.sessions();
  }

  /** Which of these peers' sessions cannot work here, and which losses of nodes are not believed. */
  refusals({ bfd, nodeBfd, conf }: Watched, peers: readonly ObjectRef[]): readonly Refusal[] {
    const refs = new Map(peers.map((ref) => [formatRef(ref), ref]));
    const found = bfd.flatMap((target) => this.#unavailable(target, refs.get(target.name)));
    const [node] = nodeBfd?.targets ?? [];
    // All nodes of a family share a socket, so that one tells for all.
    if (node !== undefined) found.push(...this.#unavailable(node, conf));
    const { held } = this.#nodes;
    if (held !== undefined && conf !== undefined) found.push(nodesHeld(conf, held, nodeBfd));
    return found;
  }

  #unavailable({ name, address }: BfdTarget, object: ObjectRef | undefined): Refusal[] {
    const why = this.#monitor.unavailable(name);
    if (object === undefined || why === undefined) return [];
    const message = `Cannot watch ${formatAddress(address)} with BFD: ${why}`;
    return [{ object, reason: "BfdUnavailable", message }];
  }

  /** Says AdminDown to everybody, and ends. */
  close(): void {
    // First: its sessions tell of their end, and what follows of that must not outlive this.
    this.#monitor.close();
    this.#nodes.close();
    this.#again?.();
  }

  #changed(): void {
    this.#look();
    this.#options.onChange();
  }

  #lookAtNodes(sessions: readonly BfdStatus[]): void {
    const nodeBfd = this.#nodeBfd;
    const [target] = nodeBfd?.targets ?? [];
    if (nodeBfd === undefined || target === undefined) return this.#nodes.look([], undefined);
    const { maxUnreachable, eligible } = nodeBfd;
    this.#nodes.look(sessions, { maxUnreachable, eligible, gatherMs: target.minTx });
  }

  #look(): void {
    const { clock, onPeers } = this.#options;
    const now = clock.monotonic();
    const sessions = this.#monitor.sessions();
    this.#lookAtNodes(sessions);
    const failed = sessions.filter((each) => each.failed && each.name.startsWith(peerPrefix));
    for (const name of this.#failedSince.keys()) {
      if (!failed.some((each) => each.name === name)) this.#failedSince.delete(name);
    }
    const unreachable = new Set<string>();
    let nextLook = Infinity;
    for (const { name } of failed) {
      const since = this.#failedSince.get(name) ?? now;
      this.#failedSince.set(name, since);
      const left = since + patienceMs - now;
      if (left > 0) {
        unreachable.add(name.slice(peerPrefix.length));
        nextLook = Math.min(nextLook, left);
      }
    }
    this.#again?.();
    this.#again = nextLook === Infinity
      ? undefined
      : clock.after(nextLook, () => this.#lookAgain());
    this.#unreachable = unreachable;
    onPeers(unreachable);
  }

  /** The patience with some peers may be over; no session has changed. */
  #lookAgain(): void {
    const before = this.#unreachable;
    this.#look();
    const peers = [...before].filter((name) => !this.#unreachable.has(name));
    if (peers.length === 0) return;
    const reason = "BFD is silent, so BGP tries without it";
    this.#options.log.warn("bfd.ignored", { peers, reason });
  }
}

function nodesHeld(object: ObjectRef, held: Held, plan: NodeBfdPlan | undefined): Refusal {
  const message = `BFD has lost ${held.lost} of ${held.watched} nodes, more than the ` +
    `${plan?.maxUnreachable} % of spec.nodeBfd.maxUnreachable: none is taken out for it, since this ` +
    "manager's own network is suspected; look at its links, and at the other manager's log";
  return { object, reason: "NodesHeld", message };
}
