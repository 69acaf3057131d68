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
import { compareRefs, type ObjectRef } from "../refusal/mod.ts";
import { drainedAttributes } from "./drain.ts";
import type { Plan } from "./model.ts";
import type { NodeTable } from "./next_hops.ts";
import { sameItems } from "./order.ts";
import { isAggregate } from "./routes.ts";
import { isMartian } from "./safety.ts";

/** Judges withdrawn routes by one plan. */
export class Holdable {
  readonly plan: Plan;
  #up: ReadonlySet<AddressKey> | undefined;
  readonly #holders = new Map<AddressKey, ObjectRef[]>();

  /** Looks at nothing yet. */
  constructor(plan: Plan) {
    this.plan = plan;
  }

  /** Finds who has the addresses of these routes; to be called before they are asked for. */
  lookAt(routes: readonly Route[]): void {
    if (routes.length === 0) return;
    for (const { prefix } of routes) {
      // An aggregate is nobody's own.
      if (isHostPrefix(prefix)) this.#holders.set(addressKey(prefix.address), []);
    }
    for (const { assignments, service } of this.plan.services) {
      for (const { address } of assignments) this.#holders.get(addressKey(address))?.push(service);
    }
  }

  /** Whether the node of a path may be a next hop by itself, whatever it leads to. */
  isUp({ nextHop }: Path): boolean {
    this.#up ??= nextHopsUp(this.plan.everywhere.nodes);
    return this.#up.has(addressKey(nextHop));
  }

  /**
   * The route to go on with for one that was announced as `last` for these Services; undefined when it
   * may not stay. Gives `before` itself when it would be the same.
   */
  route(last: Route, owners: readonly ObjectRef[], before: Route = last): Route | undefined {
    const { address } = last.prefix;
    const { nodes, nodeAddresses, aggregation, pools } = this.plan.everywhere;
    // Some Eip must still ask for this very prefix, and nobody else have anything in it.
    if (isAggregate(last)) {
      return aggregation.mayCover(last.prefix) ? this.#through(last, before) : undefined;
    }
    if (isMartian(address) || nodeAddresses.has(addressKey(address))) return undefined;
    if (nodes.podNetworks.nodeOf(address) !== undefined) return undefined;
    const holders = this.#holders.get(addressKey(address)) ?? none;
    if (holders.length > 0) {
      const known = (each: ObjectRef): boolean =>
        owners.some((other) => compareRefs(each, other) === 0);
      if (!holders.some(known)) return undefined;
    } else if (pools.find(address) === undefined) return undefined;
    return this.#through(last, before);
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
    const up = staying.filter((path) => this.isUp(path));
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

const none: readonly never[] = [];

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
