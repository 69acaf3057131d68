/**
 * What can happen to a peer and to one of its connections: the events of RFC 4271 section 8.1, with
 * the Send Hold Timer of RFC 9687.
 *
 * @module
 */

import type {
  Keepalive,
  Notification,
  Open,
  ProtocolError,
  RouteRefresh,
  Update,
} from "../wire/mod.ts";

/**
 * Who made the TCP connection: we ("active") or the peer ("passive"). One that the peer made while a
 * session is Established that it may replace (RFC 4724 section 4.2) is its "successor" until its OPEN
 * was found good or the session is over, and then the passive one.
 */
export type Role = "active" | "passive" | "successor";

/** Whoever runs the speaker wants a session to end. */
export interface Stop {
  readonly kind: "stop";
  /** What the peer is told, if it can be told without losing what it shall keep. */
  readonly notification: Notification;
  /** Whether a peer that does graceful restart shall keep our routes for a while. */
  readonly keepRoutes: boolean;
  /** For people. */
  readonly why: string;
}

/** What happens to one TCP connection. */
export type ConnectionEvent =
  /** Events 2 and 8 (ManualStop, AutomaticStop): ends the connection. */
  | Stop
  /** Event 23 (OpenCollisionDump). */
  | { readonly kind: "collision-dump" }
  /** Event 18 (TcpConnectionFails), also when the peer just closed; `why` in words. */
  | { readonly kind: "tcp-fails"; readonly why: string }
  /** Event 10. */
  | { readonly kind: "hold-expires" }
  /** Event 11. */
  | { readonly kind: "keepalive-expires" }
  /** Event 29 of RFC 9687: the peer took no byte for too long. */
  | { readonly kind: "send-hold-expires" }
  /** Event 19. */
  | { readonly kind: "open"; readonly message: Open }
  /** Event 26. */
  | { readonly kind: "keepalive"; readonly message: Keepalive }
  /** Event 27. */
  | { readonly kind: "update"; readonly message: Update }
  /** RFC 2918; RFC 4271 does not know it. */
  | { readonly kind: "route-refresh"; readonly message: RouteRefresh }
  /** Events 24 and 25. */
  | { readonly kind: "notification"; readonly message: Notification }
  /** Events 21, 22 and 28: what was read is no message, and the session must end. */
  | { readonly kind: "malformed"; readonly error: ProtocolError };

/** What happens to a peer as a whole. */
export type PeerEvent =
  /**
   * Events 1 and 3 (ManualStart, AutomaticStart); with the seconds to wait for the peer before the
   * first attempt to connect, at once where nothing is said.
   */
  | { readonly kind: "start"; readonly pause?: number }
  /** Events 2 and 8 (ManualStop, AutomaticStop): ends everything. */
  | Stop
  /** Event 9. */
  | { readonly kind: "connect-retry-expires" }
  /** Event 13. */
  | { readonly kind: "idle-hold-expires" }
  /** The session has been Established so long that no connection beside it collided on the way up. */
  | { readonly kind: "settled" }
  /** The session has been Established so long that its past failures are forgotten. */
  | { readonly kind: "stable" }
  /** Events 16 and 17: there is a TCP connection. */
  | { readonly kind: "tcp-connected"; readonly role: Role }
  /** Event 18 for an attempt that we made; `why` in words. */
  | { readonly kind: "connect-fails"; readonly why: string }
  /** Something happened to the connection of this role. */
  | { readonly kind: "connection"; readonly role: Role; readonly event: ConnectionEvent };
