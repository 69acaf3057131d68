/**
 * Weights for unequal next hops: a node's path says a link bandwidth (draft-ietf-idr-link-bandwidth) for
 * the endpoints that are ready there, and the leaf spreads flows accordingly. Only for Services of
 * externalTrafficPolicy Local, whose packets a node gives to its own endpoints.
 *
 * What is said moves in steps of half an octave (a factor of 1.41), and only when the exact value has
 * left the step by a quarter more: endpoints that come and go at the edge of a step change nothing.
 *
 * @module
 */

import type { Path, PathAttributes, Route } from "../bgp/model/mod.ts";
import { type AddressKey, addressKey, type Family, type PrefixKey, prefixKey } from "../net/mod.ts";
import type { NodeTable } from "./next_hops.ts";

/** How many endpoints are on each node, by the node's name, and what each of them stands for. */
export interface Weights {
  readonly counts: ReadonlyMap<string, number>;
  readonly family: Family;
  /** Bytes per second. */
  readonly perEndpoint: number;
}

/** Paths with exact link bandwidths, in bytes per second. */
export function weighted(
  paths: readonly Path[],
  nodes: NodeTable,
  weights: Weights,
): readonly Path[] {
  const endpoints = new Map<AddressKey, number>();
  for (const [node, count] of weights.counts) {
    const path = nodes.path(node, weights.family);
    if (path === undefined) continue;
    const key = addressKey(path.nextHop);
    endpoints.set(key, (endpoints.get(key) ?? 0) + count);
  }
  return paths.map(({ nextHop, attributes }) => {
    const linkBandwidth = (endpoints.get(addressKey(nextHop)) ?? 0) * weights.perEndpoint;
    return { nextHop, attributes: { ...attributes, linkBandwidth } };
  });
}

type Steps = ReadonlyMap<AddressKey, number>;

/** Turns exact link bandwidths into steps, from one plan to the next. */
export class LinkBandwidths {
  #steps: ReadonlyMap<
    PrefixKey,
    { readonly from: Route; readonly to: Route; readonly steps: Steps }
  > = new Map();

  /** The routes as they are to be said; those without link bandwidth are the same objects. */
  steady(routes: readonly Route[]): readonly Route[] {
    if (this.#steps.size === 0 && !routes.some(isWeighted)) return routes;
    const before = this.#steps;
    const now = new Map<PrefixKey, { from: Route; to: Route; steps: Steps }>();
    const said = routes.map((route) => {
      if (!isWeighted(route)) return route;
      const key = prefixKey(route.prefix);
      const known = before.get(key);
      const next = known?.from === route ? known : { from: route, ...stepped(route, known?.steps) };
      now.set(key, next);
      return next.to;
    });
    this.#steps = now;
    return now.size === 0 ? routes : said;
  }
}

/** All paths of a route have one or none has: one is looked at, in each pass and of every route. */
function isWeighted({ paths }: Route): boolean {
  return paths[0]?.attributes.linkBandwidth !== undefined;
}

function stepped(route: Route, before: Steps = new Map()): { to: Route; steps: Steps } {
  const steps = new Map<AddressKey, number>();
  const paths = route.paths.map((path): Path => {
    const exact = path.attributes.linkBandwidth;
    if (exact === undefined || exact <= 0) return path;
    const key = addressKey(path.nextHop);
    const step = stepOf(exact, before.get(key));
    steps.set(key, step);
    const attributes: PathAttributes = { ...path.attributes, linkBandwidth: 2 ** (step / 2) };
    return { ...path, attributes };
  });
  return { to: { ...route, paths }, steps };
}

/** The step of a value; the one of before as long as the value is near it. */
function stepOf(value: number, before: number | undefined): number {
  const exact = 2 * Math.log2(value);
  return before !== undefined && Math.abs(exact - before) <= 0.75 ? before : Math.round(exact);
}
