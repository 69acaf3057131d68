/**
 * Which withdrawn routes may stay announced, and through what (docs/adr/0036). Never one whose address
 * another Service has by now, that no pool has any more, that safety forbids, or whose last node is being
 * drained: there somebody meant it, or somebody else would be hurt.
 *
 * @module
 */

import type { Path, PathAttributes, Route } from "../bgp/model/mod.ts";
import { mergeAttributes } from "../bgp/model/mod.ts";
import {
  addressBits,
  type AddressKey,
  addressKey,
  type AddressRange,
  rangeContains,
} from "../net/mod.ts";
import type { Snapshot } from "../objects/mod.ts";
import { compareRefs, type ObjectRef } from "../refusal/mod.ts";
import { Aggregation } from "./aggregation.ts";
import { drainedAttributes } from "./drain.ts";
import type { Plan } from "./model.ts";
import type { NodeTable } from "./next_hops.ts";
import { sameItems } from "./order.ts";
import { isAggregate } from "./routes.ts";
import { isMartian } from "./safety.ts";

/** Judges withdrawn routes by one plan. */
export class Holdable {
  readonly plan: Plan;
  readonly #eips: Snapshot["eips"];
  readonly #peers: Snapshot["bgpPeers"];
  #aggregation: Aggregation | undefined;
  #pools: readonly AddressRange[] | undefined;
  #up: ReadonlySet<AddressKey> | undefined;
  readonly #holders = new Map<AddressKey, ObjectRef[]>();

  /** Looks at nothing yet. */
  constructor(plan: Plan, { eips, bgpPeers }: Pick<Snapshot, "eips" | "bgpPeers">) {
    this.plan = plan;
    this.#eips = eips;
    this.#peers = bgpPeers;
  }

  /** Finds who has the addresses of these routes; to be called before they are asked for. */
  lookAt(routes: readonly Route[]): void {
    if (routes.length === 0) return;
    for (const { prefix } of routes) {
      // An aggregate is nobody's own.
      const isHost = prefix.length === addressBits(prefix.address.family);
      if (isHost) this.#holders.set(addressKey(prefix.address), []);
    }
    for (const { assignments, service } of this.plan.services) {
      for (const { address } of assignments) this.#holders.get(addressKey(address))?.push(service);
    }
  }

  /** The Services that are assigned the address of a route now. */
  holders({ prefix }: Route): readonly ObjectRef[] {
    return this.#holders.get(addressKey(prefix.address)) ?? none;
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
    if (isAggregate(last)) return this.#mayCover(last) ? this.#through(last, before) : undefined;
    const { nodes, nodeAddresses } = this.plan.everywhere;
    if (isMartian(address) || nodeAddresses.has(addressKey(address))) return undefined;
    if (nodes.podNetworks.nodeOf(address) !== undefined) return undefined;
    const holders = this.holders(last);
    if (holders.length > 0) {
      const known = (each: ObjectRef): boolean =>
        owners.some((other) => compareRefs(each, other) === 0);
      if (!holders.some(known)) return undefined;
    } else {
      this.#pools ??= poolsOf(this.#eips);
      if (!this.#pools.some((each) => rangeContains(each, address))) return undefined;
    }
    return this.#through(last, before);
  }

  /** Whether some Eip still asks for this very prefix, and nobody else has anything in it. */
  #mayCover({ prefix }: Route): boolean {
    const { nodes, nodeAddresses } = this.plan.everywhere;
    const taken = { nodeAddresses, podNetworks: nodes.podNetworks, peers: this.#peers };
    const aggregation = this.#aggregation ??= Aggregation.of(this.#eips, taken);
    return aggregation.mayCover(prefix);
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

function poolsOf(eips: Snapshot["eips"]): readonly AddressRange[] {
  return eips.flatMap(({ spec: { range } }) => "invalid" in range ? [] : [range]);
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
