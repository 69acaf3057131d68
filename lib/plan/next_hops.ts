/**
 * Which nodes are next hops (design decision 6). A node is eligible when it is Ready, stays, is not
 * labelled node.kubernetes.io/exclude-from-external-load-balancers, has its network, and has an
 * InternalIP of the family; the first one is the next hop. A cordoned node still serves.
 *
 * @module
 */

import { type Path, plainAttributes } from "../bgp/model/mod.ts";
import { type Address, addressKey, compareAddresses, type Family } from "../net/mod.ts";
import type { Node } from "../objects/mod.ts";
import type { Serving } from "./endpoints.ts";
import type { NextHop, NodeOut } from "./model.ts";

/** The verdicts of all nodes and the paths through those that are in. */
export interface Reach {
  /** In the order of node names. */
  readonly nextHops: readonly NextHop[];
  /** In the order of addresses, each once. */
  readonly paths: readonly Path[];
}

/** The verdicts on all nodes. Services of externalTrafficPolicy Cluster share one object. */
export interface NodeTable {
  /** Says everything that the table depends on. */
  readonly signature: string;
  readonly cluster: Readonly<Record<Family, Reach>>;
  /** Only nodes with an endpoint (externalTrafficPolicy Local). */
  local(family: Family, serving: Serving): Reach;
}

/** Judges all nodes; gives `before` itself when it would say the same. */
export function judgeNodes(nodes: readonly Node[], before?: NodeTable): NodeTable {
  const sorted = [...nodes].sort((a, b) => a.ref.name < b.ref.name ? -1 : 1);
  const signature = sorted.map(signatureOf).join("\n");
  if (before?.signature === signature) return before;
  const verdicts = {
    4: sorted.map((node) => verdict(node, 4)),
    6: sorted.map((node) => verdict(node, 6)),
  };
  return {
    signature,
    cluster: { 4: reach(verdicts[4]), 6: reach(verdicts[6]) },
    local: (family, serving) => local(verdicts[family], family, serving),
  };
}

const signatures = new WeakMap<Node, string>();

function signatureOf(node: Node): string {
  const known = signatures.get(node);
  if (known !== undefined) return known;
  const first = (family: Family): string => String(addressOf(node, family)?.value);
  const signature = [node.ref.name, verdictOut(node), first(4), first(6)].join(" ");
  signatures.set(node, signature);
  return signature;
}

function verdict(node: Node, family: Family): NextHop {
  const name = node.ref.name;
  const address = addressOf(node, family);
  const out = verdictOut(node) ?? (address === undefined ? "NoInternalIp" : undefined);
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

function local(verdicts: readonly NextHop[], family: Family, serving: Serving): Reach {
  const wanted = new Set(serving.nodes);
  const hops = verdicts.map((each): NextHop => {
    const here = wanted.delete(each.node);
    if (here || each.out !== undefined) return each;
    return { node: each.node, family, out: "NoLocalEndpoint" };
  });
  for (const node of wanted) hops.push({ node, family, out: "UnknownNode" });
  return reach(hops.sort((a, b) => a.node < b.node ? -1 : 1));
}

function reach(nextHops: readonly NextHop[]): Reach {
  const addresses = new Map(
    nextHops.flatMap(({ address }) =>
      address === undefined ? [] : [[addressKey(address), address]]
    ),
  );
  const paths = [...addresses.values()].sort(compareAddresses)
    .map((nextHop): Path => ({ nextHop, attributes: plainAttributes }));
  return { nextHops, paths };
}
