/**
 * Service of v1: whether it is porter's, which address it asks for and which it holds.
 *
 * @module
 */

import type { z } from "zod";
import { type Address, addressKey, type Family, parseAddress, unmapped } from "../net/mod.ts";
import {
  type FieldFault,
  fieldWarning,
  list,
  oneOf,
  section,
  text,
  textMap,
  wholeNumber,
} from "./field.ts";
import { askedAttributes, attributeAnnotations } from "./attributes.ts";
import { defineKind } from "./kind.ts";
import type { Held, ObjectMeta, OptIn, Service } from "./model.ts";
import {
  eipAnnotation,
  parseRecord,
  recordAnnotation,
  recordEcho,
  type RecordEntry,
  releasedAnnotation,
} from "./record.ts";
import { isMapping, nearest } from "./spelling.ts";

/** The annotation of 2020 that makes a Service porter's, when it says exactly "porter". */
export const optInAnnotation = "lb.kubesphere.io/v1alpha1";

/** The same as the README of 2020 misspelt it; it works, and is warned about. */
export const misspeltOptInAnnotation = "lb.kubesphere.io/v1apha1";

/** The annotation of 2020 that says which kind of pool a Service wants. */
export const protocolAnnotation = "protocol.porter.kubesphere.io/v1alpha1";

/** The annotation that names the Eip, or one for each family, that a Service wants its addresses of. */
export const poolAnnotation = "porter.kubesphere.io/pool";

/** The annotation that lets Services with the same text in it share one address (docs/adr/0019). */
export const sharingKeyAnnotation = "porter.kubesphere.io/sharing-key";

/** The namespaces, beside its own, that a Service shares with: names with commas between, or "*". */
export const sharingNamespacesAnnotation = "porter.kubesphere.io/sharing-namespaces";

/** The class that makes a Service porter's; any other class makes it somebody else's. */
export const loadBalancerClass = "porter.kubesphere.io/porter";

const spec = section({
  type: oneOf("ClusterIP", "NodePort", "LoadBalancer", "ExternalName").optional(),
  loadBalancerClass: text().optional(),
  loadBalancerIP: text().optional(),
  externalTrafficPolicy: oneOf("Cluster", "Local", "").optional(),
  selector: textMap().optional(),
  clusterIP: text().optional(),
  clusterIPs: list(text()).optional(),
  ipFamilies: list(oneOf("IPv4", "IPv6")).optional(),
  ipFamilyPolicy: oneOf("SingleStack", "PreferDualStack", "RequireDualStack").optional(),
  ports: list(section({
    name: text().optional(),
    protocol: oneOf("TCP", "UDP", "SCTP").optional(),
    port: wholeNumber(1, 65535),
  })).optional(),
});

type Spec = z.infer<typeof spec>;

/** The kind Service. */
export const serviceKind = defineKind({
  kind: "Service",
  apiVersion: "v1",
  namespaced: true,
  schema: section({ spec: spec.optional() }),
  strictness: "near-misses",
  read(meta, body, warnings): Service {
    const spec: Spec = body.spec ?? {};
    warnAnnotations(meta.annotations, warnings);
    const record = readRecord(meta, warnings);
    const requested = request(meta, spec, record);
    const attributes = askedAttributes(meta.annotations);
    for (const { annotation, message } of attributes?.wrong ?? []) {
      warnings.push(fieldWarning(["metadata", "annotations", annotation], message));
    }
    const protocol = meta.annotations[protocolAnnotation];
    return {
      ...meta,
      optIn: optIn(meta, spec),
      isLoadBalancer: spec.type === "LoadBalancer",
      ...(requested === undefined ? {} : { requested }),
      ...(protocol === undefined ? {} : { requestedProtocol: protocol }),
      ...requestedPools(meta),
      ...sharing(meta),
      ...(attributes === undefined ? {} : { attributes }),
      ports: (spec.ports ?? []).map((each) => ({
        name: each.name ?? "",
        protocol: each.protocol ?? "TCP",
        port: each.port,
      })),
      selector: spec.selector ?? {},
      externalTrafficPolicy: spec.externalTrafficPolicy === "Local" ? "Local" : "Cluster",
      ...families(spec),
      ...(spec.ipFamilyPolicy === undefined ? {} : { ipFamilyPolicy: spec.ipFamilyPolicy }),
      holds: holds(record, meta.status),
    };
  },
});

/** The class wins over the annotation: who names another class has another load balancer. */
function optIn(meta: ObjectMeta, spec: Spec): OptIn {
  if (spec.loadBalancerClass !== undefined && spec.loadBalancerClass !== "") {
    return spec.loadBalancerClass === loadBalancerClass ? "class" : "none";
  }
  if (meta.annotations[optInAnnotation] === "porter") return "annotation";
  if (meta.annotations[misspeltOptInAnnotation] === "porter") return "misspelt-annotation";
  return meta.annotations[optInAnnotation] === undefined ? "classless" : "none";
}

/** What the user asks for. The annotation is no request while it is the echo of our own record. */
function request(
  meta: ObjectMeta,
  spec: Spec,
  record: readonly RecordEntry[],
): Service["requested"] {
  const annotation = (meta.annotations[eipAnnotation] ?? "").trim();
  if (annotation !== "" && annotation !== recordEcho(record)) {
    return { text: annotation, field: `metadata.annotations[${eipAnnotation}]` };
  }
  const loadBalancerIp = (spec.loadBalancerIP ?? "").trim();
  return loadBalancerIp === "" ? undefined : { text: loadBalancerIp, field: "spec.loadBalancerIP" };
}

function requestedPools({ annotations }: ObjectMeta): Pick<Service, "requestedPools"> {
  const names = namesIn(annotations[poolAnnotation]);
  return names.length === 0 ? {} : { requestedPools: names };
}

/** Names with commas between. */
function namesIn(text = ""): readonly string[] {
  return text.split(",").map((each) => each.trim()).filter((each) => each !== "");
}

function sharing({ annotations }: ObjectMeta): Pick<Service, "sharing"> {
  const key = (annotations[sharingKeyAnnotation] ?? "").trim();
  if (key === "") return {};
  return { sharing: { key, namespaces: namesIn(annotations[sharingNamespacesAnnotation]) } };
}

function readRecord(meta: ObjectMeta, warnings: FieldFault[]): readonly RecordEntry[] {
  const record = parseRecord(meta.annotations[recordAnnotation] ?? "");
  if (record.ok) return record.value;
  const path = ["metadata", "annotations", recordAnnotation];
  warnings.push(fieldWarning(path, `${record.error}; only status.loadBalancer says what is held`));
  return [];
}

/**
 * The families: as said, or those of the cluster addresses, or IPv4. An API server has made them fit the
 * policy already; where none has (a directory), a Service of two stacks gets its second family here,
 * unless cluster addresses show that there is only one, and one of a single stack keeps its first.
 */
function families(spec: Spec): Pick<Service, "families" | "familiesAssumed"> {
  const said = (spec.ipFamilies ?? []).map((each): Family => each === "IPv4" ? 4 : 6);
  const cluster = [...(spec.clusterIPs ?? []), spec.clusterIP ?? ""]
    .flatMap((each) => parseAddress(each)?.family ?? []);
  const found = [...new Set(said.length > 0 ? said : cluster)];
  const [first = 4] = found;
  const assumed = found.length === 0;
  const policy = spec.ipFamilyPolicy;
  const two = policy === "RequireDualStack" || (policy === "PreferDualStack" && assumed);
  return {
    families: two
      ? [first, first === 4 ? 6 : 4]
      : policy === "SingleStack" || assumed
      ? [first]
      : found,
    ...(assumed ? { familiesAssumed: true } : {}),
  };
}

/** What the record and the status say that it holds: each address once, the record's first. */
function holds(record: readonly RecordEntry[], status: Readonly<Record<string, unknown>>): Held[] {
  const ingress = ingressAddresses(status);
  const inStatus = new Set(ingress.map(addressKey));
  const held = new Map<number | bigint, Held>();
  for (const { address, pool } of record) {
    const key = addressKey(address);
    if (!held.has(key)) held.set(key, { address, pool, inStatus: inStatus.has(key) });
  }
  for (const address of ingress) {
    const key = addressKey(address);
    if (!held.has(key)) held.set(key, { address, inStatus: true });
  }
  return [...held.values()];
}

/** The addresses of status.loadBalancer.ingress; names and what cannot be read are passed over. */
function ingressAddresses(status: Readonly<Record<string, unknown>>): Address[] {
  const balancer = status.loadBalancer;
  const ingress = isMapping(balancer) ? balancer.ingress : undefined;
  if (!Array.isArray(ingress)) return [];
  return ingress.flatMap((entry: unknown) => {
    const ip = isMapping(entry) ? entry.ip : undefined;
    const address = typeof ip === "string" ? parseAddress(ip.trim()) : undefined;
    return address === undefined ? [] : [unmapped(address)];
  });
}

/** Warns of annotations that look like porter's and are not, or say what porter does not read. */
function warnAnnotations(
  annotations: Readonly<Record<string, string>>,
  warnings: FieldFault[],
): void {
  const known = [
    optInAnnotation,
    eipAnnotation,
    protocolAnnotation,
    recordAnnotation,
    releasedAnnotation,
    poolAnnotation,
    sharingKeyAnnotation,
    sharingNamespacesAnnotation,
    ...Object.values(attributeAnnotations),
  ];
  for (const [key, value] of Object.entries(annotations)) {
    const path = ["metadata", "annotations", key];
    if (key === misspeltOptInAnnotation) {
      warnings.push(fieldWarning(path, `is misspelt and works for now; write ${optInAnnotation}`));
    } else if (key === optInAnnotation && value !== "porter") {
      if (value.trim().toLowerCase() === "porter") {
        warnings.push(fieldWarning(path, "is ignored; it must be exactly porter"));
      }
    } else if (!known.includes(key)) {
      const meant = nearest(key, known);
      if (meant !== undefined) {
        warnings.push(fieldWarning(path, `is not known and is ignored; did you mean ${meant}?`));
      }
    }
  }
}
