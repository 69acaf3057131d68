/**
 * The only decision maker: snapshot in, everything that shall be true out. `plan` computes the
 * whole; a `Planner` gives the same from one snapshot to the next, but looks again only at what
 * changed by reference, and gives unchanged parts back as the same objects.
 *
 * A manager's plan and that of a node's agent differ in what the one speaker says to whom, and in
 * nothing else: the agent has the peers whose BgpPeer selects its node, and of every route its own
 * node's path.
 *
 * ```ts
 * const planner = new Planner();
 * const { routes, refusals } = planner.plan(store.snapshot());
 * ```
 *
 * @module
 */

import type { Route } from "../bgp/model/mod.ts";
import { comparePrefixes } from "../net/mod.ts";
import type { Snapshot } from "../objects/mod.ts";
import { compareRefs } from "../refusal/mod.ts";
import { type Allocated, Allocator } from "./allocator.ts";
import { EndpointIndex } from "./endpoints.ts";
import { type Entry, EntryTable } from "./entries.ts";
import { faultRefusals } from "./faults.ts";
import type { Plan, ServicePlan } from "./model.ts";
import { judgeNodes, type NodeTable } from "./next_hops.ts";
import { sameItems, SortedView } from "./order.ts";
import { OwnRoutes } from "./own_routes.ts";
import { SpeakerPlanner } from "./peers.ts";
import { SharedRoutes } from "./shared_routes.ts";
import { letGo, planService, type ServiceInput } from "./service_plan.ts";

/** Plans a snapshot for the managers, or for the agent of a node. */
export function plan(snapshot: Snapshot, node?: string): Plan {
  return new Planner(node).plan(snapshot);
}

/** Plans one snapshot after another; each result is equal to `plan` of that snapshot. */
export class Planner {
  readonly #entries = new EntryTable();
  readonly #allocator = new Allocator();
  readonly #endpoints = new EndpointIndex();
  readonly #speaker: SpeakerPlanner;
  readonly #own: OwnRoutes | undefined;
  readonly #routes = new SortedView<Route>((a, b) => comparePrefixes(a.prefix, b.prefix));
  readonly #shared = new SharedRoutes();
  #nodes: NodeTable | undefined;
  #services: readonly ServicePlan[] = [];

  /** Plans for the agent of this node; left out, for the managers. */
  constructor(node?: string) {
    this.#speaker = new SpeakerPlanner(node);
    this.#own = node === undefined ? undefined : new OwnRoutes(node);
  }

  /** Plans a snapshot. */
  plan(snapshot: Snapshot): Plan {
    const { complete } = snapshot;
    this.#entries.update(snapshot.services);
    this.#endpoints.update(snapshot.endpointSlices);
    this.#nodes = judgeNodes(snapshot.nodes, this.#nodes);
    const allocated = this.#allocator.allocate(snapshot, this.#entries.claimants);
    const services = this.#planServices(complete, allocated, this.#nodes);
    const speaking = this.#speaker.plan(snapshot);
    const routes = this.#shared.merge(services.flatMap((each) => each.routes));
    const refusals = [
      ...faultRefusals(snapshot.faults),
      ...speaking.refusals,
      ...allocated.table.refusals,
      ...services.flatMap((each) => each.refusals),
    ];
    return {
      complete,
      services,
      conf: speaking.conf,
      speaker: speaking.speaker,
      peers: speaking.peers,
      agentPeers: speaking.agentPeers,
      routes: this.#routes.update(this.#own?.of(routes, snapshot.nodes) ?? routes),
      refusals: complete ? refusals.sort((a, b) => compareRefs(a.object, b.object)) : [],
      pools: allocated.pools,
    };
  }

  #planServices(
    complete: boolean,
    allocated: Allocated,
    nodes: NodeTable,
  ): readonly ServicePlan[] {
    const plans = this.#entries.all.map((entry) => {
      const planned = this.#planService(entry, allocated, nodes);
      return complete ? planned : undecided(planned);
    });
    if (!sameItems(this.#services, plans)) this.#services = plans;
    return this.#services;
  }

  /** The part of a Service: the one of before, when everything that it depends on is the same. */
  #planService(entry: Entry, { nodeAddresses }: Allocated, nodes: NodeTable): ServicePlan {
    const { service, outcome, planned } = entry;
    if (outcome === undefined) {
      const plan = planned?.plan ?? letGo(service);
      entry.planned = { input: undefined, plan };
      return plan;
    }
    const endpoints = this.#endpoints.of(service.ref.namespace, service.ref.name);
    const before = planned?.input;
    if (
      planned !== undefined && before?.outcome === outcome && before.endpoints === endpoints &&
      before.nodes === nodes && before.nodeAddresses === nodeAddresses
    ) return planned.plan;
    const input: ServiceInput = { service, outcome, endpoints, nodes, nodeAddresses };
    const plan = planService(input);
    entry.planned = { input, plan };
    return plan;
  }
}

const undecidedPlans = new WeakMap<ServicePlan, ServicePlan>();

/** While objects are missing nothing is refused and nothing is released. */
function undecided(planned: ServicePlan): ServicePlan {
  if (planned.refusals.length === 0 && planned.released.length === 0) return planned;
  const known = undecidedPlans.get(planned) ?? { ...planned, refusals: [], released: [] };
  undecidedPlans.set(planned, known);
  return known;
}
