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

/** How the addresses of an Eip are announced. */
export interface EipBgp {
  readonly attributes: PathAttributes;
  /** What a Service may set by annotation. */
  readonly serviceMaySet: readonly AttributeName[];
  /** Bytes per second; left out: no link bandwidth is said. */
  readonly linkBandwidthPerEndpoint?: number;
}

/** What a peer is told. */
export interface PeerExport {
  /** Said of every path, unless Eip or Service say otherwise. */
  readonly attributes: PathAttributes;
  /** At most so many prefixes are announced. */
  readonly maxPrefixes?: number;
}

/** `Eip.spec.bgp`. */
export const eipBgp = section({
  ...attributeFields,
  serviceMaySet: list(oneOf(...attributeNames as [AttributeName, ...AttributeName[]])).optional()
    .describe("Which of these a Service may set by annotation; none where nothing is said."),
  linkBandwidthPerEndpoint: wholeNumber(1, 1_000_000_000_000).optional().describe(
    "Bytes per second that a ready endpoint stands for in the link bandwidth of a node's path, for Services of externalTrafficPolicy Local; not said where nothing is said.",
  ),
}).describe("How the addresses are announced.");

/** Reads `Eip.spec.bgp`. */
export function readEipBgp(said: z.infer<typeof eipBgp>): EipBgp {
  const { serviceMaySet, linkBandwidthPerEndpoint } = said;
  return {
    attributes: readAttributes(said),
    serviceMaySet: serviceMaySet ?? [],
    ...(linkBandwidthPerEndpoint === undefined ? {} : { linkBandwidthPerEndpoint }),
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
}).describe("What the leaf switch is told, and what is said of it.");

/** Reads `BgpPeer.spec.export`. */
export function readPeerExport(said: z.infer<typeof peerExport>): PeerExport {
  const { maxPrefixes } = said;
  return {
    attributes: readAttributes(said),
    ...(maxPrefixes === undefined ? {} : { maxPrefixes }),
  };
}
