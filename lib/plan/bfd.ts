/**
 * Which peers are watched with BFD, and how that is told.
 *
 * @module
 */

import type { BfdStatus, BfdTarget } from "../bfd/session/mod.ts";
import { isLinkLocal } from "../net/mod.ts";
import type { BgpConf, BgpPeer, Node } from "../objects/mod.ts";
import { formatTime } from "./conditions.ts";
import type { NodeBfdPlan } from "./model.ts";
import { nodeVerdicts } from "./next_hops.ts";
import { formatRef, type Refusal } from "../refusal/mod.ts";

/** The BFD session with a peer; undefined where none is asked for. */
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
  if (spec.listenRange !== undefined) return "a listenRange names no address to watch";
  return isLinkLocal(spec.neighborAddress) ? "the neighbour's address is link-local" : undefined;
}

/** How many hops away BGP expects the peer, at most. */
function hopsOf({ ebgpMultiHop = 1, ttlSecurity = 1 }: BgpPeer["spec"]): number {
  return Math.max(ebgpMultiHop, ttlSecurity);
}

/** Plans how nodes are watched; gives the same object while BgpConf and nodes are the same. */
export class NodeBfdPlanner {
  #conf: BgpConf | undefined;
  #nodes: readonly Node[] | undefined;
  #last: NodeBfdPlan | undefined;

  /** Undefined where the BgpConf asks for none. */
  plan(conf: BgpConf, nodes: readonly Node[]): NodeBfdPlan | undefined {
    if (conf === this.#conf && nodes === this.#nodes) return this.#last;
    this.#conf = conf;
    this.#nodes = nodes;
    this.#last = conf.spec.nodeBfd && nodeBfdPlan(conf.spec.nodeBfd, nodes);
    return this.#last;
  }
}

type NodeBfd = NonNullable<BgpConf["spec"]["nodeBfd"]>;

function nodeBfdPlan(said: NodeBfd, nodes: readonly Node[]): NodeBfdPlan {
  const { interval, detectMultiplier, maxUnreachable } = said;
  const targets = nodes.flatMap(({ ref, internalIps, deleting }): readonly BfdTarget[] => {
    const [address] = internalIps;
    if (address === undefined || deleting) return [];
    const intervals = { minTx: interval, minRx: interval, detectMult: detectMultiplier };
    return [{ name: formatRef(ref), address, encapsulation: "seamless", ...intervals }];
  });
  const eligible = new Set<string>();
  for (const family of [4, 6] as const) {
    for (const { node, out } of nodeVerdicts(nodes, family)) {
      if (out === undefined) eligible.add(node);
    }
  }
  return { targets, maxUnreachable, eligible };
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
