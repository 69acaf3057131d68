/**
 * Which withdrawn routes may stay announced, and through what (docs/adr/0036). Never one whose address
 * another Service has by now, that no pool has any more, that safety forbids, or whose last node is being
 * drained: there somebody meant it, or somebody else would be hurt.
 *
 * @module
 */

import type { Path, PathAttributes, Route } from "../bgp/model/mod.ts";
import { mergeAttributes } from "../bgp/model/mod.ts";
import { type AddressKey, addressKey, isHostPrefix } from "../net/mod.ts";
import { type ObjectRef, sameRef } from "../refusal/mod.ts";
import { drainedAttributes } from "./drain.ts";
import type { Plan } from "./model.ts";
import type { NodeTable } from "./next_hops.ts";
import { sameItems } from "./order.ts";
import { isAggregate } from "./routes.ts";
import { isMartian } from "./safety.ts";

/** A route that was announced, and whose it was. */
export interface Withdrawn {
  readonly last: Route;
  readonly owners: readonly ObjectRef[];
}

/** Judges withdrawn routes by one plan. */
export class Holdable {
  readonly plan: Plan;
  #up: ReadonlySet<AddressKey> | undefined;
  /** Whether one of the Services that have an address now is among those that had it. */
  readonly #hasOwner = new Map<AddressKey, boolean>();

  /** Looks at nothing yet. */
  constructor(plan: Plan) {
    this.plan = plan;
  }

  /** Finds who has the addresses of these routes; to be called before they are judged. */
  lookAt(routes: Iterable<Withdrawn>): void {
    const owners = new Map<AddressKey, readonly ObjectRef[]>();
    for (const { last: { prefix }, owners: of } of routes) {
      // An aggregate is nobody's own.
      if (isHostPrefix(prefix)) owners.set(addressKey(prefix.address), of);
    }
    if (owners.size === 0) return;
    // An earlier call answered for the owners that it was given; its "yes" would be taken for these below.
    if (this.#hasOwner.size > 0) { for (const key of owners.keys()) this.#hasOwner.delete(key); }
    for (const { assignments, service } of this.plan.services) {
      for (const { address } of assignments) {
        const key = addressKey(address);
        const before = owners.get(key);
        if (before === undefined || this.#hasOwner.get(key) === true) continue;
        this.#hasOwner.set(key, before.some((each) => sameRef(each, service)));
      }
    }
  }

  /** The nodes that may be next hops by themselves, whatever they lead to. */
  get up(): ReadonlySet<AddressKey> {
    return this.#up ??= nextHopsUp(this.plan.everywhere.nodes);
  }

  /**
   * The route to go on with for one that was announced as `last`; undefined when it may not stay. Gives
   * `before` itself when it would be the same.
   */
  route(last: Route, before: Route = last): Route | undefined {
    const { address } = last.prefix;
    const { nodes, nodeAddresses, aggregation, pools } = this.plan.everywhere;
    // Some Eip must still ask for this very prefix, and nobody else have anything in it.
    if (isAggregate(last)) {
      return aggregation.mayCover(last.prefix) ? this.#through(last, before) : undefined;
    }
    if (isMartian(address) || nodeAddresses.has(addressKey(address))) return undefined;
    if (nodes.podNetworks.nodeOf(address) !== undefined) return undefined;
    const hasOwner = this.#hasOwner.get(addressKey(address)) ?? pools.find(address) !== undefined;
    return hasOwner ? this.#through(last, before) : undefined;
  }

  #through(last: Route, before: Route): Route | undefined {
    const paths = this.#paths(last.paths);
    if (paths.length === 0) return undefined;
    return sameItems(paths, before.paths) ? before : { ...last, paths };
  }

  /** Without nodes that are being drained; without those that are down as long as others are left. */
  #paths(last: readonly Path[]): readonly Path[] {
    const { leaving, drained } = this.plan.everywhere.nodes;
    const staying = last.filter((path) => !leaving.has(addressKey(path.nextHop)));
    const up = staying.filter(({ nextHop }) => this.up.has(addressKey(nextHop)));
    const kept = up.length > 0 ? up : staying;
    return drained.size === 0
      ? kept
      : kept.map((path) => drained.has(addressKey(path.nextHop)) ? drainedPath(path) : path);
  }
}

function nextHopsUp(nodes: NodeTable): ReadonlySet<AddressKey> {
  const all = { any: true, nodes: [] };
  const up = ([4, 6] as const).flatMap((family) => nodes.paths("Cluster", family, all));
  return new Set(up.map((each) => addressKey(each.nextHop)));
}

const drainedPaths = new WeakMap<Path, Path>();
const drainedSaid = new WeakMap<PathAttributes, PathAttributes>();

/** The path, saying that its node is drained; the same object for the same path. */
function drainedPath(path: Path): Path {
  const { nextHop, attributes } = path;
  if (attributes.communities?.includes(drainedAttributes.communities?.[0] ?? 0)) return path;
  const said = drainedSaid.get(attributes) ?? mergeAttributes(drainedAttributes, attributes);
  drainedSaid.set(attributes, said);
  const made = drainedPaths.get(path) ?? { nextHop, attributes: said };
  drainedPaths.set(path, made);
  return made;
}
