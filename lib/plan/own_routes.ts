/**
 * What the agent of a node announces: of each route the path through its own node, and no route that
 * has none. Whether the node is a next hop was decided for all speakers alike (next_hops.ts).
 *
 * @module
 */

import type { Route } from "../bgp/model/mod.ts";
import { addressKey } from "../net/mod.ts";
import type { Node } from "../objects/mod.ts";

/** The routes of one node; the same object as before for the same route. */
export class OwnRoutes {
  readonly #name: string;
  #node: Node | undefined;
  #known = new WeakMap<Route, Route | undefined>();
  /** By the list that it was made of: of planned routes and of announced ones there may be two. */
  #lists = new WeakMap<readonly Route[], readonly Route[]>();

  /** For the node of this name. */
  constructor(name: string) {
    this.#name = name;
  }

  /** The parts of the routes that lead through the node; none when there is no such node. */
  of(routes: readonly Route[], nodes: readonly Node[]): readonly Route[] {
    const node = nodes.find((each) => each.ref.name === this.#name);
    if (node !== this.#node) [this.#known, this.#lists] = [new WeakMap(), new WeakMap()];
    this.#node = node;
    if (node === undefined) return none;
    const before = this.#lists.get(routes);
    if (before !== undefined) return before;
    const made = this.#made(routes, node);
    this.#lists.set(routes, made);
    return made;
  }

  #made(routes: readonly Route[], node: Node): readonly Route[] {
    const own = new Set(node.internalIps.map(addressKey));
    const made: Route[] = [];
    for (const route of routes) {
      if (!this.#known.has(route)) {
        const paths = route.paths.filter((path) => own.has(addressKey(path.nextHop)));
        this.#known.set(route, paths.length === 0 ? undefined : { ...route, paths });
      }
      const known = this.#known.get(route);
      if (known !== undefined) made.push(known);
    }
    return made;
  }
}

const none: readonly never[] = [];
