/**
 * The speaker: all peers, the one table of our own routes, and the listening socket. Everything is
 * said whole (`configure`, `setPeers`, `setRoutes`); the speaker finds the difference and touches
 * only what differs.
 *
 * @module
 */

import type {
  PeerConfig,
  PeerStatus,
  ReceivedRoute,
  Route,
  SpeakerConfig,
  SpeakerStatus,
} from "../model/mod.ts";
import type { Clock, Log, Random, Transport } from "../../ports/mod.ts";

/** What the speaker needs from the world. */
export interface SpeakerPorts {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Called soon after a status changed; several changes at once are one call. */
  readonly onChange?: () => void;
}

/** A BGP speaker: sessions to all peers, announcing the same routes to each in its own view. */
export class Speaker {
  #peers: readonly PeerConfig[] = [];

  /** Makes a speaker that does nothing until it is configured. */
  constructor(_ports: SpeakerPorts) {}

  /**
   * Says the AS, the router id and where to listen; undefined stops every session with a Cease. A
   * changed AS or router id resets all sessions, a changed port only listens anew. Never throws: a
   * port that cannot be had is told by `status` and tried again.
   */
  configure(_config: SpeakerConfig | undefined): void {}

  /** Says all peers there shall be. Sessions of peers that did not change are not touched. */
  setPeers(all: readonly PeerConfig[]): void {
    this.#peers = all;
  }

  /** Says all routes there shall be. */
  setRoutes(_all: Iterable<Route>): void {}

  /** What each peer's session looks like, in the order of `setPeers`. */
  peers(): readonly PeerStatus[] {
    return this.#peers.map((peer) => ({
      name: peer.name,
      address: peer.address,
      peerAs: peer.peerAs,
      state: "Idle",
      since: 0,
      flaps: 0,
      peerCapabilities: [],
      prefixesSent: 0,
      pathsSent: 0,
      prefixesReceived: 0,
      prefixesHeldBack: 0,
      messagesSent: {},
      messagesReceived: {},
    }));
  }

  /** What the speaker itself looks like. */
  status(): SpeakerStatus {
    return { connectionsRefused: 0 };
  }

  /** At most `limit` of the routes the named peer said; none when there is no such peer. */
  received(_name: string, _limit: number): readonly ReceivedRoute[] {
    return [];
  }

  /** Ends all sessions with Cease (RFC 9003 text) and stops listening; waits a bounded time. */
  async close(_text?: string): Promise<void> {}
}
