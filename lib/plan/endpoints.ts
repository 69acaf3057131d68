/**
 * Where a Service's endpoints are: all EndpointSlices of it, of the family of the address. Ready
 * endpoints count; when none is ready anywhere, those that still serve while they terminate do, as
 * kube-proxy does it.
 *
 * @module
 */

import type { Family } from "../net/mod.ts";
import type { Endpoint, EndpointSlice } from "../objects/mod.ts";
import { delta } from "./order.ts";

/** The endpoints of a Service that count, of one family. */
export interface Serving {
  /** Whether there is one at all, on a known node or not. */
  readonly any: boolean;
  /** The nodes they are on, sorted. */
  readonly nodes: readonly string[];
}

/** The endpoints of a Service that count. Mostly the same object for those that are on the same nodes. */
export type Endpoints = Readonly<Record<Family, Serving>>;

const none: Serving = { any: false, nodes: [] };

/** A Service without slices. */
export const noEndpoints: Endpoints = { 4: none, 6: none };

/** So many different sets of nodes are shared; in a large cluster hardly two Services have the same. */
const mostShared = 4096;

/** Names a Service. */
export interface ServiceName {
  readonly namespace: string;
  readonly name: string;
}

/** Nearly every Service has one slice, which then needs no list. */
type Slices = EndpointSlice | readonly EndpointSlice[];

/** Finds the endpoints of Services, following the slices from one snapshot to the next. */
export class EndpointIndex {
  #slices: readonly EndpointSlice[] = [];
  readonly #namespaces = new Map<string, Map<string, Slices>>();
  readonly #shared = new Map<string, Endpoints>();

  /** Takes the slices of a snapshot; gives the Services whose slices are others, some perhaps twice. */
  update(slices: readonly EndpointSlice[]): readonly ServiceName[] {
    const { removed, added } = delta(this.#slices, slices);
    this.#slices = slices;
    const touched: ServiceName[] = [];
    for (const slice of removed) {
      this.#put(slice, listOf(this.#get(slice)).filter((each) => each !== slice));
      touched.push(nameOf(slice));
    }
    for (const slice of added) {
      const others = this.#get(slice);
      this.#put(slice, others === undefined ? slice : [...listOf(others), slice]);
      touched.push(nameOf(slice));
    }
    return touched;
  }

  /** The endpoints of a Service; the same as `before`, that object itself. */
  of({ namespace, name }: ServiceName, before: Endpoints = noEndpoints): Endpoints {
    const slices = this.#namespaces.get(namespace)?.get(name);
    if (slices === undefined) return noEndpoints;
    const all = listOf(slices);
    const four = serving(all, 4);
    const six = serving(all, 6);
    if (same(before[4], four) && same(before[6], six)) return before;
    const key = `${keyOf(four)} ${keyOf(six)}`;
    const known = this.#shared.get(key);
    if (known !== undefined) return known;
    if (this.#shared.size >= mostShared) this.#shared.clear();
    const made = { 4: four, 6: six };
    this.#shared.set(key, made);
    return made;
  }

  /** How many endpoints of a Service that count are on each node. */
  counts({ namespace, name }: ServiceName, family: Family): ReadonlyMap<string, number> {
    const all = listOf(this.#namespaces.get(namespace)?.get(name));
    const counts = new Map<string, number>();
    const isCounted = nodesOf(all, family, isReady) === undefined
      ? servesWhileTerminating
      : isReady;
    for (const slice of all) {
      if (slice.family !== family || slice.deleting) continue;
      for (const endpoint of slice.endpoints.filter(isCounted)) {
        const { nodeName } = endpoint;
        if (nodeName !== undefined) counts.set(nodeName, (counts.get(nodeName) ?? 0) + 1);
      }
    }
    return counts;
  }

  #get({ ref, service }: EndpointSlice): Slices | undefined {
    return this.#namespaces.get(ref.namespace)?.get(service);
  }

  #put({ ref, service }: EndpointSlice, slices: Slices): void {
    const names = this.#namespaces.get(ref.namespace) ?? new Map<string, Slices>();
    const [first, ...others] = listOf(slices);
    if (first === undefined) names.delete(service);
    else names.set(service, others.length === 0 ? first : slices);
    if (names.size === 0) this.#namespaces.delete(ref.namespace);
    else this.#namespaces.set(ref.namespace, names);
  }
}

function nameOf({ ref, service }: EndpointSlice): ServiceName {
  return { namespace: ref.namespace, name: service };
}

function listOf(slices: Slices | undefined): readonly EndpointSlice[] {
  if (slices === undefined) return [];
  return "ref" in slices ? [slices] : slices;
}

function serving(slices: readonly EndpointSlice[], family: Family): Serving {
  return nodesOf(slices, family, isReady) ?? nodesOf(slices, family, servesWhileTerminating) ??
    none;
}

/** Undefined when no endpoint counts. */
function nodesOf(
  slices: readonly EndpointSlice[],
  family: Family,
  counts: (endpoint: Endpoint) => boolean,
): Serving | undefined {
  let any = false;
  const nodes: string[] = [];
  for (const slice of slices) {
    if (slice.family !== family || slice.deleting) continue;
    for (const endpoint of slice.endpoints) {
      if (!counts(endpoint)) continue;
      any = true;
      const { nodeName } = endpoint;
      if (nodeName !== undefined) nodes.push(nodeName);
    }
  }
  return any ? { any, nodes: distinct(nodes) } : undefined;
}

function distinct(nodes: string[]): readonly string[] {
  // A copy has room for just what is in it; it may be kept.
  if (isAscending(nodes)) return nodes.slice();
  nodes.sort();
  return nodes.filter((each, index) => index === 0 || each !== nodes[index - 1]);
}

function isAscending(nodes: readonly string[]): boolean {
  for (let at = 1; at < nodes.length; at++) {
    if ((nodes[at - 1] ?? "") >= (nodes[at] ?? "")) return false;
  }
  return true;
}

function isReady(endpoint: Endpoint): boolean {
  return endpoint.ready;
}

function servesWhileTerminating(endpoint: Endpoint): boolean {
  return endpoint.serving && endpoint.terminating;
}

function same(a: Serving, b: Serving): boolean {
  return a.any === b.any && a.nodes.length === b.nodes.length &&
    a.nodes.every((each, index) => each === b.nodes[index]);
}

function keyOf({ any, nodes }: Serving): string {
  return any ? `+${nodes.join()}` : "";
}
