/**
 * The links of the chain from an object to its packets, each judged by itself. `explain.ts` puts them
 * in order.
 *
 * @module
 */

import type { Route } from "../bgp/model/mod.ts";
import { formatAddress, prefixContains, prefixKey } from "../net/mod.ts";
import {
  formatFault,
  misspeltOptInAnnotation,
  optInAnnotation,
  type Service,
} from "../objects/mod.ts";
import { nextHopsOf, type ServicePlan, standingMeanings } from "../plan/mod.ts";
import { refKey, type Refusal, type RefusalReason } from "../refusal/mod.ts";
import { type ChainReason, chainReasons, remedy } from "./remedies.ts";
import type { LinkReport } from "./model.ts";
import type { Subject } from "./subject.ts";
import { nameOf } from "./text.ts";

/** A Service and what was planned for it. */
export interface Case {
  readonly subject: Subject;
  readonly service: Service;
  readonly planned: ServicePlan | undefined;
}

/** A link that holds. */
export function fine(title: string, facts: readonly string[]): LinkReport {
  return { title, verdict: "fine", reason: null, facts, next: null };
}

/** A link that does not hold, for a reason of the closed lists. */
export function broken(title: string, reason: ChainReason, facts: readonly string[]): LinkReport {
  const next = remedy(reason) ?? null;
  const meaning = (chainReasons as Readonly<Record<string, string>>)[reason];
  const said = facts.length > 0 || meaning === undefined ? facts : [meaning];
  return { title, verdict: "broken", reason, facts: said, next };
}

/** A link that holds in part. */
export function warning(title: string, facts: readonly string[], next: string): LinkReport {
  return { title, verdict: "warning", reason: null, facts, next };
}

/** A link that nobody can judge before the one that is broken is mended. */
export function waiting(title: string): LinkReport {
  return { title, verdict: "waiting", reason: null, facts: [], next: null };
}

/** Whether the Service is porter's. */
export function optInLink({ subject, service, planned }: Case): LinkReport {
  const title = "opt-in";
  const faults = subject.snapshot.faults.filter(({ object, severity }) =>
    severity === "error" && object !== undefined && refKey(object) === refKey(service.ref)
  );
  if (faults.length > 0) return broken(title, "InvalidObject", faults.map(formatFault));
  if (!service.isLoadBalancer) return broken(title, "NotLoadBalancer", []);
  if (service.deleting) return broken(title, "Deleting", []);
  const said = service.annotations[optInAnnotation];
  if (service.optIn === "classless") {
    return planned?.ours === true
      ? fine(title, ["by --serve-classless"])
      : broken(title, "NotOptedIn", []);
  }
  if (service.optIn === "none") {
    if (said === "porter") return broken(title, "OtherClass", []);
    const facts = said === undefined
      ? []
      : [`the annotation says ${JSON.stringify(said)}, not porter`];
    return broken(title, "NotOptedIn", facts);
  }
  if (service.optIn === "misspelt-annotation") {
    const facts = [`by the misspelt annotation ${misspeltOptInAnnotation}`];
    return warning(title, facts, `Write ${optInAnnotation}: porter instead`);
  }
  return fine(title, [
    service.optIn === "class" ? "by spec.loadBalancerClass" : "by its annotation",
  ]);
}

/** Refusals that are about which pool, not about which address of it. */
const aboutPools: ReadonlySet<RefusalReason> = new Set<RefusalReason>([
  ...[
    "ProtocolUnknown",
    "ProtocolUnsupported",
    "NoPool",
    "PoolsDisabled",
    "PoolExhausted",
    "PoolClaimsFull",
  ] as const,
  ...["PoolNotAllowed", "PoolsOnRequestOnly", "RequestedPoolMissing"] as const,
]);

/** Refusals that are about announcing. */
const aboutRoutes: ReadonlySet<RefusalReason> = new Set(["NoReadyEndpoint", "NoEligibleNode"]);

/** Which Eip the address comes from. */
export function poolLink({ subject, planned }: Case): LinkReport {
  const title = "pool";
  const no = planned?.refusals.find(({ reason }) => aboutPools.has(reason));
  const pools = subject.plan.pools.map(({ eip, state, usage, poolSize }) =>
    `Eip ${eip.name}: ${state.toLowerCase()}, ${usage} of ${poolSize} in use`
  );
  const poolNos = subject.refusals.filter(({ object }) => object.kind === "Eip").map(textOf);
  const assignments = planned?.assignments ?? [];
  if (no !== undefined && assignments.length === 0) {
    return broken(title, no.reason, [no.message, ...pools, ...poolNos]);
  }
  if (assignments.length === 0) return fine(title, pools);
  const facts = assignments.map(({ pool, standing }) =>
    `Eip ${pool}${standing === "InPool" ? "" : `: ${standingMeanings[standing]}`}`
  );
  const odd = assignments.find(({ standing }) => standing !== "InPool");
  if (odd === undefined && no === undefined) return fine(title, [...new Set(facts)]);
  const more = no === undefined ? facts : [...facts, no.message];
  const next = no === undefined
    ? "The address stays while the Service does; give it another one by making the Service anew"
    : remedy(no.reason) ?? no.message;
  return warning(title, more, next);
}

/** Which address it has. */
export function addressLink({ subject, service, planned }: Case): LinkReport {
  const title = "address";
  const assignments = planned?.assignments ?? [];
  const nos = (planned?.refusals ?? []).filter(({ reason }) =>
    !aboutPools.has(reason) && !aboutRoutes.has(reason)
  );
  const [no] = nos;
  const ofNode = nos.find(({ reason }) => reason === "AddressOfNode");
  if (assignments.length === 0) {
    return no === undefined
      ? waiting(title)
      : broken(title, no.reason, nos.map(({ message }) => message));
  }
  const facts = assignments.map(({ address, by }) => `${formatAddress(address)} (${origins[by]})`);
  if (ofNode !== undefined && planned?.routes.length === 0) {
    return broken(title, ofNode.reason, [...facts, ofNode.message]);
  }
  const unwritten = subject.running === undefined
    ? []
    : assignments.filter(({ address }) =>
      !service.holds.some((held) =>
        held.pool !== undefined && formatAddress(held.address) === formatAddress(address)
      )
    );
  if (unwritten.length === assignments.length) return broken(title, "Pending", facts);
  const lesser = [...nos, ...planned?.wanting ?? []];
  if (lesser.length === 0) return fine(title, facts);
  const [first] = lesser;
  const next = first === undefined ? "" : remedy(first.reason) ?? first.message;
  return warning(title, [...facts, ...lesser.map(({ message }) => message)], next);
}

const origins = {
  held: "held",
  pool: "from the pool",
  annotation: "as the annotation asks",
  loadBalancerIP: "as spec.loadBalancerIP asks",
} as const;

/** Whether there is anything behind it. */
export function endpointsLink({ subject, service, planned }: Case): LinkReport {
  const title = "endpoints";
  const slices = subject.snapshot.endpointSlices.filter(({ ref, service: name }) =>
    ref.namespace === service.ref.namespace && name === service.ref.name
  );
  const all = slices.flatMap(({ endpoints }) => endpoints);
  const ready = all.filter((each) => each.ready);
  const nodes = [...new Set(ready.flatMap(({ nodeName }) => nodeName ?? []))].sort();
  const facts = [
    `${ready.length} of ${all.length} endpoints in ${slices.length} EndpointSlices are ready` +
    (nodes.length === 0 ? "" : `, on ${nodes.join(", ")}`),
  ];
  const no = planned?.refusals.find(({ reason }) => reason === "NoReadyEndpoint");
  if (no === undefined && ready.length === 0 && (planned?.assignments.length ?? 0) === 0) {
    return broken(title, "NoReadyEndpoint", facts);
  }
  if (no === undefined) return fine(title, facts);
  return (planned?.routes.length ?? 0) === 0
    ? broken(title, no.reason, [...facts, no.message])
    : warning(title, [...facts, no.message], remedy(no.reason) ?? no.message);
}

/** Through which nodes. */
export function nextHopsLink({ subject, service, planned }: Case): LinkReport {
  const title = "next hops";
  if (planned === undefined || planned.assignments.length === 0) return waiting(title);
  const facts = nextHopsOf(planned).map(({ node, address, out, family }) =>
    address === undefined
      ? `not ${node} (IPv${family}): ${out}`
      : `via ${formatAddress(address)} ${node}`
  );
  const policy = `externalTrafficPolicy ${service.externalTrafficPolicy}`;
  const no = planned.refusals.find(({ reason }) => reason === "NoEligibleNode");
  const held = planned.refusals.find(({ reason }) => reason === "WithdrawalsHeld");
  if (held !== undefined) {
    const why = [held.message, ...(no === undefined ? [] : [no.message])];
    return warning(title, [policy, ...facts, ...why], remedy(held.reason) ?? held.message);
  }
  if (planned.routes.length > 0) {
    if (no === undefined) return fine(title, [policy, ...facts]);
    return warning(title, [policy, ...facts, no.message], remedy(no.reason) ?? no.message);
  }
  if (no !== undefined) return broken(title, no.reason, [policy, ...facts, no.message]);
  if (subject.snapshot.nodes.length === 0) {
    return broken(title, "NoEligibleNode", ["there is no Node"]);
  }
  return waiting(title);
}

function textOf({ object, reason, message }: Refusal): string {
  return `${object.kind} ${nameOf(object)}: ${reason}: ${message}`;
}

/** The announced routes of each address of a Service, the most specific first; of some there are none. */
export function routesOf(
  { subject, planned }: Case,
): readonly { readonly address: string; readonly routes: readonly Route[] }[] {
  const own = new Set((planned?.routes ?? []).map(({ prefix }) => prefixKey(prefix)));
  const announced = subject.plan.announced.filter(({ prefix }) => own.has(prefixKey(prefix)));
  return (planned?.assignments ?? []).map(({ address }) => ({
    address: formatAddress(address),
    routes: announced.filter(({ prefix }) => prefixContains(prefix, address))
      .sort((a, b) => b.prefix.length - a.prefix.length),
  }));
}

/** All its addresses. */
export function addressesOf({ planned }: Case): readonly string[] {
  return (planned?.assignments ?? []).map(({ address }) => formatAddress(address));
}
