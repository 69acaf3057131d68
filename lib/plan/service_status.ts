/**
 * What is written on a Service: status.loadBalancer.ingress (without ports, docs/adr/0028), our record,
 * the annotation of 2020, and two conditions. On a Service that is let go all of that is cleared; what
 * other people wrote stays.
 *
 * @module
 */

import type { Assignment } from "../ipam/mod.ts";
import {
  type Address,
  formatAddress,
  formatPrefix,
  parseAddress,
  sameAddress,
  unmapped,
} from "../net/mod.ts";
import {
  eipAnnotation,
  formatRecord,
  parseRecord,
  recordAnnotation,
  recordEcho,
  type RecordEntry,
  releasedAnnotation,
  sameValue,
  type Service,
} from "../objects/mod.ts";
import { deafText } from "./audience.ts";
import { annotationField } from "./claims.ts";
import {
  allocatedCondition,
  announcedCondition,
  type Condition,
  mergeServiceConditions,
} from "./conditions.ts";
import type { ServicePlan } from "./model.ts";
import type { StatusPatch } from "./patch.ts";
import { isAggregate } from "./routes.ts";
import { routeOf } from "./service_plan.ts";

/** The patch for a Service; undefined when it would change nothing. */
export function servicePatch(
  planned: ServicePlan,
  service: Service,
  options: { readonly speaking: boolean; readonly now: number },
): StatusPatch | undefined {
  const annotations = annotationsOf(planned, service);
  const conditions = mergeServiceConditions(
    service.status,
    planned.ours ? conditionsOfService(planned, options.speaking) : [],
    { generation: service.generation, now: options.now },
  );
  const status: Record<string, unknown> = {
    ...balancerOf(planned, service),
    ...(conditions === undefined
      ? {}
      : { conditions: conditions.length === 0 ? null : conditions }),
  };
  const said = Object.keys(annotations).length > 0;
  const stated = Object.keys(status).length > 0;
  if (!said && !stated) return undefined;
  return {
    object: service.ref,
    ...(said ? { annotations } : {}),
    ...(stated ? { status } : {}),
  };
}

/** What is said of a Service that is porter's: of its address, and of its being announced. */
export function conditionsOfService(
  planned: ServicePlan,
  speaking: boolean,
): readonly [Condition, Condition] {
  return [allocated(planned), announced(planned, speaking)];
}

/** The two annotations, where they differ. The user's own request is never written over. */
function annotationsOf(planned: ServicePlan, service: Service): Record<string, string | null> {
  const entries = planned.assignments.map((each) => entryOf(each, service));
  const wanted: Record<string, string | null> = {
    [recordAnnotation]: entries.length === 0 ? null : formatRecord(entries),
    [releasedAnnotation]: null,
  };
  if (service.requested?.field !== annotationField) {
    const before = parseRecord(service.annotations[recordAnnotation] ?? "");
    const ours = before.ok && recordEcho(before.value) === service.annotations[eipAnnotation];
    const echo = recordEcho(entries);
    if (echo !== undefined) wanted[eipAnnotation] = echo;
    else if (ours) wanted[eipAnnotation] = null;
  }
  return Object.fromEntries(
    Object.entries(wanted).filter(([key, value]) => (service.annotations[key] ?? null) !== value),
  );
}

/** What asked for the address, told from the request as it stands. */
function entryOf({ address, pool }: Assignment, { requested }: Service): RecordEntry {
  const wanted = parseAddress(requested?.text ?? "");
  if (requested === undefined || wanted === undefined || !sameAddress(unmapped(wanted), address)) {
    return { address, pool, by: "pool" };
  }
  return {
    address,
    pool,
    by: requested.field === annotationField ? "annotation" : "loadBalancerIP",
  };
}

/** status.loadBalancer, where it differs: our addresses, or what is left without those released. */
function balancerOf(planned: ServicePlan, service: Service): Record<string, unknown> {
  const before = ingressOf(service);
  const wanted = planned.assignments.map(({ address }) => formatAddress(address));
  if (wanted.length > 0) {
    const same = before.length === wanted.length &&
      before.every((entry, index) => saysJust(entry, wanted[index]));
    if (same) return {};
    return { loadBalancer: { ingress: wanted.map((ip) => ({ ip, ipMode: "VIP" })) } };
  }
  const left = before.filter((entry) => !isOneOf(entry, planned.released));
  if (left.length === before.length) return {};
  return { loadBalancer: left.length === 0 ? null : { ingress: left } };
}

/**
 * Whether an entry says this address and nothing else. A missing ipMode is VIP: an API server that
 * does not know the field drops it, and would be written to for ever.
 */
function saysJust(entry: unknown, ip: string | undefined): boolean {
  return sameValue(entry, { ip }) || sameValue(entry, { ip, ipMode: "VIP" });
}

function isOneOf(entry: unknown, addresses: readonly Address[]): boolean {
  const ip = isMapping(entry) && typeof entry.ip === "string" ? entry.ip : "";
  const address = parseAddress(ip.trim());
  return address !== undefined && addresses.some((each) => sameAddress(each, unmapped(address)));
}

function ingressOf(service: Service): readonly unknown[] {
  const { loadBalancer } = service.status;
  return isMapping(loadBalancer) && Array.isArray(loadBalancer.ingress) ? loadBalancer.ingress : [];
}

function allocated({ assignments, refusals, wanting, service }: ServicePlan): Condition {
  const type = allocatedCondition;
  const no = refusals.find((each) => !unannounced.has(each.reason));
  const held = assignments.map((each) => formatAddress(each.address)).join(", ");
  if (assignments.length === 0) {
    const reason = no?.reason ?? "Pending";
    const message = no?.message ?? `Service ${service.name} has no address`;
    return { type, status: "False", reason, message };
  }
  if (no !== undefined) {
    return { type, status: "True", reason: no.reason, message: `Holds ${held}. ${no.message}` };
  }
  const odd = assignments.find((each) => each.standing !== "InPool");
  const without = wanting.map((each) => `. ${each.message}`).join("");
  const message = odd === undefined
    ? `${held} from Eip ${assignments.map((each) => each.pool).join(", ")}`
    : `${formatAddress(odd.address)} stays while the Service does: ${
      standingMeanings[odd.standing]
    }`;
  const reason = odd?.standing ?? "Assigned";
  return { type, status: "True", reason, message: message + without };
}

/** What each standing means, for people. */
export const standingMeanings = {
  InPool: "its Eip has it",
  PoolGone: "its Eip is gone",
  OutsidePool: "its Eip does not contain it any more",
  PoolDisabled: "its Eip is disabled",
  PoolDeleting: "its Eip is being deleted",
  PoolRefused: "its Eip is refused",
} as const;

/** Refusals that are about announcing, not about the address. */
const unannounced: ReadonlySet<string> = new Set([
  "WithdrawalsHeld",
  "NoReadyEndpoint",
  "NoEligibleNode",
  "AddressOfPods",
  "AddressMartian",
  "AttributeInvalid",
  "AttributeNotAllowed",
]);

function announced(planned: ServicePlan, speaking: boolean): Condition {
  const type = announcedCondition;
  const { assignments, routes, refusals } = planned;
  if (assignments.length === 0) {
    return { type, status: "False", reason: "NotAllocated", message: "There is no address" };
  }
  const no = refusals.find((each) =>
    unannounced.has(each.reason) || (each.reason === "AddressOfNode" && routes.length === 0)
  );
  if (routes.length === 0) {
    const message = no?.message ?? "Nothing is announced";
    return { type, status: "False", reason: no?.reason ?? "Pending", message };
  }
  if (!speaking) {
    const message = "No session is open: there is no BgpConf; create one";
    return { type, status: "False", reason: "BgpConfMissing", message };
  }
  const { audience } = planned.policies;
  if (routes.every(({ paths }) => audience.isDeafTo(paths))) {
    const message = "No BgpPeer selects it by its spec.export; porter peers lists them";
    return { type, status: "False", reason: "NoPeerSelects", message };
  }
  const found = assignments.flatMap(({ address }) => {
    const route = routeOf(routes, address);
    if (route === undefined) return [];
    const own = formatAddress(address);
    const text = isAggregate(route) ? `${own} (as ${formatPrefix(route.prefix)})` : own;
    return [{ text, own, deaf: audience.deafTo(route.paths) }];
  });
  const said = found.map(({ text }) => text).join(", ");
  const but = found.filter(({ deaf }) => deaf.length > 0)
    .map(({ own, deaf }) => `; ${found.length > 1 ? `${own} ` : ""}${deafText(deaf)}`).join("");
  // Which sessions are up is in the BgpPeers: a flap must not rewrite every Service.
  const fine = `${said} is announced to every peer whose session is up${but}`;
  const message = no === undefined ? fine : `${fine}. ${no.message}`;
  return { type, status: "True", reason: no?.reason ?? "Announced", message };
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
