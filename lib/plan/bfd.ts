/**
 * Which peers are watched with BFD, and how that is told.
 *
 * @module
 */

import type { BfdStatus, BfdTarget } from "../bfd/session/mod.ts";
import type { BgpPeer } from "../objects/mod.ts";
import { isLinkLocal } from "../net/mod.ts";
import { formatTime } from "./conditions.ts";
import { formatRef, type Refusal } from "../refusal/mod.ts";

/** The BFD session of a peer that managers speak to; undefined where none is asked for. */
export function bfdTarget(peer: BgpPeer, localAs: number): BfdTarget | undefined {
  const { ref, spec } = peer;
  const { bfd } = spec;
  if (bfd === undefined || obstacle(peer) !== undefined) return undefined;
  // As routers have it: an external peer is a neighbour on the link unless BGP says otherwise, an
  // internal one may be anywhere.
  const multiHop = bfd.multiHop ?? (spec.peerAs === localAs || hopsOf(spec) > 1);
  return {
    name: formatRef(ref),
    address: spec.neighborAddress,
    ...(spec.sourceAddress !== undefined && { localAddress: spec.sourceAddress }),
    encapsulation: multiHop ? "multi-hop" : "single-hop",
    minTx: bfd.minTx,
    minRx: bfd.minRx,
    detectMult: bfd.detectMultiplier,
  };
}

/** What is asked for and not done. */
export function bfdRefusal(peer: BgpPeer): Refusal | undefined {
  const why = peer.spec.bfd === undefined ? undefined : obstacle(peer);
  if (why === undefined) return undefined;
  const message = `Cannot use spec.bfd: ${why}; sessions come up without it; remove spec.bfd`;
  return { object: peer.ref, reason: "BfdUnavailable", message };
}

function obstacle({ spec }: BgpPeer): string | undefined {
  if (spec.speakers.type === "Agents") return "agents do not do BFD with leaf switches";
  return isLinkLocal(spec.neighborAddress) ? "the neighbour's address is link-local" : undefined;
}

/** How many hops away BGP expects the peer, at most. */
function hopsOf({ ebgpMultiHop = 1, ttlSecurity = 1 }: BgpPeer["spec"]): number {
  return Math.max(ebgpMultiHop, ttlSecurity);
}

/** A BFD session as the field `bfd` of a BgpPeer's status; null where there is none. */
export function bfdFields(session: BfdStatus | null): Readonly<Record<string, unknown>> | null {
  if (session === null) return null;
  return {
    state: session.state,
    since: formatTime(session.since),
    failures: session.failures,
    transmitInterval: Math.round(session.transmitInterval),
    detectionTime: Math.round(session.detectionTime),
    reason: session.reason ?? null,
  };
}
