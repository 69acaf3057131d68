/**
 * `spec.config` of a BgpPeer: the leaf switch by its address, as in 2020, or, which is new, all leaf
 * switches that connect from a prefix (what routers call dynamic neighbours and a listen range).
 *
 * @module
 */

import type { z } from "zod";
import { type Address, parsePrefix, type Prefix, unmapped } from "../net/mod.ts";
import { section, textThat, wholeNumber } from "./field.ts";
import { hostAddress } from "./peer_transport.ts";

/** So many sessions of a range at once where nothing is said. */
export const defaultListenLimit = 100;

const router = "the IPv4 or IPv6 address of a router";

/** A prefix that routers can have addresses of. */
function routerPrefix(text: string): Prefix | undefined {
  const prefix = parsePrefix(text);
  if (prefix === undefined || prefix.length === 0) return undefined;
  const { address } = prefix;
  const isOfHosts = address.family === 4
    ? address.value < 0xe0000000
    : address.value >> 120n !== 0xffn && unmapped(address) === address;
  return isOfHosts ? prefix : undefined;
}

/** The schema of `spec.config`. */
export const peerNeighbor = section({
  peerAs: wholeNumber(1, 4294967295).describe("The leaf switch's autonomous system number."),
  localAs: wholeNumber(1, 4294967295).optional().describe(
    "Our autonomous system number towards this leaf switch, in place of the BgpConf's: it alone " +
      "stands in AS_PATH.",
  ),
  neighborAddress: textThat(router, (text) => hostAddress(text) !== undefined).optional()
    .describe("The leaf switch's IPv4 or IPv6 address."),
  listenRange: textThat(
    "a prefix of routers like 10.40.0.0/24",
    (text) => routerPrefix(text) !== undefined,
  ).optional().describe(
    "In place of neighborAddress: every leaf switch that connects from this prefix is a peer.",
  ),
  listenLimit: wholeNumber(1, 1000).optional().describe(
    `With listenRange: so many sessions at once at most; ${defaultListenLimit} where nothing is said.`,
  ),
}).superRefine(({ neighborAddress, listenRange, listenLimit }, context) => {
  const say = (field: string, message: string): void =>
    context.addIssue({ code: "custom", path: [field], message });
  if (neighborAddress === undefined && listenRange === undefined) {
    say("neighborAddress", `is required: ${router}`);
  }
  if (neighborAddress !== undefined && listenRange !== undefined) {
    say("listenRange", "cannot stand beside neighborAddress");
  }
  if (listenRange === undefined && listenLimit !== undefined) {
    say("listenLimit", "goes with listenRange only");
  }
});

/** Whom `spec.config` means. */
export interface PeerNeighbor {
  /** Of a range its first address, which stands for it. */
  readonly neighborAddress: Address;
  readonly listenRange?: { readonly prefix: Prefix; readonly limit: number };
}

/** Whom a config means; undefined when its texts are none that the schema lets pass. */
export function readNeighbor(
  { neighborAddress, listenRange, listenLimit = defaultListenLimit }: Pick<
    z.infer<typeof peerNeighbor>,
    "neighborAddress" | "listenRange" | "listenLimit"
  >,
): PeerNeighbor | undefined {
  const address = hostAddress(neighborAddress ?? "");
  if (address !== undefined) return { neighborAddress: address };
  const prefix = routerPrefix(listenRange ?? "");
  return prefix === undefined
    ? undefined
    : { neighborAddress: prefix.address, listenRange: { prefix, limit: listenLimit } };
}
