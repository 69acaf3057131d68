/**
 * Peers that are known by a prefix only: whoever connects from there gets a session of its own, as far
 * as the limit goes. None of them is ever connected to, and one that is gone is forgotten; but one that
 * failed is remembered for its idle hold, or it could fail a thousand times a second.
 *
 * @module
 */

import { type AddressKey, addressKey, formatAddress } from "../../net/mod.ts";
import type { Connection } from "../../ports/mod.ts";
import type { PeerConfig, PeerStatus, SpeakerConfig } from "../model/mod.ts";
import type { RibChange } from "../rib/mod.ts";
import { cease } from "../wire/mod.ts";
import { type Farewell, Peer } from "./peer.ts";
import { isFrom, socketOptions } from "./sockets.ts";
import type { World } from "./world.ts";

/** A configuration that has a range. */
export type RangeConfig = PeerConfig & Required<Pick<PeerConfig, "listenRange">>;

/** All sessions of one range; to the speaker it is a peer like others. */
export class PeerRange {
  readonly #world: World;
  readonly #peers = new Map<AddressKey, Peer>();
  /** Those in their idle hold; no more than there may be sessions, the oldest goes. */
  readonly #resting = new Map<AddressKey, Peer>();
  #config: RangeConfig;
  #local: SpeakerConfig | undefined;
  #since: number;
  #wasUp = false;
  #flaps = 0;
  #lastError: string | undefined;
  #looks = false;

  /** A range that takes nobody until it is started. */
  constructor(world: World, config: RangeConfig) {
    this.#config = config;
    this.#since = world.clock.now();
    this.#world = {
      ...world,
      onChange: () => {
        this.#lookSoon();
        world.onChange();
      },
    };
  }

  /** What is wanted of the peers. */
  get config(): RangeConfig {
    return this.#config;
  }

  /** Whether there is a session with any of them. */
  get isEstablished(): boolean {
    return [...this.#peers.values()].some((peer) => peer.isEstablished);
  }

  /** Why there can be no session: the sockets need what this process cannot give. */
  get refused(): string | undefined {
    return socketOptions(this.#config) && this.#world.transport.plainOnly;
  }

  /** No session of the range is the one to look at. */
  get exchange(): undefined {
    return undefined;
  }

  /** Takes connections from now on, as this speaker. */
  start(local: SpeakerConfig): void {
    this.#local = local;
  }

  /** Ends every session with this farewell. */
  stop(farewell: Farewell): void {
    this.#local = undefined;
    this.#dismiss(farewell);
  }

  /** Ends every session; they come anew with what is wanted now. */
  restart(config: PeerConfig, how: Omit<Farewell, "notification">): void {
    this.#config = { ...config, listenRange: config.listenRange ?? this.#config.listenRange };
    this.#dismiss({ notification: cease("other-configuration-change"), ...how });
  }

  /** Takes what is wanted now without touching the sessions. */
  keep(config: PeerConfig): void {
    this.#config = { ...config, listenRange: config.listenRange ?? this.#config.listenRange };
    for (const peer of this.#peers.values()) peer.keep(this.#configOf(peer.config));
  }

  /** Our routes changed. */
  changed(change: RibChange, since: number | undefined): void {
    for (const peer of this.#peers.values()) peer.changed(change, since);
  }

  /** Takes a connection from the range; why not, when it does not. */
  accept(connection: Connection): string | undefined {
    const { address } = connection.remote;
    const key = addressKey(address);
    const known = this.#peers.get(key) ?? this.#resting.get(key);
    if (known !== undefined) return void known.accept(connection);
    const { limit } = this.#config.listenRange;
    if (this.#local === undefined || this.refused !== undefined) return "the range has no sessions";
    if (this.#peers.size >= limit) return `the range has its ${limit} sessions`;
    const peer = new Peer(this.#world, this.#configOf({ address }));
    this.#peers.set(key, peer);
    peer.start(this.#local);
    peer.accept(connection);
    return undefined;
  }

  /** The range as one: up when any session is, with what all of them were told in sum. */
  status(): PeerStatus {
    const { name, address, peerAs } = this.#config;
    const sessions = Array.from(this.#peers.values(), (peer) => peer.status());
    const sum = (of: (session: PeerStatus) => number): number =>
      sessions.reduce((total, session) => total + of(session), 0);
    return {
      ...{ name, address, peerAs, since: this.#since, flaps: this.#flaps, sessions },
      state: this.isEstablished ? "Established" : "Active",
      ...(this.#lastError !== undefined && { lastError: this.#lastError }),
      peerCapabilities: [],
      prefixesSent: sum((it) => it.prefixesSent),
      pathsSent: sum((it) => it.pathsSent),
      prefixesReceived: sum((it) => it.prefixesReceived),
      prefixesHeldBack: sum((it) => it.prefixesHeldBack),
      messagesSent: {},
      messagesReceived: {},
    };
  }

  #configOf({ address }: Pick<PeerConfig, "address">): PeerConfig {
    const { listenRange: _, ...config } = this.#config;
    const name = `${config.name}@${formatAddress(address)}`;
    return { ...config, name, range: config.name, address, passive: true };
  }

  #dismiss(farewell: Farewell): void {
    for (const peer of [...this.#peers.values(), ...this.#resting.values()]) peer.stop(farewell);
    for (const peer of this.#peers.values()) this.#remember(peer.status());
    this.#peers.clear();
    this.#resting.clear();
    this.#lookSoon();
  }

  /** Of one that is no session of the range any more. */
  #remember({ lastError, flaps }: PeerStatus): void {
    this.#lastError = lastError ?? this.#lastError;
    this.#flaps += flaps;
  }

  /** Soon, when whoever reported a change is done with it: forgets those that are gone. */
  #lookSoon(): void {
    if (this.#looks) return;
    this.#looks = true;
    queueMicrotask(() => {
      this.#looks = false;
      this.#look();
    });
  }

  #look(): void {
    for (const [key, peer] of this.#peers) {
      const status = peer.status();
      if (["OpenSent", "OpenConfirm", "Established"].includes(status.state)) continue;
      this.#peers.delete(key);
      this.#remember(status);
      this.#resting.set(key, peer);
    }
    for (const [key, peer] of this.#resting) {
      const rests = peer.status().state === "Idle";
      if (rests && this.#resting.size <= this.#config.listenRange.limit) continue;
      this.#resting.delete(key);
      // None of its timers may run any longer.
      const why = "the peer is gone";
      peer.stop({ notification: cease("connection-rejected"), keepRoutes: false, why });
    }
    if (this.isEstablished === this.#wasUp) return;
    this.#wasUp = !this.#wasUp;
    this.#since = this.#world.clock.now();
  }
}

/** Makes what a configuration asks for: one peer, or a range of them. */
export function makePeer(world: World, config: PeerConfig): Peer | PeerRange {
  const { listenRange } = config;
  return listenRange === undefined
    ? new Peer(world, config)
    : new PeerRange(world, { ...config, listenRange });
}

/**
 * Hands a connection to the peer of its address, else to the narrowest range; the text says why it did
 * not. Several peers of one address have ports of their own and are connected to; a connection from
 * there can only be that of a passive one.
 */
export function handOver(
  all: Iterable<Peer | PeerRange>,
  connection: Connection,
): string | undefined {
  const meant = [...all].filter((it) => isFrom(it.config, connection));
  const peers = meant.filter((it) => it instanceof Peer);
  const peer = peers.length === 1 ? peers[0] : peers.find((it) => it.config.passive);
  if (peer !== undefined) return void peer.accept(connection);
  if (peers.length > 0) return "several peers have this address, and none is passive";
  const [range] = meant.filter((it) => it instanceof PeerRange).sort((a, b) =>
    b.config.listenRange.prefix.length - a.config.listenRange.prefix.length
  );
  return range === undefined ? "no peer has this address" : range.accept(connection);
}
