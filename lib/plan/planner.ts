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

import type { PrefixKey } from "../net/mod.ts";
import type { Drain, Snapshot } from "../objects/mod.ts";
import { Aggregates } from "./aggregates.ts";
import { Aggregation, noAggregation } from "./aggregation.ts";
import { type Allocated, Allocator } from "./allocator.ts";
import { noPolicies, type Policies, policiesOf } from "./attributes.ts";
import { drainOf, drainPhase, nextPhaseAt } from "./drain.ts";
import { EndpointIndex, type ServiceName } from "./endpoints.ts";
import { type Entry, type EntryChange, EntryTable } from "./entries.ts";
import { faultRefusals } from "./faults.ts";
import type { Plan, ServicePlan } from "./model.ts";
import { judgeNodes, type NodeTable } from "./next_hops.ts";
import { OwnRoutes } from "./own_routes.ts";
import { SpeakerPlanner } from "./peers.ts";
import { Refused } from "./refused.ts";
import { RouteTable } from "./routes.ts";
import { letGo, planService, samePlan, type ServiceInput } from "./service_plan.ts";

/** For whom a plan is. */
export interface PlannerOptions {
  /** The agent of this node; left out, the managers. */
  readonly node?: string | undefined;
  /**
   * The node that the manager runs on, "" when it was not told; left out, it runs nowhere, and no rack
   * counts.
   */
  readonly host?: string | undefined;
  /** Services of type LoadBalancer that name no load balancer are porter's too; no by default. */
  readonly serveClassless?: boolean | undefined;
}

/** Plans a snapshot; of the time see `Planner.plan`. */
export function plan(snapshot: Snapshot, options: PlannerOptions = {}, now?: number): Plan {
  return new Planner(options).plan(snapshot, undefined, now);
}

/** Plans one snapshot after another; each result is equal to `plan` of that snapshot. */
export class Planner {
  readonly #entries: EntryTable;
  readonly #allocator = new Allocator();
  readonly #endpoints = new EndpointIndex();
  readonly #speaker: SpeakerPlanner;
  readonly #own: OwnRoutes | undefined;
  readonly #routes = new RouteTable();
  readonly #refused = new Refused();
  #nodes: NodeTable | undefined;
  #nodeAddresses: Allocated["nodeAddresses"] | undefined;
  #policies: Policies = noPolicies;
  #aggregation = noAggregation;
  #services: readonly ServicePlan[] = [];
  #complete = true;
  #judgedAnew = false;

  constructor({ node, host, serveClassless = false }: PlannerOptions = {}) {
    this.#entries = new EntryTable(serveClassless);
    this.#speaker = new SpeakerPlanner(node, host);
    this.#own = node === undefined ? undefined : new OwnRoutes(node);
  }

  /**
   * Plans a snapshot at a time, in milliseconds since the epoch: a node that is drained is withdrawn
   * after a while. Left out, no time has passed since. The nodes of the names `unreachable` are out
   * since BFD has lost them.
   */
  plan(snapshot: Snapshot, unreachable: ReadonlySet<string> = new Set(), now = 0): Plan {
    const changes = this.#entries.update(snapshot.services);
    const touched = this.#endpoints.update(snapshot.endpointSlices);
    const allocated = this.#allocator.allocate(snapshot, changes, this.#entries.all);
    const drain = drainOf(snapshot);
    this.#judge(snapshot, unreachable, { drain, now });
    this.#planServices(snapshot, allocated, { changes, touched });
    const speaking = this.#speaker.plan(snapshot);
    const refusals = this.#refused.beside([
      ...faultRefusals(snapshot.faults),
      ...speaking.refusals,
      ...allocated.table.refusals,
      ...allocated.full,
      ...this.#aggregation.refusals,
    ]);
    const { complete } = snapshot;
    return {
      complete,
      services: this.#services,
      conf: speaking.conf,
      speaker: speaking.speaker,
      peers: speaking.peers,
      bfd: speaking.bfd,
      nodeBfd: speaking.nodeBfd,
      agentPeers: speaking.agentPeers,
      ...this.#said(snapshot),
      refusals: complete ? refusals : none,
      pools: allocated.pools,
      everywhere: this.#everywhere(allocated),
      ...changesAt(nextPhaseAt(snapshot.nodes, drain, now)),
    };
  }

  /** The routes: all of them, or what is an agent's to say. */
  #said({ nodes }: Snapshot): Pick<Plan, "routes" | "announced"> {
    const { all: routes, announced } = this.#routes;
    if (this.#own === undefined) return { routes, announced };
    const own = this.#own.of(routes, nodes);
    return { routes: own, announced: announced === routes ? own : this.#own.of(announced, nodes) };
  }

  #everywhere({ nodeAddresses, table: pools }: Allocated): Plan["everywhere"] {
    const { all: routes, announced, members } = this.#routes;
    if (this.#nodes === undefined) throw new Error("Cannot plan before nodes were judged");
    const aggregation = this.#aggregation;
    return { routes, announced, members, nodes: this.#nodes, nodeAddresses, aggregation, pools };
  }

  /** Nodes and policies: what all Services depend on. */
  #judge(
    snapshot: Snapshot,
    unreachable: ReadonlySet<string>,
    { drain, now }: { readonly drain: Drain; readonly now: number },
  ): void {
    const [nodes, policies] = [this.#nodes, this.#policies];
    this.#policies = policiesOf(snapshot, policies);
    const { audience, eips } = this.#policies;
    this.#nodes = judgeNodes(snapshot.nodes, nodes, {
      hearers: (node) => audience.ofNode(node),
      phase: (node) => drainPhase(node, drain, now),
      labelsMatter: [...eips.values()].some((each) => each.nodeSelector !== undefined),
      floor: drain.minNextHops,
      unreachable,
    });
    this.#judgedAnew = nodes !== this.#nodes || policies !== this.#policies;
  }

  #planServices(
    { complete, eips, bgpPeers }: Snapshot,
    allocated: Allocated,
    { changes, touched }: Changes,
  ): void {
    const nodes = this.#nodes;
    if (nodes === undefined) throw new Error("Cannot plan Services before nodes were judged");
    const { nodeAddresses } = allocated;
    const taken = { nodeAddresses, podNetworks: nodes.podNetworks, peers: bgpPeers };
    const aggregation = Aggregation.of(eips, taken, this.#aggregation);
    const all = this.#judgedAnew || nodeAddresses !== this.#nodeAddresses ||
      complete !== this.#complete || aggregation !== this.#aggregation;
    this.#aggregation = aggregation;
    this.#nodeAddresses = nodeAddresses;
    this.#complete = complete;
    const removed: ServicePlan[] = [];
    const added: ServicePlan[] = [];
    for (const { before, now } of changes) {
      // What is planned anew takes over what is as before.
      if (now !== undefined) now.plan = before?.plan;
      else if (before?.plan !== undefined) removed.push(before.plan);
    }
    const known = (key: PrefixKey) => this.#routes.aggregate(key);
    const policies = this.#policies;
    const aggregates = new Aggregates({ aggregation, nodes, policies, known });
    const entries = all ? this.#entries.all : this.#concerned(changes, touched, allocated.changed);
    for (const entry of entries) {
      const old = entry.plan;
      const plan = this.#planService(entry, { nodes, nodeAddresses, aggregates });
      if (plan === old) continue;
      entry.plan = plan;
      if (old !== undefined) removed.push(old);
      added.push(plan);
    }
    this.#take(removed, added);
  }

  /** The entries of which the plan may be another one. */
  #concerned(
    changes: readonly EntryChange[],
    touched: readonly ServiceName[],
    given: Iterable<Entry>,
  ): ReadonlySet<Entry> {
    const found = new Set(given);
    for (const { now } of changes) if (now !== undefined) found.add(now);
    for (const { namespace, name } of touched) {
      const entry = this.#entries.find({ kind: "Service", namespace, name });
      if (entry !== undefined) found.add(entry);
    }
    return found;
  }

  /** The part of a Service; the one of before where it would be the same. */
  #planService(
    entry: Entry,
    common: Pick<ServiceInput, "nodes" | "nodeAddresses" | "aggregates">,
  ): ServicePlan {
    const { read, plan: before } = entry;
    const endpoints = this.#endpoints.of(read.ref, before?.endpoints);
    const planned = entry.ours
      ? planService({
        service: read,
        given: given(entry),
        endpoints,
        ...common,
        policies: this.#policies,
        counts: (family) => this.#endpoints.counts(read.ref, family),
      }, before)
      : letGo(read);
    const now = this.#complete ? planned : undecided(planned);
    return before !== undefined && samePlan(before, now) ? before : now;
  }

  #take(removed: readonly ServicePlan[], added: readonly ServicePlan[]): void {
    if (removed.length === 0 && added.length === 0) return;
    this.#services = this.#entries.all.map(planOf);
    this.#routes.update(removed, added);
    this.#refused.update(removed, added);
  }
}

function changesAt(time: number | undefined): Pick<Plan, "changesAt"> {
  return time === undefined ? {} : { changesAt: time };
}

/** What changed of Services and of their endpoints. */
interface Changes {
  readonly changes: readonly EntryChange[];
  readonly touched: readonly ServiceName[];
}

const none: readonly never[] = [];

/** What allocation gave the Service. */
function given({ anchored, open }: Entry): ServiceInput["given"] {
  if (anchored !== undefined) {
    return { assignments: anchored, released: none, refusals: none, wanting: none };
  }
  if (open?.outcome === undefined) {
    throw new Error("Cannot plan a Service that was not allocated for");
  }
  return open.outcome;
}

function planOf({ plan }: Entry): ServicePlan {
  if (plan === undefined) throw new Error("Cannot list a Service that was not planned");
  return plan;
}

/** While objects are missing nothing is refused and nothing is released. */
function undecided(planned: ServicePlan): ServicePlan {
  if (planned.refusals.length === 0 && planned.released.length === 0) return planned;
  return { ...planned, refusals: none, released: none };
}
