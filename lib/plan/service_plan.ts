/**
 * One Service's part of the plan: what it is given, through which nodes it is announced, and why not.
 *
 * @module
 */

import type { Path, Route } from "../bgp/model/mod.ts";
import type { Assignment, Outcome } from "../ipam/mod.ts";
import {
  type Address,
  type AddressKey,
  addressKey,
  type Family,
  formatAddress,
  hostPrefix,
  prefixContains,
  sameAddress,
  samePrefix,
} from "../net/mod.ts";
import type { Service } from "../objects/mod.ts";
import type { Refusal, RefusalReason } from "../refusal/mod.ts";
import type { Aggregates } from "./aggregates.ts";
import {
  attributesFor,
  besideAggregate,
  noPolicies,
  pathsWith,
  type Policies,
} from "./attributes.ts";
import { chosenPaths } from "./chosen.ts";
import type { Endpoints } from "./endpoints.ts";
import { weighted } from "./link_bandwidth.ts";
import type { NextHop, ServicePlan } from "./model.ts";
import type { NodeTable } from "./next_hops.ts";
import { sameItems } from "./order.ts";
import { isMartian } from "./safety.ts";

/** All that a Service's part depends on; the same references give the same part. */
export interface ServiceInput {
  readonly service: Service;
  /** What came of its claim. */
  readonly given: Pick<Outcome, "assignments" | "released" | "refusals" | "wanting">;
  readonly endpoints: Endpoints;
  readonly nodes: NodeTable;
  readonly nodeAddresses: ReadonlyMap<AddressKey, string>;
  readonly policies: Policies;
  /** The covering prefixes. */
  readonly aggregates: Pick<Aggregates, "of">;
  /** How many endpoints are on each node. */
  readonly counts: (family: Family) => ReadonlyMap<string, number>;
}

/** Plans a Service that is porter's; routes that are as before are the same objects. */
export function planService(input: ServiceInput, before?: ServicePlan): ServicePlan {
  const { service, given, endpoints, nodes, policies } = input;
  const { assignments, released, wanting } = given;
  let routes: readonly Route[] = none;
  let { refusals } = given;
  let unheard: readonly Refusal[] = none;
  for (const assignment of assignments) {
    const { address, pool } = assignment;
    const { family } = address;
    const table = nodes.selecting(policies.eips.get(pool)?.nodeSelector);
    const paths = table.paths(service.externalTrafficPolicy, family, endpoints[family]);
    const no = objection(input, table, assignment, paths);
    if (no !== undefined) {
      refusals = [...refusals, { object: service.ref, ...no }];
      continue;
    }
    const said = attributesFor(service, pool, policies);
    if (said.refusals.length > 0) unheard = [...unheard, ...said.refusals];
    const aggregate = input.aggregates.of(assignment);
    if (aggregate !== undefined && !routes.includes(aggregate)) routes = [...routes, aggregate];
    const attributes = aggregate === undefined
      ? said.attributes
      : besideAggregate(service, pool, policies);
    if (attributes === undefined) continue;
    const prefix = hostPrefix(address);
    const wanted = chosenPaths(
      pathsWith(weightedPaths(input, assignment, paths), attributes),
      {
        prefix,
        max: policies.eips.get(pool)?.maxNextHops,
        floor: nodes.floor,
        drained: nodes.drained,
        leaving: nodes.leaving,
      },
    );
    const route = known(before, assignment, wanted) ?? { prefix, paths: wanted };
    // Nearly always the only one; pushed, it would keep room for sixteen more.
    routes = routes.length === 0 ? [route] : [...routes, route];
  }
  // What keeps an address from being announced is told first.
  if (unheard.length > 0) refusals = [...refusals, ...unheard];
  return {
    service: service.ref,
    read: service,
    ours: true,
    assignments,
    released,
    nodes,
    endpoints,
    policies,
    routes,
    refusals,
    wanting,
  };
}

/** Only where packets stay on the node that gets them does its number of endpoints matter. */
function weightedPaths(
  { service, nodes, policies, counts }: ServiceInput,
  { address: { family }, pool }: Assignment,
  paths: readonly Path[],
): readonly Path[] {
  const perEndpoint = policies.eips.get(pool)?.linkBandwidthPerEndpoint;
  if (perEndpoint === undefined || service.externalTrafficPolicy !== "Local") return paths;
  return weighted(paths, nodes, { counts: counts(family), family, perEndpoint });
}

/** Plans the letting go of a Service that is not porter's (any more): what we recorded is released. */
export function letGo(service: Service): ServicePlan {
  return {
    service: service.ref,
    read: service,
    ours: false,
    assignments: none,
    released: service.holds.filter((each) => each.pool !== undefined).map((each) => each.address),
    nodes: undefined,
    endpoints: undefined,
    policies: noPolicies,
    routes: none,
    refusals: none,
    wanting: none,
  };
}

/** Every node that was considered: in, or out and why. None when nothing is assigned. */
export function nextHopsOf(planned: ServicePlan): readonly NextHop[] {
  const { read, assignments, nodes, endpoints, policies, routes } = planned;
  if (nodes === undefined || endpoints === undefined) return none;
  return assignments.flatMap(({ address, pool }) => {
    const { family } = address;
    const table = nodes.selecting(policies.eips.get(pool)?.nodeSelector);
    const hops = table.nextHops(read.externalTrafficPolicy, family, endpoints[family]);
    const route = routeOf(routes, address);
    return route === undefined ? hops : hops.map((hop) => chosenOf(hop, route, table));
  });
}

/** The same for a covering prefix, by any Service that has it. */
export function nextHopsOfAggregate(planned: ServicePlan, route: Route): readonly NextHop[] {
  const { nodes, policies, assignments } = planned;
  const pool = assignments.find(({ address }) => prefixContains(route.prefix, address))?.pool;
  if (nodes === undefined || pool === undefined) return none;
  const table = nodes.selecting(policies.eips.get(pool)?.nodeSelector);
  return table.nextHops("Cluster", route.prefix.address.family, { any: true, nodes: none })
    .map((hop) => chosenOf(hop, route, table));
}

/** The route that an address of a Service is announced by: its own one, else the covering one. */
export function routeOf(routes: readonly Route[], address: Address): Route | undefined {
  const own = hostPrefix(address);
  return routes.find(({ prefix }) => samePrefix(prefix, own)) ??
    routes.find(({ prefix }) => prefixContains(prefix, address));
}

/** The verdict, with what the choice among the paths adds to it. */
function chosenOf(hop: NextHop, { paths }: Route, { leaving }: NodeTable): NextHop {
  const { address, node, family } = hop;
  if (address === undefined || paths.some((path) => sameAddress(path.nextHop, address))) return hop;
  return { node, family, out: leaving.has(addressKey(address)) ? "Drained" : "NotChosen" };
}

/** Whether two plans of a Service say the same of the same version of it. */
export function samePlan(a: ServicePlan, b: ServicePlan): boolean {
  return a.read === b.read && a.ours === b.ours && a.nodes === b.nodes &&
    a.policies === b.policies &&
    a.endpoints === b.endpoints && sameItems(a.assignments, b.assignments) &&
    sameItems(a.released, b.released) && sameItems(a.routes, b.routes) &&
    sameItems(a.wanting, b.wanting) && sameRefusals(a.refusals, b.refusals);
}

function sameRefusals(a: readonly Refusal[], b: readonly Refusal[]): boolean {
  return a.length === b.length && a.every((each, index) => {
    const other = b[index];
    return each.reason === other?.reason && each.message === other.message;
  });
}

/** Whether the store holds an address of the route as assigned to the Service (docs/adr/0004). */
export function isRecorded({ read, assignments }: ServicePlan, { prefix }: Route): boolean {
  return read.holds.some((hold) =>
    hold.pool !== undefined && prefixContains(prefix, hold.address) &&
    assignments.some((each) => sameAddress(hold.address, each.address))
  );
}

const none: readonly never[] = [];

function known(
  before: ServicePlan | undefined,
  { address }: Assignment,
  paths: readonly Path[],
): Route | undefined {
  const prefix = hostPrefix(address);
  return before?.routes.find((route) =>
    samePrefix(route.prefix, prefix) && sameItems(route.paths, paths)
  );
}

interface Objection {
  readonly reason: RefusalReason;
  readonly message: string;
}

/** Why the address is not announced. */
function objection(
  { service, endpoints, nodeAddresses }: ServiceInput,
  nodes: NodeTable,
  { address }: Assignment,
  paths: readonly Path[],
): Objection | undefined {
  const { family } = address;
  const node = nodeAddresses.get(addressKey(address));
  if (node !== undefined) {
    const message = `Cannot announce ${formatAddress(address)}: it is an address of Node ${node} ` +
      "itself; take it out of the pool and ask for another";
    return { reason: "AddressOfNode", message };
  }
  const pods = nodes.podNetworks.nodeOf(address);
  if (pods !== undefined) {
    const message = `Cannot announce ${formatAddress(address)}: it is in the pod network of Node ` +
      `${pods}; take it out of the pool and ask for another`;
    return { reason: "AddressOfPods", message };
  }
  if (isMartian(address)) {
    const message =
      `Cannot announce ${formatAddress(address)}: no router forwards it (RFC 6890); ` +
      "take it out of the pool and ask for another";
    return { reason: "AddressMartian", message };
  }
  const serving = endpoints[family];
  if (!serving.any) {
    const message = `Cannot announce ${formatAddress(address)}: no IPv${family} endpoint is ready`;
    return { reason: "NoReadyEndpoint", message };
  }
  if (paths.length > 0) return undefined;
  const hops = nodes.nextHops(service.externalTrafficPolicy, family, serving);
  const message = `Cannot announce ${formatAddress(address)}: endpoints are ready, but every ` +
    `node is out (${reasons(hops)})`;
  return { reason: "NoEligibleNode", message };
}

/** The reasons why nodes are out, each once, sorted; no counts, so that the text stays put. */
function reasons(nextHops: readonly NextHop[]): string {
  const found = new Set(nextHops.flatMap((each) => each.out ?? []));
  return found.size === 0 ? "there is none" : [...found].sort().join(", ");
}
