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
  readonly #byService = new Map<string, readonly EndpointSlice[]>();
  readonly #endpoints = new Map<string, Endpoints>();

  /** Takes the slices of a snapshot. */
  update(slices: readonly EndpointSlice[]): void {
    const { removed, added } = delta(this.#slices, slices);
    this.#slices = slices;
    const touched = new Set<string>();
    for (const slice of removed) {
      const key = keyOf(slice);
      touched.add(key);
      this.#byService.set(key, (this.#byService.get(key) ?? []).filter((each) => each !== slice));
    }
    for (const slice of added) {
      const key = keyOf(slice);
      touched.add(key);
      this.#byService.set(key, [...this.#byService.get(key) ?? [], slice]);
    }
    for (const key of touched) this.#renew(key);
  }

  /** The endpoints of a Service. */
  of(namespace: string, name: string): Endpoints {
    return this.#endpoints.get(`${namespace}/${name}`) ?? noEndpoints;
  }

  #renew(key: string): void {
    const slices = this.#byService.get(key) ?? [];
    if (slices.length === 0) {
      this.#byService.delete(key);
      this.#endpoints.delete(key);
      return;
    }
    const before = this.#endpoints.get(key);
    const now = { 4: serving(slices, 4), 6: serving(slices, 6) };
    if (before === undefined || !same(before[4], now[4]) || !same(before[6], now[6])) {
      this.#endpoints.set(key, now);
    }
  }
}

function keyOf(slice: EndpointSlice): string {
  return `${slice.ref.namespace}/${slice.service}`;
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
