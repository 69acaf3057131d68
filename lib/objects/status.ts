/**
 * The statuses of porter's own kinds, as the CRDs describe them: the API server drops what is not
 * described. They are not checked on reading, because others may write there too.
 *
 * @module
 */

import { z } from "zod";
import { brakeStatus } from "./brake.ts";
import { flag, list, oneOf, section, text, wholeNumber } from "./field.ts";

const count = (): z.ZodInt => wholeNumber(0, Number.MAX_SAFE_INTEGER);

/** Conditions as the Kubernetes API conventions have them. */
const conditions = list(section({
  type: text().describe("What it is about."),
  status: oneOf("True", "False", "Unknown").describe("Whether it is so."),
  reason: text().describe("Why, as one word from a closed list."),
  message: text().describe("Why, with the particulars and what to do."),
  lastTransitionTime: text().describe("When the status last changed."),
  observedGeneration: count().optional()
    .describe("The metadata.generation of the object that this was said of."),
})).optional().describe("What porter says of the object; every no has a reason.");

/** Status of an Eip. */
export const eipStatus = section({
  occupied: flag().optional().describe("Every address is in use."),
  usage: count().optional().describe("Addresses in use."),
  poolSize: count().optional().describe("Addresses that can be handed out."),
  used: z.record(z.string(), z.string()).optional()
    .describe(
      'Which Services have what: address to "namespace/name", with commas between sharers.',
    ),
  followed: count().optional()
    .describe("How often an address was given by a claim that stood in used already."),
  conditions,
}).describe("How the pool is used, and whether it hands out.");

/** What one speaker refuses, beside the others. */
const refusals = list(section({
  reason: text().describe("Why, as one word from a closed list."),
  message: text().describe("Why, with the particulars and what to do."),
})).optional();

const speakerName = text().describe(
  "Of an agent its node; of a manager its --node, or a name that it made up.",
);

/** Status of a BgpConf. */
export const bgpConfStatus = section({
  speakersWanted: count().optional().describe("Managers and agents that shall listen."),
  speakersListening: count().optional().describe("Managers and agents that listen."),
  speakers: list(section({
    name: speakerName,
    role: oneOf("Manager", "Agent").describe("What it is."),
    listening: text().optional()
      .describe('Address and port, "*:179" for every address; left out: it does not listen.'),
    since: text().optional().describe("Since when it listens there, or cannot."),
    refusals: refusals.describe("What of this BgpConf it cannot do where it runs."),
  })).optional().describe(
    "How each manager listens, and each agent that a leaf switch shall call; those that cannot do what is " +
      "asked first, at most 64. Those of others than the leading manager are some seconds old.",
  ),
  brake: brakeStatus.optional(),
  conditions,
}).describe("Whether it is in force, whether porter listens, and what the brake holds.");

/** Status of a BgpPeer. */
export const bgpPeerStatus = section({
  state: text().optional().describe(
    "Established or Down; `porter peers` has the states between (RFC 4271 section 8.2.2).",
  ),
  since: text().optional().describe("Since when the session is in this state."),
  flaps: count().optional().describe("How often the session was lost."),
  lastError: text().optional().describe("Why the session last ended."),
  prefixesSent: count().optional().describe("EIPs that the leaf switch was told of."),
  pathsSent: count().optional().describe(
    "Next hops that the leaf switch was told of, over all EIPs.",
  ),
  prefixesReceived: count().optional().describe(
    "Prefixes that the leaf switch told us: counted, never used.",
  ),
  prefixesHeldBack: count().optional().describe("Prefixes beyond the cap on what is announced."),
  sessions: list(section({
    address: text().describe("Who connected."),
    state: text().describe("Established or Down."),
    since: text().describe("Since when the session is in this state."),
    prefixesSent: count().describe("EIPs that it was told of."),
    lastError: text().optional().describe("Why the session last ended."),
  })).optional().describe("The sessions of a listenRange, in the order of addresses."),
  negotiated: section({
    holdTime: wholeNumber(0, 65535).describe("Seconds of silence after which the session ends."),
    families: list(text()).describe("Families of addresses that routes are told of."),
    addPathSend: list(text())
      .describe("Families of which the leaf switch takes several next hops (RFC 7911)."),
    internal: flag().describe("Both sides have the same autonomous system number (iBGP)."),
    peerBgpId: text().describe("The leaf switch's BGP identifier."),
    extendedNextHop: flag().optional()
      .describe("IPv4 prefixes may have IPv6 next hops (RFC 8950)."),
    gracefulRestart: section({
      restartTime: wholeNumber(0, 4095)
        .describe("Seconds for which the leaf switch keeps our routes."),
      afterNotification: flag().describe("Also after a NOTIFICATION (RFC 8538)."),
      peerRestartTime: wholeNumber(0, 4095)
        .describe("Seconds it asks for its own restarts; 0 when it only helps others."),
      peerRestarted: flag().describe("It had just restarted when the session came up."),
    }).optional().describe("Left out: the leaf switch drops our routes with the session."),
  }).optional().describe("What the two sides of the session agreed on."),
  speakersWanted: count().optional()
    .describe("Managers that run, or agents that shall have a session."),
  speakersEstablished: count().optional().describe("Managers, or agents, that have their session."),
  speakers: list(section({
    name: speakerName,
    state: text().describe("Established, Down, or Unknown where an agent said nothing lately."),
    since: text().optional().describe("Since when the session is in this state."),
    prefixesSent: count().optional().describe("EIPs that the leaf switch was told of."),
    capabilities: list(text()).optional().describe("What the leaf switch said it can, in words."),
    lastError: text().optional().describe("Why the session last ended, or did not come up."),
    refusals: refusals.describe("What of this BgpPeer it cannot do where it runs."),
  })).optional().describe(
    "The session of each manager, or of each agent; those that are not up first, at most 64. " +
      "Those of others than the leading manager are some seconds old.",
  ),
  bfd: section({
    state: text().describe("The state of the BFD session (RFC 5880 section 6.2)."),
    since: text().describe("Since when it is in this state."),
    failures: count().describe("How often it went down without being asked to."),
    transmitInterval: count().describe("Milliseconds between our packets."),
    detectionTime: count().describe("Milliseconds of silence after which it is down."),
    reason: text().optional().describe("Why it is not up."),
  }).optional().describe("The BFD session, where spec.bfd asks for one."),
  conditions,
}).describe("How the session is, as the manager that leads sees it.");
