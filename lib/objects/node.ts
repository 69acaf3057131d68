/**
 * Node of v1: whether it may be a next hop, and at which addresses.
 *
 * A node without any condition counts as ready: in a directory of manifests nodes are plain servers
 * that nobody reports on. A node that has conditions, but no Ready among them, is not ready.
 *
 * @module
 */

import { type Address, parseAddress, parsePrefix, unmapped } from "../net/mod.ts";
import { type FieldFault, fieldWarning, flag, list, section, text } from "./field.ts";
import { defineKind } from "./kind.ts";
import type { Node } from "./model.ts";

/** A node with this label, whatever its value, is no next hop. */
export const excludeLabel = "node.kubernetes.io/exclude-from-external-load-balancers";

/** The annotation that drains a node: the time at which that began. `porter drain` writes it. */
export const drainAnnotation = "porter.kubesphere.io/drain";

/** The taint of a cordoned node. */
const cordonTaint = "node.kubernetes.io/unschedulable";

const status = section({
  conditions: list(section({ type: text(), status: text() })).optional(),
  addresses: list(section({ type: text(), address: text() })).optional(),
});

/** The kind Node. */
export const nodeKind = defineKind({
  kind: "Node",
  apiVersion: "v1",
  namespaced: false,
  schema: section({
    spec: section({
      unschedulable: flag().optional(),
      podCIDRs: list(text()).optional(),
      taints: list(section({ key: text(), timeAdded: text().optional() })).optional(),
    }).optional(),
    status: status.optional(),
  }),
  strictness: "near-misses",
  read(meta, body, warnings): Node {
    const conditions = body.status?.conditions ?? [];
    const says = (type: string): boolean =>
      conditions.some((each) => each.type === type && each.status === "True");
    return {
      ...meta,
      ready: conditions.length === 0 || says("Ready"),
      networkUnavailable: says("NetworkUnavailable"),
      excluded: Object.hasOwn(meta.labels, excludeLabel),
      unschedulable: body.spec?.unschedulable ?? false,
      ...podNetworks(body.spec?.podCIDRs ?? []),
      ...cordonedAt(body.spec?.taints ?? []),
      ...drain(meta.annotations[drainAnnotation], warnings),
      internalIps: internalIps(body.status?.addresses ?? [], warnings),
    };
  },
});

function podNetworks(texts: readonly string[]): Pick<Node, "podNetworks"> {
  const found = texts.flatMap((text) => parsePrefix(text) ?? []);
  return found.length === 0 ? {} : { podNetworks: found };
}

function cordonedAt(
  taints: readonly { readonly key: string; readonly timeAdded?: string | undefined }[],
): Pick<Node, "cordonedAt"> {
  const taint = taints.find(({ key }) => key === cordonTaint);
  const time = Date.parse(taint?.timeAdded ?? "");
  return Number.isNaN(time) ? {} : { cordonedAt: time };
}

/** Any text of the annotation drains the node; only a time (milliseconds since the epoch) says when it leaves. */
export function readDrain(said: string | undefined): Node["drain"] {
  if (said === undefined) return undefined;
  const since = Date.parse(said);
  return Number.isNaN(since) ? {} : { since };
}

function drain(said: string | undefined, warnings: FieldFault[]): Pick<Node, "drain"> {
  const read = readDrain(said);
  if (read === undefined) return {};
  if (read.since !== undefined) return { drain: read };
  const path = ["metadata", "annotations", drainAnnotation];
  const message =
    `"${said}" is not a time like 2026-01-31T12:00:00Z: the node is drained, but never ` +
    "withdrawn";
  warnings.push(fieldWarning(path, message));
  return { drain: read };
}

/** Addresses of type InternalIP only: a Hostname or an ExternalIP is no next hop. */
function internalIps(
  addresses: readonly { readonly type: string; readonly address: string }[],
  warnings: FieldFault[],
): Address[] {
  return addresses.flatMap(({ type, address: text }, index) => {
    if (type !== "InternalIP") return [];
    const address = parseAddress(text.trim());
    if (address !== undefined) return [unmapped(address)];
    const path = ["status", "addresses", index, "address"];
    warnings.push(fieldWarning(path, `"${text}" is not an IP address and is ignored`));
    return [];
  });
}
