/**
 * Which pools a Service may have addresses of: what the pool says of namespaces and Services, and what
 * the Service says of pools. Asked for every new address, also one that is asked for by name; what is
 * held stays.
 *
 * @module
 */

import { type LabelSelector, selects } from "../objects/mod.ts";
import type { RefusalReason } from "../refusal/mod.ts";
import type { Claim } from "./model.ts";
import type { Pass } from "./pass.ts";
import type { JudgedPool } from "./pools.ts";

/** Whether the pool admits the Service: its namespace, by name or label, and its own labels. */
export function admits(pass: Pass, { pool }: JudgedPool, claim: Claim): boolean {
  const { namespaces = [], namespaceSelector, serviceSelector } = pool;
  const { namespace } = claim.service;
  const limited = namespaces.length > 0 || namespaceSelector !== undefined;
  if (limited && !namespaces.includes(namespace) && !selected(pass, namespaceSelector, namespace)) {
    return false;
  }
  return serviceSelector === undefined || selects(serviceSelector, claim.labels ?? {});
}

function selected(pass: Pass, selector: LabelSelector | undefined, namespace: string): boolean {
  if (selector === undefined) return false;
  // The API server gives every Namespace this label; where there is no object its name is known.
  const named = { "kubernetes.io/metadata.name": namespace };
  return selects(selector, { ...named, ...pass.namespaces.get(namespace) });
}

/** Whether the Service gets addresses of the pool without asking for one: admitted, and meant. */
export function serves(pass: Pass, judged: JudgedPool, claim: Claim): boolean {
  const { requestedPools = [] } = claim;
  const meant = requestedPools.length > 0
    ? requestedPools.includes(judged.name)
    : judged.pool.autoAssign !== false;
  return meant && admits(pass, judged, claim);
}

/** Why none of the pools serves the Service. */
export function whyNotServed(
  pass: Pass,
  candidates: readonly JudgedPool[],
  claim: Claim,
): { readonly reason: RefusalReason; readonly message: string } {
  const { requestedPools = [] } = claim;
  const field = "metadata.annotations[porter.kubesphere.io/pool]";
  const missing = requestedPools.find((each) => !pass.table.byName.has(each));
  if (missing !== undefined) {
    const message = `Cannot use "${missing}" of ${field}: there is no such Eip; correct it`;
    return { reason: "RequestedPoolMissing", message };
  }
  const asked = candidates.filter((each) => requestedPools.includes(each.name));
  if (requestedPools.length > 0 && asked.length === 0) {
    const message = `Cannot use "${requestedPools.join(",")}" of ${field}: no such pool has ` +
      "addresses of the family for bgp; name another Eip beside it";
    return { reason: "RequestedPoolMissing", message };
  }
  const admitted = candidates.filter((each) => admits(pass, each, claim));
  if (requestedPools.length > 0 || admitted.length === 0) {
    const names = (requestedPools.length > 0 ? asked : candidates).map((each) => each.name);
    const message = `No pool admits the Service (Eip ${names.slice(0, 3).join(", ")}); look at ` +
      "spec.namespaces, spec.namespaceSelector and spec.serviceSelector";
    return { reason: "PoolNotAllowed", message };
  }
  const names = admitted.map((each) => each.name).slice(0, 3).join(", ");
  const message = `Every pool that admits the Service hands out on request only (Eip ${names}); ` +
    "ask for one with the annotation porter.kubesphere.io/pool";
  return { reason: "PoolsOnRequestOnly", message };
}
