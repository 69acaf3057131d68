/**
 * One Service's part of the plan: what it is given, through which nodes it is announced, and why not.
 *
 * @module
 */

import type { Route } from "../bgp/model/mod.ts";
import type { Assignment, Outcome } from "../ipam/mod.ts";
import { type AddressKey, addressKey, formatAddress, hostPrefix } from "../net/mod.ts";
import type { Service } from "../objects/mod.ts";
import type { Refusal, RefusalReason } from "../refusal/mod.ts";
import type { Endpoints } from "./endpoints.ts";
import type { NextHop, ServicePlan } from "./model.ts";
import type { NodeTable, Reach } from "./next_hops.ts";

/** All that a Service's part depends on; the same references give the same part. */
export interface ServiceInput {
  readonly service: Service;
  readonly outcome: Outcome;
  readonly endpoints: Endpoints;
  readonly nodes: NodeTable;
  readonly nodeAddresses: ReadonlyMap<AddressKey, string>;
}

/** Plans a Service that is porter's. */
export function planService(input: ServiceInput): ServicePlan {
  const { service, outcome, nodeAddresses } = input;
  const routes: Route[] = [];
  const refusals: Refusal[] = [...outcome.refusals];
  let nextHops: readonly NextHop[] = [];
  for (const assignment of outcome.assignments) {
    const { serving, reach } = reachOf(input, assignment);
    // Not copied where it can be shared: ten thousand Services would each list every node.
    nextHops = nextHops.length === 0 ? reach.nextHops : [...nextHops, ...reach.nextHops];
    const no = objection(assignment, { serving, reach }, nodeAddresses);
    if (no === undefined) {
      routes.push({ prefix: hostPrefix(assignment.address), paths: reach.paths });
    } else refusals.push({ object: service.ref, ...no });
  }
  return {
    service: service.ref,
    ours: true,
    optIn: service.optIn,
    assignments: outcome.assignments,
    released: outcome.released,
    nextHops,
    routes,
    refusals,
    wanting: outcome.wanting,
  };
}

/** Plans the letting go of a Service that is not porter's (any more): what we recorded is released. */
export function letGo(service: Service): ServicePlan {
  return {
    service: service.ref,
    ours: false,
    optIn: service.optIn,
    assignments: [],
    released: service.holds.filter((each) => each.pool !== undefined).map((each) => each.address),
    nextHops: [],
    routes: [],
    refusals: [],
    wanting: [],
  };
}

interface Reached {
  readonly serving: boolean;
  readonly reach: Reach;
}

const nowhere: Reach = { nextHops: [], paths: [] };

function reachOf({ service, endpoints, nodes }: ServiceInput, { address }: Assignment): Reached {
  const { family } = address;
  const serving = endpoints[family];
  if (service.externalTrafficPolicy === "Local") {
    return { serving: serving.any, reach: nodes.local(family, serving) };
  }
  return serving.any
    ? { serving: true, reach: nodes.cluster[family] }
    : { serving: false, reach: nowhere };
}

interface Objection {
  readonly reason: RefusalReason;
  readonly message: string;
}

/** Why the address is not announced. */
function objection(
  { address }: Assignment,
  { serving, reach }: Reached,
  nodeAddresses: ReadonlyMap<AddressKey, string>,
): Objection | undefined {
  const text = formatAddress(address);
  const node = nodeAddresses.get(addressKey(address));
  if (node !== undefined) {
    const message = `Cannot announce ${text}: it is an address of Node ${node} itself; ` +
      "take it out of the pool and ask for another";
    return { reason: "AddressOfNode", message };
  }
  if (!serving) {
    const message = `Cannot announce ${text}: no IPv${address.family} endpoint is ready`;
    return { reason: "NoReadyEndpoint", message };
  }
  if (reach.paths.length > 0) return undefined;
  const message = `Cannot announce ${text}: endpoints are ready, but every node is out ` +
    `(${reasons(reach)})`;
  return { reason: "NoEligibleNode", message };
}

/** The reasons why nodes are out, each once, sorted; no counts, so that the text stays put. */
function reasons(reach: Reach): string {
  const found = new Set(reach.nextHops.flatMap((each) => each.out ?? []));
  return found.size === 0 ? "there is none" : [...found].sort().join(", ");
}
