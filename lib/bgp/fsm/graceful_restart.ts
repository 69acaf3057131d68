/**
 * Graceful restart, of which porter is only ever the restarting side: it has no routes of others to keep
 * and forwards no packets, so nothing it forwards by is lost when it restarts (RFC 4724 sections 3 and
 * 4.1). RFC 8538 lets a session that ends with a NOTIFICATION do the same.
 *
 * @module
 */

import type { GracefulRestart, PeerConfig } from "../model/mod.ts";
import { type Capability, hardReset, type Open, unicast } from "../wire/mod.ts";
import type { EndReason } from "./action.ts";
import type { Stop } from "./event.ts";

/** The capability we say; none when the peer shall not keep anything. */
export function restartCapability(peer: PeerConfig, restarting: boolean): readonly Capability[] {
  if (peer.restartTime === 0) return [];
  return [{
    kind: "graceful-restart",
    restarting,
    notification: true,
    restartTime: peer.restartTime,
    // True whatever happened to us: the nodes and their agents carry the packets.
    families: [...new Set(peer.families)].map((family) => ({
      afi: unicast[family].afi,
      safi: unicast[family].safi,
      forwardingKept: true,
    })),
  }];
}

/** What ours and theirs agree on. */
export function agreeOnRestart(theirs: Open, peer: PeerConfig): GracefulRestart | undefined {
  if (peer.restartTime === 0) return undefined;
  for (const capability of theirs.capabilities) {
    if (capability.kind !== "graceful-restart") continue;
    return {
      restartTime: peer.restartTime,
      afterNotification: capability.notification,
      // A speaker that only helps lists no family (RFC 4724 section 4.2).
      peerRestartTime: capability.families.length === 0 ? 0 : capability.restartTime,
      peerRestarted: capability.restarting,
    };
  }
  return undefined;
}

/**
 * How a session ends that shall end. Routes are kept by a peer that is told nothing or, after RFC 8538,
 * anything but Hard Reset; they are dropped by any other peer, and by this one after Hard Reset.
 */
export function parting(stop: Stop, agreed: GracefulRestart | undefined): EndReason {
  const { notification, keepRoutes, why } = stop;
  if (agreed === undefined) return { kind: "local", notification, why };
  if (keepRoutes) {
    return agreed.afterNotification
      ? { kind: "local", notification, why }
      : { kind: "restart", why };
  }
  return agreed.afterNotification
    ? { kind: "local", notification: hardReset(notification), why }
    : { kind: "local", notification, why };
}
