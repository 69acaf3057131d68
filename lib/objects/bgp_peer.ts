/**
 * BgpPeer, a leaf switch: network.kubesphere.io/v1alpha1 with every field of 2020, for IPv4 and
 * IPv6, and new optional ones: `spec.timers`, `spec.gracefulRestart`, `spec.bfd`, `spec.speakers`,
 * `spec.nextHop`, `spec.export`, most of `spec.transport`.
 *
 * @module
 */

import type { z } from "zod";
import { bfdDefaults } from "../bfd/session/mod.ts";
import { peerDefaults } from "../bgp/model/mod.ts";
import { peerExport, peerNextHop, readPeerExport, type Speakers } from "./announcing.ts";
import { flag, oneOf, section, wholeNumber } from "./field.ts";
import { defineKind, porterGroup } from "./kind.ts";
import { labelSelectorSchema, readLabelSelector } from "./label_selector.ts";
import type { BgpPeer } from "./model.ts";
import { peerNeighbor, readNeighbor } from "./peer_neighbor.ts";
import { checkTransport, peerTransport, readTransport } from "./peer_transport.ts";
import { readSecretKeyRef, secretKeyRef } from "./secret_key_ref.ts";
import { bgpPeerStatus } from "./status.ts";

const speakers = section({
  type: oneOf("Managers", "Agents").describe(
    "Managers: each manager opens one session and announces every node. " +
      "Agents: the agent of each selected node opens a session and announces that node.",
  ),
  nodeSelector: labelSelectorSchema.optional().describe(
    "The nodes whose agents speak; all of them where nothing is said. Only with type Agents.",
  ),
}).refine(({ type, nodeSelector }) => type === "Agents" || nodeSelector === undefined, {
  path: ["nodeSelector"],
  error: "goes with type Agents only",
});

const spec = section({
  config: peerNeighbor.describe("Who the leaf switch is."),
  addPaths: section({
    sendMax: wholeNumber(0, 255).optional()
      .describe("At most so many next hops of a route are announced (RFC 7911); 0 means 8."),
  }).optional().describe(
    "ECMP over one session: several next hops for one EIP, where the leaf switch takes them.",
  ),
  transport: peerTransport.optional().describe("How the TCP connection is made."),
  usingPortForward: flag().optional()
    .describe("Take the leaf switch's connections to port 179 in, whatever port we listen on."),
  speakers: speakers.optional().describe("Who opens sessions with the leaf switch."),
  bfd: section({
    enabled: flag().optional().describe(
      "Whether BFD (RFC 5880) watches the leaf switch; true where spec.bfd is there.",
    ),
    minTx: wholeNumber(10, 60_000).optional()
      .describe("Milliseconds between our BFD packets, at least; 300 where nothing is said."),
    minRx: wholeNumber(10, 60_000).optional().describe(
      "Milliseconds between the leaf switch's BFD packets, at least; 300 where nothing is said.",
    ),
    detectMultiplier: wholeNumber(1, 255).optional()
      .describe("So many packets may be missing before it is down; 3 where nothing is said."),
    multiHop: flag().optional().describe(
      "UDP port 4784 and any TTL (RFC 5883) instead of 3784 and a neighbour on the link (RFC 5881); " +
        "where nothing is said, true for a peer of our own AS and with a BGP session over several hops.",
    ),
  }).optional().describe("Notices within a second that the leaf switch is gone (RFC 5880)."),
  timers: section({
    holdTime: wholeNumber(0, 65535).refine((seconds) => seconds !== 1 && seconds !== 2, {
      error: ({ input }) => `must be 0 or from 3 to 65535 (RFC 4271 section 4.2), not ${input}`,
    }).optional().describe(
      "Proposed hold time in seconds, 0 or 3 to 65535; 90 where nothing is said.",
    ),
    keepalive: wholeNumber(1, 21845).optional().describe(
      "Seconds between KEEPALIVEs, at most a third of holdTime; that third where nothing is said.",
    ),
    connectRetry: wholeNumber(1, 65535).optional()
      .describe("Seconds between attempts to connect; 10 where nothing is said."),
    idleHold: wholeNumber(1, 3600).optional().describe(
      "Seconds to wait after a session failed, doubled each time up to a minute; 1 where nothing " +
        "is said.",
    ),
  }).refine(
    ({ holdTime = peerDefaults.holdTime, keepalive = 0 }) =>
      holdTime === 0 || keepalive * 3 <= holdTime,
    {
      path: ["keepalive"],
      error: "must be at most a third of holdTime (RFC 4271 section 4.4)",
    },
  ).optional().describe("How fast a lost session is noticed, and tried again."),
  gracefulRestart: section({
    enabled: flag().optional().describe(
      "Ask the leaf switch to keep our routes while we restart (RFC 4724); true where nothing is " +
        "said. Without gracefulRestart managers ask for it, and agents do not.",
    ),
    restartTime: wholeNumber(1, 4095).optional()
      .describe(
        "For so many seconds at most, until the session is back; 4 where nothing is said. GoBGP takes no " +
          "connection for 5 s after a session is lost: it needs more.",
      ),
  }).optional().describe("Whether routes stay while we are away (RFC 4724, RFC 8538)."),
  passwordSecretRef: secretKeyRef.optional(),
  nextHop: peerNextHop.optional(),
  export: peerExport.optional(),
}).superRefine(checkTransport).describe("One leaf switch, and how to speak BGP with it.");

/** The schema of `spec` and `status`, for the CRD. */
export const bgpPeerSchema: z.ZodObject = section({ spec, status: bgpPeerStatus.optional() });

/** The kind BgpPeer. What is left out has its default afterwards. */
export const bgpPeerKind = defineKind({
  kind: "BgpPeer",
  apiVersion: `${porterGroup}/v1alpha1`,
  namespaced: false,
  schema: section({ spec }),
  strictness: "every-unknown",
  read(meta, { spec }): BgpPeer {
    const neighbor = readNeighbor(spec.config);
    if (neighbor === undefined) throw new TypeError("The schema let a bad neighborAddress pass");
    return {
      ...meta,
      spec: {
        peerAs: spec.config.peerAs,
        localAs: spec.config.localAs ?? peerDefaults.localAs,
        ...neighbor,
        // 2020: 0 and nothing both mean the default.
        sendMax: spec.addPaths?.sendMax || peerDefaults.addPathSendMax,
        passiveMode: neighbor.listenRange !== undefined ||
          (spec.transport?.passiveMode ?? peerDefaults.passive),
        remotePort: spec.transport?.remotePort ?? peerDefaults.port,
        usingPortForward: spec.usingPortForward ?? false,
        holdTime: spec.timers?.holdTime ?? peerDefaults.holdTime,
        keepaliveTime: spec.timers?.keepalive ?? peerDefaults.keepaliveTime,
        idleHoldTime: spec.timers?.idleHold ?? peerDefaults.idleHoldTime,
        connectRetryTime: spec.timers?.connectRetry ?? peerDefaults.connectRetryTime,
        restartTime: restartTimeOf(spec),
        speakers: speakersOf(spec.speakers),
        ...readTransport(spec.transport),
        ...(spec.passwordSecretRef !== undefined && {
          passwordSecretRef: readSecretKeyRef(spec.passwordSecretRef),
        }),
        ...bfdOf(spec.bfd),
        ...(spec.nextHop === undefined ? {} : { nextHop: spec.nextHop }),
        ...(spec.export === undefined ? {} : { export: readPeerExport(spec.export) }),
      },
    };
  },
});

function bfdOf(raw: z.infer<typeof spec>["bfd"]): Pick<BgpPeer["spec"], "bfd"> {
  if (raw === undefined || raw.enabled === false) return {};
  return {
    bfd: {
      minTx: raw.minTx ?? bfdDefaults.minTx,
      minRx: raw.minRx ?? bfdDefaults.minRx,
      detectMultiplier: raw.detectMultiplier ?? bfdDefaults.detectMult,
      ...(raw.multiHop !== undefined && { multiHop: raw.multiHop }),
    },
  };
}

/** A node that dies takes its agent with it, and the packets: its routes are kept only where asked. */
function restartTimeOf({ gracefulRestart, speakers }: z.infer<typeof spec>): number {
  if (gracefulRestart === undefined && speakers?.type === "Agents") return 0;
  if (gracefulRestart?.enabled === false) return 0;
  return gracefulRestart?.restartTime ?? peerDefaults.restartTime;
}

function speakersOf(raw: z.infer<typeof speakers> | undefined): Speakers {
  if (raw === undefined || raw.type === "Managers") return { type: "Managers" };
  return { type: "Agents", nodeSelector: readLabelSelector(raw.nodeSelector ?? {}) };
}
