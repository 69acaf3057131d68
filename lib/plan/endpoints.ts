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

/** The endpoints of a Service that count. The same object as long as its slices are the same. */
export type Endpoints = Readonly<Record<Family, Serving>>;

const none: Serving = { any: false, nodes: [] };

/** A Service without slices. */
export const noEndpoints: Endpoints = { 4: none, 6: none };

/** Finds the endpoints of Services, following the slices from one snapshot to the next. */
export class EndpointIndex {
  #slices: readonly EndpointSlice[] = [];
  readonly #namespaces = new Map<string, Map<string, Backing>>();

  /** Takes the slices of a snapshot. */
  update(slices: readonly EndpointSlice[]): void {
    const { removed, added } = delta(this.#slices, slices);
    this.#slices = slices;
    const touched = new Set<Backing>();
    for (const slice of removed) {
      const backing = this.#backing(slice);
      backing.slices = backing.slices.filter((each) => each !== slice);
      touched.add(backing);
    }
    for (const slice of added) {
      const backing = this.#backing(slice);
      backing.slices = [...backing.slices, slice];
      touched.add(backing);
    }
    for (const backing of touched) renew(backing);
    for (const { ref, service } of removed) {
      const names = this.#namespaces.get(ref.namespace);
      if (names?.get(service)?.slices.length === 0) names.delete(service);
      if (names?.size === 0) this.#namespaces.delete(ref.namespace);
    }
  }

  /** The endpoints of a Service. */
  of(namespace: string, name: string): Endpoints {
    return this.#namespaces.get(namespace)?.get(name)?.endpoints ?? noEndpoints;
  }

  #backing({ ref, service }: EndpointSlice): Backing {
    const names = this.#namespaces.get(ref.namespace) ?? new Map<string, Backing>();
    const backing = names.get(service) ?? { slices: [], endpoints: noEndpoints };
    this.#namespaces.set(ref.namespace, names.set(service, backing));
    return backing;
  }
}

/** What stands behind one Service. */
interface Backing {
  slices: readonly EndpointSlice[];
  endpoints: Endpoints;
}

function renew(backing: Backing): void {
  const { slices, endpoints: before } = backing;
  const now = { 4: serving(slices, 4), 6: serving(slices, 6) };
  if (!same(before[4], now[4]) || !same(before[6], now[6])) backing.endpoints = now;
}

function serving(slices: readonly EndpointSlice[], family: Family): Serving {
  const all = slices
    .filter((slice) => slice.family === family && !slice.deleting)
    .flatMap((slice) => slice.endpoints);
  const ready = all.filter((each) => each.ready);
  const count = ready.length > 0 ? ready : all.filter(servingWhileTerminating);
  if (count.length === 0) return none;
  const nodes = new Set(count.flatMap((each) => each.nodeName ?? []));
  return { any: true, nodes: [...nodes].sort() };
}

function servingWhileTerminating(endpoint: Endpoint): boolean {
  return endpoint.serving && endpoint.terminating;
}

function same(a: Serving, b: Serving): boolean {
  return a.any === b.any && a.nodes.join(" ") === b.nodes.join(" ");
}
