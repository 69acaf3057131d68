/**
 * `spec.transport` of a BgpPeer, and what of it contradicts the rest of the spec: the two fields of
 * 2020, and how the sockets of the session are made. The CRD says the same in CEL (scripts/crds.ts).
 *
 * @module
 */

import { z } from "zod";
import { type Address, isLinkLocal, parseAddress, unmapped } from "../net/mod.ts";
import { flag, section, textThat, wholeNumber } from "./field.ts";

/** The address of a router or of ourselves; undefined when the text is none that a host can have. */
export function hostAddress(text: string): Address | undefined {
  const read = parseAddress(text);
  const address = read === undefined ? undefined : unmapped(read);
  if (address === undefined || address.value === 0 || address.value === 0n) return undefined;
  const multicastOrReserved = address.family === 4
    ? address.value >= 0xe0000000
    : address.value >> 120n === 0xffn;
  return multicastOrReserved ? undefined : address;
}

/** As the kernel takes names: dev_valid_name of Linux. */
const interfacePattern = /^[^\s/:]{1,15}$/;

/** The fields of `spec.transport`. */
export const peerTransport = section({
  passiveMode: flag().optional().describe("Wait for the leaf switch to connect to us."),
  remotePort: wholeNumber(1, 65535).optional()
    .describe("The TCP port to connect to; 179 where nothing is said."),
  sourceAddress: textThat("an address of this host", (text) => hostAddress(text) !== undefined)
    .optional().describe("Our own address of the session: connect from it, be connected to on it."),
  interface: textThat("the name of a network interface", (text) => interfacePattern.test(text))
    .optional().describe(
      "The interface of the session; a link-local neighborAddress needs one.",
    ),
  ttlSecurity: wholeNumber(1, 254).optional().describe(
    "GTSM (RFC 5082): the leaf switch is at most so many hops away, 1 when directly connected; " +
      "packets from farther away are dropped. The leaf switch needs the same setting.",
  ),
  ebgpMultiHop: wholeNumber(1, 255).optional().describe(
    "The TTL of what we send: how many hops away the leaf switch may be; the system's, 64 as a " +
      "rule, where nothing is said.",
  ),
});

type Transport = z.infer<typeof peerTransport>;

/** What the fields of a spec say together that cannot be. */
export function checkTransport(
  spec: {
    readonly config: {
      readonly neighborAddress?: string | undefined;
      readonly listenRange?: string | undefined;
    };
    readonly transport?: Transport | undefined;
    readonly speakers?: { readonly type: string } | undefined;
  },
  context: z.RefinementCtx,
): void {
  const { transport = {} } = spec;
  // Of a range its first address tells what matters here.
  const said = spec.config.neighborAddress ?? spec.config.listenRange?.replace(/\/.*$/, "") ?? "";
  const neighbor = parseAddress(said);
  const local = neighbor !== undefined && isLinkLocal(neighbor);
  const source = hostAddress(transport.sourceAddress ?? "");
  const say = (field: keyof Transport & string, message: string): void =>
    context.addIssue({ code: "custom", path: ["transport", field], message });
  if (source !== undefined && neighbor !== undefined && source.family !== neighbor.family) {
    say("sourceAddress", "must be of the family of the neighbour");
  }
  if (source !== undefined && spec.speakers?.type === "Agents") {
    say("sourceAddress", "cannot be one address for the agents of all nodes");
  }
  if (local && transport.interface === undefined) {
    say("interface", "is required: the neighbour is link-local");
  }
  if (transport.ttlSecurity !== undefined && transport.ebgpMultiHop !== undefined) {
    say("ebgpMultiHop", "cannot stand beside ttlSecurity, which sends with a TTL of 255");
  }
  if (local && (transport.ebgpMultiHop ?? 1) > 1) {
    say("ebgpMultiHop", "cannot be: no router forwards packets of a link-local address");
  }
  if (local && (transport.ttlSecurity ?? 1) > 1) {
    say("ttlSecurity", "must be 1: no router forwards packets of a link-local address");
  }
}

/** Fields as the noun has them. */
export interface PeerTransport {
  readonly sourceAddress?: Address;
  readonly interface?: string;
  readonly ttlSecurity?: number;
  readonly ebgpMultiHop?: number;
}

/** What was said, without what was not. */
export function readTransport(transport: Transport = {}): PeerTransport {
  const { interface: name, ttlSecurity, ebgpMultiHop } = transport;
  const sourceAddress = hostAddress(transport.sourceAddress ?? "");
  return {
    ...(sourceAddress !== undefined && { sourceAddress }),
    ...(name !== undefined && { interface: name }),
    ...(ttlSecurity !== undefined && { ttlSecurity }),
    ...(ebgpMultiHop !== undefined && { ebgpMultiHop }),
  };
}
