/**
 * What the FSM asks its loop to do, and why connections end. Timers are actions like all others; the
 * loop keeps no judgement of its own.
 *
 * @module
 */

import type { Negotiated } from "../model/mod.ts";
import type {
  CodecOptions,
  Message,
  Notification,
  Open,
  RouteRefresh,
  Update,
} from "../wire/mod.ts";
import type { ConnectionPhase } from "./connection.ts";
import type { PeerEvent, Role } from "./event.ts";

/** The timers of a connection. */
export type ConnectionTimer = "hold" | "keepalive";

/** The timers of a peer. */
export type PeerTimer = "connect-retry" | "idle-hold" | "settled" | "stable";

/** What both OPENs agreed on, for the eye and for the codec. */
export interface Agreement {
  readonly negotiated: Negotiated;
  readonly codec: CodecOptions;
  readonly peerOpen: Open;
}

/** Why a connection ended. */
export type EndReason =
  /** We ended it; `why` in words. The NOTIFICATION is missing when nothing could be sent any more. */
  | { readonly kind: "local"; readonly why: string; readonly notification?: Notification }
  /** We ended it without a word, so that the peer keeps our routes (RFC 4724); `why` in words. */
  | { readonly kind: "restart"; readonly why: string }
  /** The peer said so. */
  | { readonly kind: "remote"; readonly notification: Notification }
  /** TCP broke or the peer closed it; `why` in words. */
  | { readonly kind: "tcp"; readonly why: string };

/** What to do with one connection. */
export type ConnectionAction =
  | { readonly kind: "send"; readonly message: Message }
  /** From now on messages are read and written so; the hold time in seconds, 0 for none. */
  | { readonly kind: "use-codec"; readonly codec: CodecOptions; readonly holdTime: number }
  /** Starts or restarts. */
  | { readonly kind: "start-timer"; readonly timer: ConnectionTimer; readonly ms: number }
  | { readonly kind: "stop-timer"; readonly timer: ConnectionTimer }
  /** Routes may be exchanged. */
  | { readonly kind: "established"; readonly agreement: Agreement }
  /** Hands on what the peer said. */
  | { readonly kind: "deliver"; readonly message: Update | RouteRefresh }
  /** Closes once everything sent before is written; nothing follows for this connection. */
  | { readonly kind: "close"; readonly reason: EndReason; readonly from: ConnectionPhase };

/** What to do for a peer. */
export type Action =
  | { readonly kind: "connection"; readonly role: Role; readonly action: ConnectionAction }
  /** Makes a TCP connection; answered by "tcp-connected" or "connect-fails". */
  | { readonly kind: "connect" }
  /** Gives up the attempt; it is not answered any more. */
  | { readonly kind: "abort-connect" }
  /** The connection just told by "tcp-connected" becomes the peer's connection of this role. */
  | { readonly kind: "adopt"; readonly role: Role }
  /** The successor is the passive connection from now on; it has no timer running then. */
  | { readonly kind: "promote" }
  /**
   * The connection just told by "tcp-connected" is not wanted: closes it, with the NOTIFICATION when
   * there is one. It never becomes a connection of the peer.
   */
  | {
    readonly kind: "refuse";
    readonly role: Role;
    readonly notification?: Notification;
    readonly why: string;
  }
  | { readonly kind: "start-timer"; readonly timer: PeerTimer; readonly ms: number }
  | { readonly kind: "stop-timer"; readonly timer: PeerTimer };

/** The same for the peer whose connection of this role it is. */
export function ofRole(role: Role, actions: readonly ConnectionAction[]): Action[] {
  return actions.map((action) => ({ kind: "connection", role, action }));
}

/** How connections end by these actions. */
export function endsOf(actions: readonly Action[]): Extract<ConnectionAction, { kind: "close" }>[] {
  return actions.flatMap((action) =>
    action.kind === "connection" && action.action.kind === "close" ? [action.action] : []
  );
}

/** What a peer's timer tells when it is over. */
export function expiryOf(timer: PeerTimer): PeerEvent {
  return timer === "stable" || timer === "settled" ? { kind: timer } : { kind: `${timer}-expires` };
}
