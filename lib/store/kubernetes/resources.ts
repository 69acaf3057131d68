/**
 * The resources that porter reads, and what of their objects is worth keeping.
 *
 * @module
 */

import {
  eipAnnotation,
  isOldFinalizer,
  type KindName,
  misspeltOptInAnnotation,
  optInAnnotation,
  protocolAnnotation,
  recordAnnotation,
  releasedAnnotation,
  serviceNameLabel,
} from "../../objects/mod.ts";
import type { ObjectRef } from "../../refusal/mod.ts";
import { isRecord, listOf, type Raw, record, text } from "./raw.ts";

/** One kind of object as the API has it. */
export interface Resource {
  readonly kind: KindName;
  readonly apiVersion: string;
  /** The lower case plural, as paths and RBAC rules have it. */
  readonly plural: string;
  readonly namespaced: boolean;
  /** Only of this namespace; left out: of all. */
  readonly namespace?: string;
  /** A CustomResourceDefinition that has to be installed. */
  readonly custom: boolean;
  /** What the server shall leave out. */
  readonly query: Readonly<Record<string, string>>;
}

const custom = { apiVersion: "network.kubesphere.io/v1alpha1", namespaced: false, custom: true };
const core = { apiVersion: "v1", custom: false, query: {} };

/** The resource of each kind. */
export const resources: Readonly<Record<KindName, Resource>> = {
  Eip: { kind: "Eip", plural: "eips", ...custom, query: {} },
  BgpConf: { kind: "BgpConf", plural: "bgpconfs", ...custom, query: {} },
  BgpPeer: { kind: "BgpPeer", plural: "bgppeers", ...custom, query: {} },
  Service: { kind: "Service", plural: "services", namespaced: true, ...core },
  Node: { kind: "Node", plural: "nodes", namespaced: false, ...core },
  Namespace: { kind: "Namespace", plural: "namespaces", namespaced: false, ...core },
  /** Never all of them: lib/store/kubernetes/secrets.ts reads them by name. */
  Secret: { kind: "Secret", plural: "secrets", namespaced: true, ...core },
  EndpointSlice: {
    kind: "EndpointSlice",
    apiVersion: "discovery.k8s.io/v1",
    plural: "endpointslices",
    namespaced: true,
    custom: false,
    // A Service without a cluster address can have no load balancer.
    query: { labelSelector: `${serviceNameLabel},!service.kubernetes.io/headless` },
  },
};

/** A resource with its group, as RBAC and CRDs name it. */
export function resourceName({ plural, apiVersion }: Resource): string {
  const slash = apiVersion.indexOf("/");
  return slash < 0 ? plural : `${plural}.${apiVersion.slice(0, slash)}`;
}

/** The path of all objects of a resource, or of all in its namespace. */
export function collectionPath({ apiVersion, plural, namespace }: Resource): string {
  const root = apiVersion === "v1" ? "/api/v1" : `/apis/${apiVersion}`;
  return namespace === undefined
    ? `${root}/${plural}`
    : `${root}/namespaces/${encodeURIComponent(namespace)}/${plural}`;
}

/** The path of one object; undefined when its kind is not known here. */
export function objectPath(ref: ObjectRef): string | undefined {
  const resource = Object.hasOwn(resources, ref.kind) ? resources[ref.kind as KindName] : undefined;
  if (resource === undefined) return undefined;
  const root = resource.apiVersion === "v1" ? "/api/v1" : `/apis/${resource.apiVersion}`;
  const namespace = resource.namespaced ? `/namespaces/${encodeURIComponent(ref.namespace)}` : "";
  return `${root}${namespace}/${resource.plural}/${encodeURIComponent(ref.name)}`;
}

/**
 * What is worth reading of a raw object; undefined when the object does not matter: a Service that
 * never was, is not and does not ask to be porter's.
 */
export function worthReading(resource: Resource, raw: Raw): Raw | undefined {
  const { apiVersion, kind } = resource;
  if (kind === "Service") {
    return matters(raw) ? { ...raw, apiVersion, kind, status: saidOf(raw) } : undefined;
  }
  if (kind === "Node") {
    return withoutVersion({ ...raw, status: nodeStatus(record(raw.status)) }, resource);
  }
  if (kind === "Namespace") {
    const { name, labels = {} } = record(raw.metadata);
    return { apiVersion, kind, metadata: { name, labels } };
  }
  if (kind !== "EndpointSlice") return { ...raw, apiVersion, kind };
  const metadata = record(raw.metadata);
  const service = record(metadata.labels)[serviceNameLabel];
  const labels = service === undefined ? {} : { [serviceNameLabel]: service };
  return withoutVersion({ ...raw, metadata: { ...metadata, labels, annotations: {} } }, resource);
}

/** Nobody writes to these, and their versions change much more often than what matters of them. */
function withoutVersion(raw: Raw, { apiVersion, kind }: Resource): Raw {
  const { resourceVersion: _, ...metadata } = record(raw.metadata);
  return { ...raw, apiVersion, kind, metadata };
}

const marks = [
  optInAnnotation,
  misspeltOptInAnnotation,
  eipAnnotation,
  protocolAnnotation,
  recordAnnotation,
  releasedAnnotation,
];

function matters(service: Raw): boolean {
  if (record(service.spec).type === "LoadBalancer") return true;
  const metadata = record(service.metadata);
  const annotations = record(metadata.annotations);
  if (listOf(metadata.finalizers).some((each) => isOldFinalizer("Service", text(each)))) {
    return true;
  }
  if (marks.some((key) => Object.hasOwn(annotations, key))) return true;
  const { ingress } = record(record(service.status).loadBalancer);
  return Array.isArray(ingress) && ingress.length > 0;
}

/** A Service's status without the empty loadBalancer that the server puts there. */
function saidOf(service: Raw): Raw {
  const { loadBalancer, ...status } = record(service.status);
  return Object.keys(record(loadBalancer)).length === 0 ? status : { ...status, loadBalancer };
}

/** Kubelets write much more, and again every few minutes: times, images, volumes. */
function nodeStatus(status: Raw): Raw {
  const conditions = listOf(status.conditions).filter(isRecord)
    .map(({ type, status }) => ({ type, status }));
  return {
    ...(conditions.length === 0 ? {} : { conditions }),
    ...(status.addresses === undefined ? {} : { addresses: status.addresses }),
  };
}
