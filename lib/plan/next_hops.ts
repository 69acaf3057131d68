/**
 * Which nodes are next hops (design decision 6). A node is eligible when it is Ready, stays, is not
 * labelled node.kubernetes.io/exclude-from-external-load-balancers, has its network, and has an
 * InternalIP of the family; the first one is the next hop. A node without IPv4 takes IPv4 at its IPv6
 * address, for peers that can be told so (RFC 8950). A cordoned node still serves.
 *
 * @module
 */

import { type Path, type PathAttributes, plainAttributes } from "../bgp/model/mod.ts";
import {
  type Address,
  type AddressKey,
  addressKey,
  compareAddresses,
  type Family,
  formatPrefix,
  sameAddress,
} from "../net/mod.ts";
import { type LabelSelector, type Node, selects } from "../objects/mod.ts";
import { drainedAttributes, type DrainPhase } from "./drain.ts";
import type { Serving } from "./endpoints.ts";
import type { NextHop, NodeOut } from "./model.ts";
import { PodNetworks } from "./safety.ts";

/** Which nodes may take the packets: every eligible one, or only those with an endpoint. */
export type TrafficPolicy = "Cluster" | "Local";

/** So many answers for Local are kept: Services whose endpoints are on the same nodes share one. */
const mostKept = 4096;

/** What beside its own health decides on a node. */
export interface NodeRules {
  /** The peers that hear of the node; undefined: all. */
  readonly hearers: (node: Node) => readonly string[] | undefined;
  readonly phase: (node: Node) => DrainPhase | undefined;
  /** Whether Eips select nodes by labels. */
  readonly labelsMatter: boolean;
  /** No fewer next hops than these because nodes leave. */
  readonly floor: number;
  /** The names of nodes that BFD has lost. */
  readonly unreachable: ReadonlySet<string>;
}

interface Judging {
  readonly rules: NodeRules;
  readonly selector: LabelSelector | undefined;
}

/** All nodes are for all peers, and none is drained. */
export const noRules: NodeRules = {
  hearers: () => undefined,
  phase: () => undefined,
  labelsMatter: false,
  floor: 0,
  unreachable: new Set(),
};

/** The verdicts on all nodes. */
export class NodeTable {
  /** Says everything that the table depends on. */
  readonly signature: string;
  /** The addresses of nodes that are drained, and of those among them that leave. */
  readonly drained: ReadonlySet<AddressKey>;
  readonly leaving: ReadonlySet<AddressKey>;
  /** No fewer next hops than these because nodes leave. */
  readonly floor: number;
  readonly #rules: NodeRules;
  readonly podNetworks: PodNetworks;
  readonly #nodes: readonly Node[];
  readonly #selected = new WeakMap<LabelSelector, NodeTable>();
  readonly #verdicts: Readonly<Record<Family, readonly NextHop[]>>;
  readonly #byNode: Readonly<Record<Family, ReadonlyMap<string, Path>>>;
  readonly #cluster: Readonly<Record<Family, readonly Path[]>>;
  readonly #local: Readonly<Record<Family, Map<Serving, readonly Path[]>>>;

  /** Judges nodes, given in the order of their names; with a selector, those it means. */
  constructor(nodes: readonly Node[], rules: NodeRules, selector?: LabelSelector) {
    this.signature = signature(nodes, rules);
    this.floor = rules.floor;
    this.#rules = rules;
    this.#nodes = nodes;
    this.podNetworks = new PodNetworks(nodes);
    const drained = nodes.filter((node) => rules.phase(node) !== undefined);
    this.drained = addressesOf(drained);
    this.leaving = addressesOf(drained.filter((node) => rules.phase(node) === "leaving"));
    this.#verdicts = byFamily((family) =>
      nodes.map((node) => verdict(node, family, { rules, selector }))
    );
    const said = new Map(nodes.map((node) => [node.ref.name, attributesOf(node, rules)]));
    this.#byNode = byFamily((family) => pathsByNode(this.#verdicts[family], said));
    this.#cluster = byFamily((family) => inOrder([...this.#byNode[family].values()]));
    this.#local = byFamily(() => new Map());
  }

  /** The paths of an address, in the order of next hops, each once. */
  paths(policy: TrafficPolicy, family: Family, serving: Serving): readonly Path[] {
    if (!serving.any) return none;
    if (policy === "Cluster") return this.#cluster[family];
    const kept = this.#local[family];
    const known = kept.get(serving);
    if (known !== undefined) return known;
    const paths: Path[] = [];
    for (const node of serving.nodes) {
      const path = this.#byNode[family].get(node);
      if (path !== undefined) paths.push(path);
    }
    const made = inOrder(paths);
    if (kept.size >= mostKept) kept.clear();
    kept.set(serving, made);
    return made;
  }

  /** The same nodes, of which only those are in that the selector means. */
  selecting(selector: LabelSelector | undefined): NodeTable {
    if (selector === undefined) return this;
    const known = this.#selected.get(selector) ?? new NodeTable(this.#nodes, this.#rules, selector);
    this.#selected.set(selector, known);
    return known;
  }

  /** The path through a node; undefined when it is out. */
  path(node: string, family: Family): Path | undefined {
    return this.#byNode[family].get(node);
  }

  /** Every node that is considered for an address, in the order of names: in, or out and why. */
  nextHops(policy: TrafficPolicy, family: Family, serving: Serving): readonly NextHop[] {
    const verdicts = this.#verdicts[family];
    if (policy === "Cluster") return serving.any ? verdicts : none;
    const wanted = new Set(serving.nodes);
    const hops = verdicts.map((each): NextHop => {
      const here = wanted.delete(each.node);
      if (here || each.out !== undefined) return each;
      return { node: each.node, family, out: "NoLocalEndpoint" };
    });
    for (const node of wanted) hops.push({ node, family, out: "UnknownNode" });
    return hops.sort((a, b) => a.node < b.node ? -1 : 1);
  }
}

/** Judges all nodes; gives `before` itself when it would say the same. */
export function judgeNodes(
  nodes: readonly Node[],
  before?: NodeTable,
  rules: NodeRules = noRules,
): NodeTable {
  const sorted = [...nodes].sort((a, b) => a.ref.name < b.ref.name ? -1 : 1);
  return before?.signature === signature(sorted, rules) ? before : new NodeTable(sorted, rules);
}

function signature(nodes: readonly Node[], rules: NodeRules): string {
  const lines = nodes.map((node) => {
    const lost = rules.unreachable.has(node.ref.name);
    // Of nobody is another answer than of all.
    const said = [JSON.stringify(rules.hearers(node)), rules.phase(node), lost].join(" ");
    return `${signatureOf(node)} ${said}${rules.labelsMatter ? JSON.stringify(node.labels) : ""}`;
  });
  return [rules.floor, ...lines].join("\n");
}

function addressesOf(nodes: readonly Node[]): ReadonlySet<AddressKey> {
  return new Set(nodes.flatMap((node) =>
    families.flatMap((family) => {
      const address = addressOf(node, family);
      return address === undefined ? [] : [addressKey(address)];
    })
  ));
}

/** What the path through a node says, whatever it leads to. */
function attributesOf(node: Node, rules: NodeRules): PathAttributes {
  const onlyTo = rules.hearers(node);
  const drained = rules.phase(node) === undefined ? plainAttributes : drainedAttributes;
  return onlyTo === undefined ? drained : { ...drained, onlyTo };
}

/** What each node is, as far as no Service matters: in, or out and why; in the order of names. */
export function nodeVerdicts(
  nodes: readonly Node[],
  family: Family,
  unreachable?: ReadonlySet<string>,
): readonly NextHop[] {
  const rules = unreachable === undefined ? noRules : { ...noRules, unreachable };
  return judgeNodes(nodes, undefined, rules).nextHops("Cluster", family, {
    any: true,
    nodes: [],
  });
}

const none: readonly never[] = [];
const families = [4, 6] as const;

function byFamily<T>(of: (family: Family) => T): Readonly<Record<Family, T>> {
  return { 4: of(4), 6: of(6) };
}

const signatures = new WeakMap<Node, string>();

function signatureOf(node: Node): string {
  const known = signatures.get(node);
  if (known !== undefined) return known;
  const first = (family: Family): string => String(addressOf(node, family)?.value);
  const pods = (node.podNetworks ?? []).map(formatPrefix).join();
  const signature = [node.ref.name, verdictOut(node), first(4), first(6), pods].join(" ");
  signatures.set(node, signature);
  return signature;
}

function verdict(node: Node, family: Family, { rules, selector }: Judging): NextHop {
  const name = node.ref.name;
  const address = addressOf(node, family) ?? addressOf(node, 6);
  const isMeant = selector === undefined || selects(selector, node.labels);
  const out = verdictOut(node) ?? (rules.unreachable.has(name) ? "Unreachable" : undefined) ??
    (isMeant ? undefined : "NotSelected") ??
    (address === undefined ? "NoInternalIp" : undefined);
  if (out !== undefined || address === undefined) {
    return { node: name, family, out: out ?? "NoInternalIp" };
  }
  return { node: name, family, address };
}

function verdictOut(node: Node): NodeOut | undefined {
  if (!node.ready) return "NotReady";
  if (node.deleting) return "Deleting";
  if (node.excluded) return "Excluded";
  return node.networkUnavailable ? "NetworkUnavailable" : undefined;
}

function addressOf(node: Node, family: Family): Address | undefined {
  return node.internalIps.find((each) => each.family === family);
}

/** The path through each node that is in. */
function pathsByNode(
  verdicts: readonly NextHop[],
  said: ReadonlyMap<string, PathAttributes>,
): ReadonlyMap<string, Path> {
  const found = new Map<string, Path>();
  for (const { node, address } of verdicts) {
    if (address === undefined) continue;
    found.set(node, { nextHop: address, attributes: said.get(node) ?? plainAttributes });
  }
  return found;
}

/** Paths in the order of next hops, each once. */
function inOrder(paths: Path[]): readonly Path[] {
  paths.sort((a, b) => compareAddresses(a.nextHop, b.nextHop));
  return paths.filter(({ nextHop }, index) => {
    const before = paths[index - 1];
    return before === undefined || !sameAddress(before.nextHop, nextHop);
  });
}
