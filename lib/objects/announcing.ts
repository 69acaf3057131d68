/**
 * How addresses are announced: `Eip.spec.bgp`, and what of it a leaf switch hears: `BgpPeer.spec.export`
 * and `.nextHop`. docs/policy.md says what they are for.
 *
 * @module
 */

import type { z } from "zod";
import type { PathAttributes } from "../bgp/model/mod.ts";
import {
  attributeFields,
  type AttributeName,
  attributeNames,
  readAttributes,
} from "./attributes.ts";
import { list, oneOf, section, wholeNumber } from "./field.ts";
import { type LabelSelector, labelSelectorSchema, readLabelSelector } from "./label_selector.ts";

/** How the addresses of an Eip are announced. */
export interface EipBgp {
  readonly attributes: PathAttributes;
  /** What a Service may set by annotation. */
  readonly serviceMaySet: readonly AttributeName[];
  /** Bytes per second; left out: no link bandwidth is said. */
  readonly linkBandwidthPerEndpoint?: number;
  /** Which nodes may be next hops; left out: all. */
  readonly nodeSelector?: LabelSelector;
  /** At most so many next hops of an address; left out: all. */
  readonly maxNextHops?: number;
  /** The length of the prefixes that cover its addresses and are announced for them; left out: none. */
  readonly aggregationLength?: number;
}

/** What a peer is told. */
export interface PeerExport {
  /** Said of every path, unless Eip or Service say otherwise. */
  readonly attributes: PathAttributes;
  /** At most so many prefixes are announced. */
  readonly maxPrefixes?: number;
  /** Which Eips, which Services, and which nodes as next hops it hears of; left out: all. */
  readonly eipSelector?: LabelSelector;
  readonly serviceSelector?: LabelSelector;
  readonly nodeSelector?: LabelSelector;
}

/** How nodes are taken out (docs/policy.md). */
export interface Drain {
  /** Seconds from the beginning of a node's drain until its paths are withdrawn. */
  readonly withdrawAfter: number;
  /** No withdrawal leaves an address fewer next hops than these. */
  readonly minNextHops: number;
  /** A cordoned node is drained. */
  readonly onCordon: boolean;
}

/** Who opens sessions with a leaf switch: every manager, or the agents of the selected nodes. */
export type Speakers =
  | { readonly type: "Managers" }
  | { readonly type: "Agents"; readonly nodeSelector: LabelSelector };

/** `Eip.spec.bgp`. */
export const eipBgp = section({
  ...attributeFields,
  serviceMaySet: list(oneOf(...attributeNames as [AttributeName, ...AttributeName[]])).optional()
    .describe("Which of these a Service may set by annotation; none where nothing is said."),
  linkBandwidthPerEndpoint: wholeNumber(1, 1_000_000_000_000).optional().describe(
    "Bytes per second that a ready endpoint stands for in the link bandwidth of a node's path, for Services of externalTrafficPolicy Local; not said where nothing is said.",
  ),
  nodeSelector: labelSelectorSchema.optional()
    .describe("Only nodes with these labels are next hops; all where nothing is said."),
  maxNextHops: wholeNumber(1, 255).optional().describe(
    "At most so many next hops of an address, chosen for each address by rendezvous hashing; all where nothing is said.",
  ),
  aggregationLength: wholeNumber(8, 128).optional().describe(
    "The addresses are announced by the prefixes of this length that cover them, as long as one address of a prefix is live; each address by itself where nothing is said.",
  ),
}).describe("How the addresses are announced.");

/** Reads `Eip.spec.bgp`. */
export function readEipBgp(said: z.infer<typeof eipBgp>): EipBgp {
  const { serviceMaySet, linkBandwidthPerEndpoint, nodeSelector, maxNextHops } = said;
  const { aggregationLength } = said;
  return {
    attributes: readAttributes(said),
    serviceMaySet: serviceMaySet ?? [],
    ...(linkBandwidthPerEndpoint === undefined ? {} : { linkBandwidthPerEndpoint }),
    ...(nodeSelector && { nodeSelector: readLabelSelector(nodeSelector) }),
    ...(maxNextHops === undefined ? {} : { maxNextHops }),
    ...(aggregationLength === undefined ? {} : { aggregationLength }),
  };
}

/** `BgpPeer.spec.nextHop`. */
export const peerNextHop = oneOf("node", "self").describe(
  "The next hop that the leaf switch is told: node, the nodes that serve (a third party to the session), or self, our own address of the session; node where nothing is said.",
);

/** `BgpPeer.spec.export`. */
export const peerExport = section({
  ...attributeFields,
  maxPrefixes: wholeNumber(0, 4294967295).optional()
    .describe("At most so many prefixes are announced; 1000000 where nothing is said."),
  eipSelector: labelSelectorSchema.optional()
    .describe("Only addresses of Eips with these labels; all where nothing is said."),
  serviceSelector: labelSelectorSchema.optional()
    .describe("Only Services with these labels; all where nothing is said."),
  nodeSelector: labelSelectorSchema.optional()
    .describe("Only nodes with these labels as next hops; all where nothing is said."),
}).describe("What the leaf switch is told, and what is said of it.");

/** Reads `BgpPeer.spec.export`. */
export function readPeerExport(said: z.infer<typeof peerExport>): PeerExport {
  const { maxPrefixes, eipSelector, serviceSelector, nodeSelector } = said;
  return {
    attributes: readAttributes(said),
    ...(maxPrefixes === undefined ? {} : { maxPrefixes }),
    ...(eipSelector && { eipSelector: readLabelSelector(eipSelector) }),
    ...(serviceSelector && { serviceSelector: readLabelSelector(serviceSelector) }),
    ...(nodeSelector && { nodeSelector: readLabelSelector(nodeSelector) }),
  };
}
