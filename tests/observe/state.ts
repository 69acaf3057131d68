/**
 * A manager's state for tests of what is told of it: a small cluster, planned, with a session to its
 * one leaf.
 *
 * @module
 */

import type { BfdStatus } from "../../lib/bfd/mod.ts";
import { type PeerStatus, plainAttributes } from "../../lib/bgp/model/mod.ts";
import type { ManagerPass } from "../../lib/manager/mod.ts";
import { hostPrefix, ipv4 } from "../../lib/net/mod.ts";
import type { Snapshot } from "../../lib/objects/mod.ts";
import { plan, recorded } from "../../lib/plan/mod.ts";
import { addressOf, snapshot } from "../support/objects.ts";

/** A session as it is when nothing ever happened to it but that it came up. */
export function session(name: string, change: Partial<PeerStatus> = {}): PeerStatus {
  return {
    name,
    address: addressOf("10.0.0.1"),
    peerAs: 64600,
    state: "Established",
    since: 1_000_000,
    flaps: 0,
    negotiated: {
      holdTime: 90,
      as4: true,
      families: [4],
      addPathSend: [4],
      maxMessageLength: 4096,
      routeRefresh: true,
      peerBgpId: ipv4(0x0a000001),
      internal: false,
    },
    peerCapabilities: ["add-path ipv4-unicast receive"],
    prefixesSent: 1,
    pathsSent: 2,
    prefixesReceived: 0,
    prefixesHeldBack: 0,
    messagesSent: { open: 1, update: 3, notification: 0, keepalive: 7, "route-refresh": 0 },
    messagesReceived: { open: 1, update: 1, notification: 0, keepalive: 8, "route-refresh": 0 },
    faultsSurvived: 0,
    ...change,
  };
}

/** A BFD session that is Up, and was down once. */
export function watched(name: string, change: Partial<BfdStatus> = {}): BfdStatus {
  return {
    ...{ name, address: addressOf("10.0.0.1"), encapsulation: "single-hop", state: "Up" },
    ...{ remoteState: "Up", since: 1_000_000, wasUp: true, failed: false, failures: 1 },
    ...{ transmitInterval: 100, detectionTime: 300, ...change },
  };
}

/** A pass over a snapshot once everything that is planned is written down. */
export function passOver(snapshot: Snapshot): ManagerPass {
  const written = recorded(snapshot, plan(snapshot));
  const planned = plan(written);
  return {
    snapshot: written,
    plan: planned,
    refusals: planned.refusals,
    unreachable: new Set(),
    ms: 2,
  };
}

/** A pass with so many announced EIPs, of which nothing else is known. */
export function passWithRoutes(count: number): ManagerPass {
  const pass = passOver(snapshot());
  const paths = [1, 2, 3].map((n) => ({
    nextHop: ipv4(0x0a000000 + n),
    attributes: plainAttributes,
  }));
  const announced = Array.from({ length: count }, (_, n) => ({
    prefix: hostPrefix(ipv4(0xcb000000 + n)),
    paths,
  }));
  return { ...pass, plan: { ...pass.plan, announced } };
}
