/**
 * The only decision maker: snapshot in, everything that shall be true out. `plan` computes the
 * whole; a `Planner` gives the same from one snapshot to the next, but looks again only at what
 * changed by reference, and gives unchanged parts back as the same objects.
 *
 * ```ts
 * const planner = new Planner();
 * const { routes, refusals } = planner.plan(store.snapshot());
 * ```
 *
 * @module
 */

import type { Route } from "../bgp/model/mod.ts";
import { type AddressKey, comparePrefixes } from "../net/mod.ts";
import type { Service, Snapshot } from "../objects/mod.ts";
import { compareRefs } from "../refusal/mod.ts";
import { type Allocated, Allocator } from "./allocator.ts";
import { isMarked } from "./claims.ts";
import { EndpointIndex } from "./endpoints.ts";
import { faultRefusals } from "./faults.ts";
import type { Plan, ServicePlan } from "./model.ts";
import { judgeNodes, type NodeTable } from "./next_hops.ts";
import { byRef, sameItems, SortedView } from "./order.ts";
import { SpeakerPlanner } from "./peers.ts";
import { letGo, planService, type ServiceInput } from "./service_plan.ts";

/** Plans a snapshot. */
export function plan(snapshot: Snapshot): Plan {
  return new Planner().plan(snapshot);
}

/** Plans one snapshot after another; each result is equal to `plan` of that snapshot. */
export class Planner {
  readonly #allocator = new Allocator();
  readonly #endpoints = new EndpointIndex();
  readonly #speaker = new SpeakerPlanner();
  readonly #services = new SortedView<Service>(byRef);
  readonly #routes = new SortedView<Route>((a, b) => comparePrefixes(a.prefix, b.prefix));
  readonly #parts = new WeakMap<Service, Part>();
  #nodes: NodeTable | undefined;
  #servicePlans: readonly ServicePlan[] = [];

  /** Plans a snapshot. */
  plan(snapshot: Snapshot): Plan {
    const allocated = this.#allocator.allocate(snapshot);
    this.#endpoints.update(snapshot.endpointSlices);
    const nodes = judgeNodes(snapshot.nodes, this.#nodes);
    this.#nodes = nodes;
    const services = this.#planServices(snapshot, allocated, nodes);
    const speaking = this.#speaker.plan(snapshot.bgpConfs, snapshot.bgpPeers);
    const refusals = snapshot.complete
      ? [
        ...faultRefusals(snapshot.faults),
        ...speaking.refusals,
        ...allocated.table.refusals,
        ...services.flatMap((each) => each.refusals),
      ].sort((a, b) => compareRefs(a.object, b.object))
      : [];
    return {
      complete: snapshot.complete,
      services,
      conf: speaking.conf,
      speaker: speaking.speaker,
      peers: speaking.peers,
      routes: this.#routes.update(services.flatMap((each) => each.routes)),
      refusals,
      pools: allocated.pools,
    };
  }

  #planServices(
    snapshot: Snapshot,
    allocated: Allocated,
    nodes: NodeTable,
  ): readonly ServicePlan[] {
    const plans: ServicePlan[] = [];
    for (const service of this.#services.update(snapshot.services)) {
      const planned = this.#planService(service, allocated, nodes);
      if (planned === undefined) continue;
      plans.push(snapshot.complete ? planned : undecided(planned));
    }
    if (!sameItems(this.#servicePlans, plans)) this.#servicePlans = plans;
    return this.#servicePlans;
  }

  /** The part of a Service: the one of before, when everything that it depends on is the same. */
  #planService(service: Service, allocated: Allocated, nodes: NodeTable): ServicePlan | undefined {
    const outcome = allocated.outcomeOf(service);
    const part = this.#parts.get(service);
    if (outcome === undefined) {
      if (!isMarked(service)) return undefined;
      const planned = part?.plan ?? letGo(service);
      if (part === undefined) this.#parts.set(service, { input: undefined, plan: planned });
      return planned;
    }
    const endpoints = this.#endpoints.of(service.ref.namespace, service.ref.name);
    const { nodeAddresses } = allocated;
    const input: PartInput = { service, outcome, endpoints, nodes, nodeAddresses };
    if (part?.input !== undefined && sameInput(part.input, input)) return part.plan;
    const planned = planService(input, nodeAddresses);
    this.#parts.set(service, { input, plan: planned });
    return planned;
  }
}

interface PartInput extends ServiceInput {
  readonly nodeAddresses: ReadonlyMap<AddressKey, string>;
}

interface Part {
  /** Undefined for a Service that is let go. */
  readonly input: PartInput | undefined;
  readonly plan: ServicePlan;
}

function sameInput(a: PartInput, b: PartInput): boolean {
  return a.outcome === b.outcome && a.endpoints === b.endpoints && a.nodes === b.nodes &&
    a.nodeAddresses === b.nodeAddresses;
}

const undecidedPlans = new WeakMap<ServicePlan, ServicePlan>();

/** While objects are missing nothing is refused and nothing is released. */
function undecided(planned: ServicePlan): ServicePlan {
  if (planned.refusals.length === 0 && planned.released.length === 0) return planned;
  const known = undecidedPlans.get(planned) ?? { ...planned, refusals: [], released: [] };
  undecidedPlans.set(planned, known);
  return known;
}
