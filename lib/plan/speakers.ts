/**
 * Who speaks to which peer: the managers, or the agents of the nodes that a BgpPeer selects. Of several
 * BgpPeers with one address and port each speaker has the oldest; a younger one that meets it at any speaker is
 * refused as a whole, so that nobody has to look for where half of it is in force.
 *
 * @module
 */

import { formatAddress, formatPrefix } from "../net/mod.ts";
import { type BgpPeer, type Node, selects } from "../objects/mod.ts";

/** A BgpPeer and the nodes whose agents speak to it; undefined where the managers do. */
export interface SpokenTo {
  readonly peer: BgpPeer;
  readonly nodes: readonly string[] | undefined;
}

/** Two BgpPeers of one address and port that meet at a speaker. */
export interface Meeting {
  readonly younger: BgpPeer;
  readonly older: BgpPeer;
}

/** Finds the speakers of peers; looks at the labels of all nodes only when nodes changed. */
export class SpeakersOf {
  #nodes: readonly Node[] | undefined;
  #known = new WeakMap<BgpPeer, SpokenTo>();

  /** The speakers of peers that are given oldest first. */
  of(
    peers: readonly BgpPeer[],
    nodes: readonly Node[],
  ): { readonly spokenTo: readonly SpokenTo[]; readonly meetings: readonly Meeting[] } {
    if (nodes !== this.#nodes) this.#known = new WeakMap();
    this.#nodes = nodes;
    const byEndpoint = new Map<string, SpokenTo[]>();
    const spokenTo: SpokenTo[] = [];
    const meetings: Meeting[] = [];
    for (const peer of peers) {
      const key = endpointOf(peer);
      const others = byEndpoint.get(key) ?? [];
      const one = this.#speakersOf(peer, nodes);
      const older = others.find((other) => meet(one, other));
      if (older !== undefined) meetings.push({ younger: peer, older: older.peer });
      else {
        spokenTo.push(one);
        byEndpoint.set(key, [...others, one]);
      }
    }
    return { spokenTo, meetings };
  }

  #speakersOf(peer: BgpPeer, nodes: readonly Node[]): SpokenTo {
    const known = this.#known.get(peer) ?? { peer, nodes: selected(peer, nodes) };
    this.#known.set(peer, known);
    return known;
  }
}

/**
 * What tells a neighbour from others: two may share an address and listen on ports of their own, but
 * of those that connect to us by one address only one can be known.
 */
function endpointOf({ spec }: BgpPeer): string {
  const zone = spec.interface === undefined ? "" : `%${spec.interface}`;
  if (spec.listenRange !== undefined) return `${formatPrefix(spec.listenRange.prefix)}${zone}`;
  const port = spec.passiveMode ? "passive" : spec.remotePort;
  return `${formatAddress(spec.neighborAddress)}${zone} ${port}`;
}

/** Whether the peer asks the agent of a node with these labels to speak. */
export function asksAgentOf(
  { deleting, spec: { speakers } }: BgpPeer,
  labels: Readonly<Record<string, string>>,
): boolean {
  return !deleting && speakers.type === "Agents" && selects(speakers.nodeSelector, labels);
}

function selected({ spec }: BgpPeer, nodes: readonly Node[]): readonly string[] | undefined {
  const { speakers } = spec;
  if (speakers.type === "Managers") return undefined;
  return nodes.filter((node) => selects(speakers.nodeSelector, node.labels))
    .map((node) => node.ref.name).sort();
}

function meet(a: SpokenTo, b: SpokenTo): boolean {
  if (a.nodes === undefined || b.nodes === undefined) return a.nodes === b.nodes;
  const nodes = new Set(a.nodes);
  return b.nodes.some((node) => nodes.has(node));
}
