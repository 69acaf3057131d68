/**
 * Port 179 for leaf switches that can connect to no other, where another daemon holds it:
 * `BgpPeer.spec.usingPortForward`.
 *
 * @module
 */

import type { HostForward } from "../host/mod.ts";
import { type AddressKey, addressKey } from "../net/mod.ts";
import { type BgpPeer, selects, type Snapshot } from "../objects/mod.ts";
import type { Refusal } from "../refusal/mod.ts";
import { byRef, inForce } from "./order.ts";

const bgpPort = 179;

/**
 * What a node forwards while somebody listens on the BgpConf's port there, in the order of the peers'
 * names. Nothing where that port is 179 itself.
 */
export function portForwards(
  objects: Pick<Snapshot, "bgpConfs" | "bgpPeers" | "nodes">,
  nodeName: string,
): readonly HostForward[] {
  const conf = inForce(objects.bgpConfs);
  const node = objects.nodes.find(({ ref }) => ref.name === nodeName);
  if (conf === undefined || node === undefined || conf.spec.port === bgpPort) return [];
  const seen = new Set<AddressKey>();
  return objects.bgpPeers.filter((each) => !each.deleting && each.spec.usingPortForward)
    .filter((each) => portForwardRefusal(each) === undefined && concerns(each, node.labels))
    .sort(byRef)
    .flatMap(({ spec }) => {
      const from = spec.neighborAddress;
      if (seen.has(addressKey(from))) return [];
      seen.add(addressKey(from));
      const own = spec.sourceAddress === undefined ? node.internalIps : [spec.sourceAddress];
      return own.filter(({ family }) => family === from.family)
        .map((to) => ({ from, to, port: conf.spec.port }));
    });
}

/** A peer of agents concerns the nodes that it selects; one of the managers, wherever one listens. */
function concerns({ spec }: BgpPeer, labels: Readonly<Record<string, string>>): boolean {
  return spec.speakers.type === "Managers" || selects(spec.speakers.nodeSelector, labels);
}

/** Why a peer's connections to port 179 cannot be forwarded; the session is planned all the same. */
export function portForwardRefusal({ ref, spec }: BgpPeer): Refusal | undefined {
  if (!spec.usingPortForward) return undefined;
  const why = whyNot(spec);
  if (why === undefined) return undefined;
  const message = `Cannot use spec.usingPortForward: ${why}; the session comes up without it, on ` +
    "the port of the BgpConf";
  return { object: ref, reason: "PeerUnsupported", message };
}

/** What a node's kernel says against the rules of `portForwards`; nothing where it says nothing. */
export function forwardRefusals(
  { bgpConfs }: Pick<Snapshot, "bgpConfs">,
  error: string | undefined,
): readonly Refusal[] {
  const conf = inForce(bgpConfs);
  if (error === undefined || conf === undefined) return [];
  const message = `Cannot forward port ${bgpPort} to port ${conf.spec.port}: ${error}`;
  return [{ object: conf.ref, reason: "PortForwardFailed", message }];
}

function whyNot(spec: BgpPeer["spec"]): string | undefined {
  if (spec.listenRange !== undefined) {
    return "a range would take other peers' connections away from the daemon that holds port 179";
  }
  if (spec.interface !== undefined) return "a link-local address is no address of one node";
  // RFC 2385 section 2.0: the digest is taken over the TCP header, ports included.
  if (spec.passwordSecretRef !== undefined) {
    return "with spec.passwordSecretRef each segment is signed with its port, and " +
      "forwarding changes that";
  }
  return undefined;
}
