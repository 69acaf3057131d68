/**
 * Builders of porter's nouns for tests: everything has a default, a test says only what it is about.
 * Names are "namespace/name" or "name".
 *
 * @module
 */

import { type Address, ipv4, parseAddress, parseRange } from "../../lib/net/mod.ts";
import type {
  BgpConf,
  BgpPeer,
  Eip,
  Endpoint,
  EndpointSlice,
  Held,
  Node,
  ObjectMeta,
  Service,
  Snapshot,
} from "../../lib/objects/mod.ts";

/** What can be said of any object. */
export type MetaOptions = Partial<Omit<ObjectMeta, "ref">>;

/** Reads an address that a test is sure of. */
export function addressOf(text: string): Address {
  const address = parseAddress(text);
  if (address === undefined) throw new Error(`Cannot read the address "${text}"`);
  return address;
}

/** Metadata of an object that nobody has said anything of. */
export function meta(kind: string, name: string, options: MetaOptions = {}): ObjectMeta {
  const slash = name.indexOf("/");
  return {
    ref: {
      kind,
      namespace: slash < 0 ? "" : name.slice(0, slash),
      name: name.slice(slash + 1),
    },
    uid: options.uid ?? "",
    resourceVersion: options.resourceVersion ?? "",
    generation: options.generation ?? 1,
    createdAt: options.createdAt ?? 0,
    deleting: options.deleting ?? false,
    labels: options.labels ?? {},
    annotations: options.annotations ?? {},
    finalizers: options.finalizers ?? [],
    status: options.status ?? {},
  };
}

/** A pool; "203.0.113.0/24" for bgp unless told otherwise. */
export function eip(
  name: string,
  address = "203.0.113.0/24",
  options: MetaOptions & Partial<Omit<Eip["spec"], "address" | "range">> = {},
): Eip {
  const range = parseRange(address);
  return {
    ...meta("Eip", name, options),
    spec: {
      address,
      range: range.ok ? range.value : { invalid: range.error },
      protocol: options.protocol ?? "bgp",
      disable: options.disable ?? false,
      usingKnownIps: options.usingKnownIps ?? false,
      priority: options.priority ?? 100,
      autoAssign: options.autoAssign ?? true,
      ...(options.bgp === undefined ? {} : { bgp: options.bgp }),
      ...(options.namespaces === undefined ? {} : { namespaces: options.namespaces }),
      ...(options.namespaceSelector === undefined
        ? {}
        : { namespaceSelector: options.namespaceSelector }),
      ...(options.serviceSelector === undefined
        ? {}
        : { serviceSelector: options.serviceSelector }),
    },
  };
}

/** What can be said of a Service; `holds` maps addresses to the pool of our record, or to null. */
export interface ServiceOptions extends MetaOptions, Partial<Omit<Service, keyof ObjectMeta>> {
  /** spec.loadBalancerIP. */
  readonly loadBalancerIp?: string;
  /** The annotation of 2020, when the user wrote it. */
  readonly annotation?: string;
  /** Addresses and the pools of our record; null for an address that only the status has. */
  readonly held?: Readonly<Record<string, string | null>>;
}

/** A Service of type LoadBalancer with the annotation, TCP port 80, in namespace "default". */
export function service(name: string, options: ServiceOptions = {}): Service {
  const { loadBalancerIp, annotation, held } = options;
  const requested: Service["requested"] = annotation !== undefined
    ? { text: annotation, field: "metadata.annotations[eip.porter.kubesphere.io/v1alpha1]" }
    : loadBalancerIp !== undefined
    ? { text: loadBalancerIp, field: "spec.loadBalancerIP" }
    : options.requested;
  return {
    ...meta("Service", name.includes("/") ? name : `default/${name}`, options),
    optIn: options.optIn ?? "annotation",
    isLoadBalancer: options.isLoadBalancer ?? true,
    ...(requested === undefined ? {} : { requested }),
    ...(options.requestedProtocol === undefined
      ? {}
      : { requestedProtocol: options.requestedProtocol }),
    ...(options.requestedPools === undefined ? {} : { requestedPools: options.requestedPools }),
    ...(options.sharing === undefined ? {} : { sharing: options.sharing }),
    ...(options.attributes === undefined ? {} : { attributes: options.attributes }),
    selector: options.selector ?? {},
    ports: options.ports ?? [{ name: "http", protocol: "TCP", port: 80 }],
    externalTrafficPolicy: options.externalTrafficPolicy ?? "Cluster",
    families: options.families ?? [4],
    ...(options.ipFamilyPolicy === undefined ? {} : { ipFamilyPolicy: options.ipFamilyPolicy }),
    holds: options.holds ?? Object.entries(held ?? {}).map(([text, pool]): Held => ({
      address: addressOf(text),
      ...(pool === null ? {} : { pool }),
      inStatus: true,
    })),
  };
}

/** An endpoint, ready; the node may be undefined. */
export function endpoint(nodeName: string | undefined, options: Partial<Endpoint> = {}): Endpoint {
  const ready = options.ready ?? true;
  return {
    ready,
    serving: options.serving ?? ready,
    terminating: options.terminating ?? false,
    nodeName,
  };
}

/** An EndpointSlice of a Service ("name" means namespace "default"), of IPv4. */
export function slice(
  serviceName: string,
  endpoints: readonly (Endpoint | string)[],
  options: MetaOptions & { readonly family?: 4 | 6; readonly name?: string } = {},
): EndpointSlice {
  const full = serviceName.includes("/") ? serviceName : `default/${serviceName}`;
  const family = options.family ?? 4;
  return {
    ...meta("EndpointSlice", options.name ?? `${full}-v${family}`, options),
    service: full.slice(full.indexOf("/") + 1),
    family,
    endpoints: endpoints.map((each) => typeof each === "string" ? endpoint(each) : each),
  };
}

/** A node that is ready, with these InternalIPs. */
export function node(
  name: string,
  internalIps: readonly string[],
  options: MetaOptions & Partial<Omit<Node, keyof ObjectMeta>> = {},
): Node {
  return {
    ...meta("Node", name, options),
    ready: options.ready ?? true,
    networkUnavailable: options.networkUnavailable ?? false,
    excluded: options.excluded ?? false,
    unschedulable: options.unschedulable ?? false,
    ...(options.drain === undefined ? {} : { drain: options.drain }),
    internalIps: internalIps.map(addressOf),
  };
}

/** A BgpConf: AS 64620, router id 10.0.0.250, port 17900. */
export function bgpConf(
  name: string,
  options: MetaOptions & Partial<BgpConf["spec"]> = {},
): BgpConf {
  return {
    ...meta("BgpConf", name, options),
    spec: {
      as: options.as ?? 64620,
      asPerRack: options.asPerRack ?? {},
      routerId: options.routerId ?? ipv4(0x0a0000fa),
      port: options.port ?? 17900,
      ...(options.nodeBfd !== undefined && { nodeBfd: options.nodeBfd }),
    },
  };
}

/** A BgpPeer: AS 64600 at the address, everything else by default. */
export function bgpPeer(
  name: string,
  address: string,
  options: MetaOptions & Partial<Omit<BgpPeer["spec"], "neighborAddress">> = {},
): BgpPeer {
  const { sourceAddress, interface: device, ttlSecurity, ebgpMultiHop } = options;
  const { passwordSecretRef, listenRange } = options;
  return {
    ...meta("BgpPeer", name, options),
    spec: {
      neighborAddress: addressOf(address),
      peerAs: options.peerAs ?? 64600,
      sendMax: options.sendMax ?? 8,
      passiveMode: options.passiveMode ?? false,
      remotePort: options.remotePort ?? 179,
      usingPortForward: options.usingPortForward ?? false,
      holdTime: options.holdTime ?? 90,
      connectRetryTime: options.connectRetryTime ?? 10,
      localAs: options.localAs ?? 0,
      keepaliveTime: options.keepaliveTime ?? 0,
      idleHoldTime: options.idleHoldTime ?? 1,
      restartTime: options.restartTime ?? 120,
      ...(options.export === undefined ? {} : { export: options.export }),
      speakers: options.speakers ?? { type: "Managers" },
      ...(sourceAddress !== undefined && { sourceAddress }),
      ...(device !== undefined && { interface: device }),
      ...(ttlSecurity !== undefined && { ttlSecurity }),
      ...(ebgpMultiHop !== undefined && { ebgpMultiHop }),
      ...(passwordSecretRef !== undefined && { passwordSecretRef }),
      ...(listenRange !== undefined && { listenRange }),
      ...(options.bfd !== undefined && { bfd: options.bfd }),
    },
  };
}

/** A complete snapshot of these objects. */
export function snapshot(parts: Partial<Snapshot> = {}): Snapshot {
  return {
    complete: true,
    eips: [],
    bgpConfs: [],
    bgpPeers: [],
    services: [],
    endpointSlices: [],
    nodes: [],
    faults: [],
    ...parts,
  };
}

/** Two nodes, a pool, a BgpConf and a peer: a cluster in which a Service is announced. */
export function cluster(parts: Partial<Snapshot> = {}): Snapshot {
  return snapshot({
    eips: [eip("edge")],
    bgpConfs: [bgpConf("conf")],
    bgpPeers: [bgpPeer("leaf", "10.0.0.1")],
    nodes: [node("node1", ["10.0.0.11"]), node("node2", ["10.0.0.12"])],
    ...parts,
  });
}
