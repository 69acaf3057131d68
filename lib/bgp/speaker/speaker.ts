/**
 * The speaker: all peers, the one table of our own routes, and the listening socket. Everything is
 * said whole (`configure`, `setPeers`, `setRoutes`); the speaker finds the difference and touches
 * only what differs.
 *
 * @module
 */

import { formatAddress, type Prefix } from "../../net/mod.ts";
import type { Clock, Connection, Log, Random, Transport } from "../../ports/mod.ts";
import type {
  PeerConfig,
  PeerStatus,
  ReceivedRoute,
  Route,
  SpeakerConfig,
  SpeakerStatus,
} from "../model/mod.ts";
import { LocRib } from "../rib/mod.ts";
import { cease, encodeMessage, initialCodec } from "../wire/mod.ts";
import { changedFields, peerConsequences, sameValue, speakerConsequences } from "./consequences.ts";
import { Farewells } from "./farewells.ts";
import { Listening } from "./listening.ts";
import type { Farewell, Peer } from "./peer.ts";
import { handOver, makePeer, PeerRange } from "./peer_range.ts";
import { peerFields } from "./peer_record.ts";
import { expectedPeers } from "./sockets.ts";
import { Throttle } from "./throttle.ts";
import type { World } from "./world.ts";

/** What the speaker needs from the world. */
export interface SpeakerPorts {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Called soon after a status changed; several changes at once are one call. */
  readonly onChange?: () => void;
  /** Called when a peer's connection has taken all UPDATEs of what changed; see `setRoutes`. */
  readonly onTold?: (since: number) => void;
}

/** How a session ends that BFD says is dead: the peer shall look for another way. */
const bfdDown: Farewell = {
  notification: cease("bfd-down"),
  keepRoutes: false,
  why: "BFD says that the peer is not reached",
};

/** A BGP speaker: sessions to all peers, announcing the same routes to each in its own view. */
export class Speaker {
  readonly #ports: SpeakerPorts;
  readonly #world: World;
  readonly #listening: Listening;
  readonly #rib = new LocRib();
  #config: SpeakerConfig | undefined;
  #peers = new Map<string, Peer | PeerRange>();
  #unreachable: ReadonlySet<string> = new Set();
  #refused = 0;
  #changeIsTold = true;
  #closed = false;

  /** Makes a speaker that does nothing until it is configured. */
  constructor(ports: SpeakerPorts) {
    this.#ports = ports;
    const startedAt = ports.clock.monotonic();
    // Until the routes were said for the first time.
    this.#rib.isWhole = false;
    this.#world = {
      ...ports,
      rib: this.#rib,
      uptime: () => ports.clock.monotonic() - startedAt,
      farewells: new Farewells(ports.clock),
      throttle: new Throttle(ports.clock),
      onChange: () => this.#tellChange(),
      onTold: (since) => this.#ports.onTold?.(since),
      onRefused: () => this.#refused++,
    };
    this.#listening = new Listening(this.#world, (connection) => this.#accept(connection));
  }

  /**
   * Says the AS, the router id and where to listen; undefined stops every session with a Cease. A
   * changed AS or router id resets all sessions, a changed port only listens anew. Never throws: a
   * port that cannot be had is told by `status` and tried again. Does nothing when nothing changed.
   */
  configure(config: SpeakerConfig | undefined): void {
    if (this.#closed || sameValue(config, this.#config)) return;
    const before = this.#config;
    this.#config = config;
    if (config === undefined) {
      this.#stopAll({
        notification: cease("administrative-shutdown"),
        keepRoutes: false,
        why: "the speaker's configuration is gone",
      });
    } else if (before === undefined) {
      this.#startAll(config);
    } else {
      this.#reconfigure(before, config);
    }
    this.#listening.listen(config?.listen);
    this.#tellChange();
  }

  /** Says all peers there shall be. Sessions of peers that did not change are not touched. */
  setPeers(all: readonly PeerConfig[]): void {
    if (this.#closed) return;
    const before = this.#peers;
    const wanted = new Map<string, PeerConfig>();
    for (const config of all) if (!wanted.has(config.name)) wanted.set(config.name, config);
    for (const [name, peer] of before) if (!wanted.has(name)) this.#remove(peer);
    this.#peers = new Map();
    for (const [name, config] of wanted) {
      let peer = before.get(name);
      if (peer instanceof PeerRange !== (config.listenRange !== undefined)) {
        if (peer !== undefined) this.#remove(peer);
        peer = undefined;
      }
      this.#peers.set(name, peer ?? this.#add(config));
      if (peer !== undefined) this.#change(peer, config);
    }
    if (this.#ports.transport.plainOnly === undefined) {
      this.#listening.expect(expectedPeers(wanted.values()));
    }
  }

  /**
   * Says which peers, by name and all of them, are known not to be reached: BFD found out (RFC 5882). Their
   * sessions end at once with Cease/10 (RFC 9384), and none is opened or taken until they are not said.
   */
  setUnreachable(names: ReadonlySet<string>): void {
    if (this.#closed) return;
    const before = this.#unreachable;
    this.#unreachable = names;
    for (const [name, peer] of this.#peers) {
      if (before.has(name) === names.has(name)) continue;
      if (names.has(name)) peer.stop(bfdDown);
      else if (this.#config !== undefined) peer.start(this.#config);
    }
  }

  /**
   * Says all routes there shall be. `since` is when the change that led to them was heard, by the
   * monotonic clock: each peer that has to be told of it is one call of `onTold` with it.
   *
   * With `more` further ones are known to come, so that a peer that kept our routes over a restart still
   * keeps them: it is told no End-of-RIB (RFC 4724 section 4.1). Once the routes were whole, later ones
   * are only changes.
   */
  setRoutes(
    all: Iterable<Route>,
    { since, more = false }: { readonly since?: number | undefined; readonly more?: boolean } = {},
  ): void {
    const change = this.#rib.set(all);
    const isNowWhole = !more && !this.#rib.isWhole;
    if (isNowWhole) this.#rib.isWhole = true;
    if (change.slots.length === 0 && !isNowWhole) return;
    for (const peer of this.#peers.values()) peer.changed(change, since);
    this.#tellChange();
  }

  /** What each peer's session looks like, in the order of `setPeers`. */
  peers(): readonly PeerStatus[] {
    return Array.from(this.#peers.values(), (peer) => {
      const refused = peer.refused ?? this.#listening.barred(peer.config.name);
      return refused === undefined ? peer.status() : { ...peer.status(), refused };
    });
  }

  /** What the speaker itself looks like. */
  status(): SpeakerStatus {
    const { where, error } = this.#listening;
    return {
      ...(where !== undefined && { listening: where }),
      ...(error !== undefined && { listenError: error }),
      connectionsRefused: this.#refused,
    };
  }

  /** How many paths of the prefix the named peer was told; undefined where it has no session. */
  told(name: string, prefix: Prefix): number | undefined {
    return this.#peers.get(name)?.exchange?.told.toldPaths(prefix);
  }

  /** At most `limit` of the routes the named peer said; none when there is no such peer. */
  received(name: string, limit: number): readonly ReceivedRoute[] {
    return this.#peers.get(name)?.exchange?.heard.list(limit) ?? [];
  }

  /**
   * Ends all sessions and stops listening; waits until that is written, a second at most. Nothing can
   * be done with the speaker afterwards. The text is said to the peers where it can be (RFC 9003).
   * With `keepRoutes` peers that do graceful restart keep our routes for their restart time, and
   * another speaker may take over; without it, and by all other peers, they are dropped at once.
   */
  async close(
    text?: string,
    { keepRoutes = false }: { readonly keepRoutes?: boolean } = {},
  ): Promise<void> {
    if (!this.#closed) {
      this.#config = undefined;
      this.#listening.listen(undefined);
      const notification = cease("administrative-shutdown", text);
      this.#stopAll({ notification, keepRoutes, why: text ?? "porter stops" });
    }
    this.#closed = true;
    await this.#world.farewells.settled();
  }

  #startAll(config: SpeakerConfig): void {
    for (const peer of this.#peers.values()) this.#start(peer, config);
  }

  #start(peer: Peer | PeerRange, config: SpeakerConfig): void {
    if (!this.#unreachable.has(peer.config.name)) peer.start(config);
  }

  #stopAll(farewell: Farewell): void {
    for (const peer of this.#peers.values()) peer.stop(farewell);
  }

  #reconfigure(before: SpeakerConfig, config: SpeakerConfig): void {
    const changed = changedFields(speakerConsequences, before, config);
    const fields = [...changed].filter(([, what]) => what === "reset").map(([field]) => field);
    if (fields.length === 0) return;
    this.#ports.log.info("speaker.changed", { fields });
    this.#stopAll({
      notification: cease("other-configuration-change"),
      keepRoutes: false,
      why: `${fields.join(" and ")} changed`,
    });
    this.#startAll(config);
  }

  #add(config: PeerConfig): Peer | PeerRange {
    this.#ports.log.info("peer.added", { ...peerFields(config), peerAs: config.peerAs });
    const peer = makePeer(this.#world, config);
    if (this.#config !== undefined) this.#start(peer, this.#config);
    this.#tellChange();
    return peer;
  }

  #remove(peer: Peer | PeerRange): void {
    this.#ports.log.info("peer.removed", peerFields(peer.config));
    peer.stop({
      notification: cease("peer-deconfigured"),
      keepRoutes: false,
      why: "the peer was removed from the configuration",
    });
    this.#tellChange();
  }

  #change(peer: Peer | PeerRange, config: PeerConfig): void {
    const changed = changedFields(peerConsequences, peer.config, config);
    if (changed.size === 0) return;
    this.#tellChange();
    const fields = [...changed.keys()];
    this.#ports.log.info("peer.changed", { ...peerFields(config), fields });
    const follows = new Set(changed.values());
    const ends = follows.has("reset") || follows.has("renegotiate") ||
      (follows.has("redial") && !peer.isEstablished);
    if (!ends) return peer.keep(config);
    const keepRoutes = !follows.has("reset");
    peer.restart(config, { keepRoutes, why: `${fields.join(" and ")} changed` });
  }

  #accept(connection: Connection): void {
    const refused = handOver(this.#peers.values(), connection);
    if (refused === undefined) return;
    this.#refused++;
    this.#world.farewells.dismiss(
      connection,
      encodeMessage(cease("connection-rejected"), initialCodec),
    );
    this.#tellChange();
    const pass = this.#world.throttle.pass("connection.refused");
    if (pass === undefined) return;
    this.#ports.log.warn("connection.refused", {
      from: formatAddress(connection.remote.address),
      reason: refused,
      ...(pass.heldBack > 0 && { repeated: pass.heldBack }),
    });
  }

  #tellChange(): void {
    if (!this.#changeIsTold || this.#ports.onChange === undefined) return;
    this.#changeIsTold = false;
    queueMicrotask(() => {
      this.#changeIsTold = true;
      this.#ports.onChange?.();
    });
  }
}
