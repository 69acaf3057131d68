/**
 * The routes of covering prefixes (aggregation.ts). Each is there as long as one of its addresses is
 * announced, by whichever Service, and its next hops do not depend on which: they are all nodes that may
 * take packets of externalTrafficPolicy Cluster. Services that this is wrong for have routes of their own
 * beside it, which are more specific and so win (service_plan.ts, docs/adr/0037).
 *
 * @module
 */

import type { Route } from "../bgp/model/mod.ts";
import type { Assignment } from "../ipam/mod.ts";
import { type Prefix, type PrefixKey, prefixKey } from "../net/mod.ts";
import type { Aggregation } from "./aggregation.ts";
import { aggregateAttributes, pathsWith, type Policies } from "./attributes.ts";
import { chosenPaths } from "./chosen.ts";
import type { Serving } from "./endpoints.ts";
import type { NodeTable } from "./next_hops.ts";
import { sameItems } from "./order.ts";

/** What the routes are made of. */
export interface AggregatesInput {
  readonly aggregation: Aggregation;
  readonly nodes: NodeTable;
  readonly policies: Policies;
  /** The route that was last made for a prefix, where there is one still. */
  readonly known: (key: PrefixKey) => Route | undefined;
}

/** Somewhere is an endpoint: the Services see to that. */
const somewhere: Serving = { any: true, nodes: [] };

/** The routes of covering prefixes, in one plan. */
export class Aggregates {
  readonly #input: AggregatesInput;
  readonly #made = new Map<PrefixKey, Route | undefined>();

  /** Makes none yet. */
  constructor(input: AggregatesInput) {
    this.#input = input;
  }

  /**
   * The route that covers an announced address; undefined where it is announced by itself. The same
   * object for all addresses of a prefix, and from plan to plan while it says the same.
   */
  of({ address, pool, standing }: Assignment): Route | undefined {
    if (standing !== "InPool" && standing !== "PoolDisabled") return undefined;
    const prefix = this.#input.aggregation.prefixOf(pool, address);
    if (prefix === undefined) return undefined;
    const key = prefixKey(prefix);
    if (!this.#made.has(key)) this.#made.set(key, this.#make(prefix, pool));
    return this.#made.get(key);
  }

  #make(prefix: Prefix, pool: string): Route | undefined {
    const { nodes, policies, known } = this.#input;
    const attributes = aggregateAttributes(pool, policies);
    if (attributes === undefined) return undefined;
    const { nodeSelector, maxNextHops } = policies.eips.get(pool) ?? {};
    const table = nodes.selecting(nodeSelector);
    const all = table.paths("Cluster", prefix.address.family, somewhere);
    const { floor, drained, leaving } = table;
    const choice = { prefix, max: maxNextHops, floor, drained, leaving };
    const paths = chosenPaths(pathsWith(all, attributes), choice);
    if (paths.length === 0) return undefined;
    const before = known(prefixKey(prefix));
    return before !== undefined && sameItems(before.paths, paths) ? before : { prefix, paths };
  }
}
