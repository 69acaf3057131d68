/**
 * The lab's objects as a user would write them: the YAML that `kubectl apply` takes.
 *
 * @module
 */

import { nodeAddresses } from "./fabric.ts";

/** A folder of manifests. Each file is replaced as a whole, as editors and ConfigMaps do. */
export class Manifests {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** Makes the folder. */
  static async create(folder: string): Promise<Manifests> {
    await Deno.mkdir(folder, { recursive: true });
    return new Manifests(folder);
  }

  /** Writes a file of one or more documents; gives its path. */
  async write(name: string, ...documents: readonly string[]): Promise<string> {
    const path = `${this.folder}/${name}.yaml`;
    // Beside the folder, so that nobody reads it half written, and on the same file system.
    const draft = `${this.folder}.${name}.draft`;
    await Deno.writeTextFile(draft, documents.join("---\n"));
    await Deno.rename(draft, path);
    return path;
  }

  /** Deletes a file. */
  async remove(name: string): Promise<void> {
    await Deno.remove(`${this.folder}/${name}.yaml`);
  }
}

/** BgpConf. */
export function bgpConf(
  spec: {
    readonly as: number;
    readonly routerId: string;
    readonly port: number;
    readonly asPerRack?: Readonly<Record<string, number>>;
    readonly nodeBfd?: { readonly interval: number };
  },
): string {
  return `apiVersion: network.kubesphere.io/v1alpha1
kind: BgpConf
metadata:
  name: lab
spec:
  as: ${spec.as}
  routerID: ${spec.routerId}
  port: ${spec.port}
${section("asPerRack", spec.asPerRack ?? {})}${section("nodeBfd", spec.nodeBfd ?? {})}`;
}

/** What a BgpPeer says; what is left out is not written. */
export interface BgpPeerSpec {
  readonly name?: string;
  readonly peerAs: number;
  /** Left out where there is a range. */
  readonly neighborAddress?: string;
  readonly listenRange?: string;
  readonly listenLimit?: number;
  readonly sendMax?: number;
  readonly passiveMode?: boolean;
  readonly remotePort?: number;
  readonly usingPortForward?: boolean;
  readonly sourceAddress?: string;
  readonly interface?: string;
  readonly ttlSecurity?: number;
  readonly ebgpMultiHop?: number;
  readonly passwordSecretRef?: { readonly name: string; readonly key?: string };
  /** Seconds. */
  readonly holdTime?: number;
  /** Seconds. */
  readonly connectRetry?: number;
  /** Both intervals in milliseconds; left out, there is no BFD. */
  readonly bfd?: { readonly interval: number; readonly multiHop?: boolean };
  /** Left out: the managers speak. */
  readonly speakers?: {
    readonly type: "Managers" | "Agents";
    /** Labels of the nodes whose agents speak. */
    readonly nodes?: Readonly<Record<string, string>>;
  };
  /** spec.gracefulRestart.enabled. */
  readonly gracefulRestart?: boolean;
  /** Seconds. */
  readonly restartTime?: number;
}

/** BgpPeer. */
export function bgpPeer(spec: BgpPeerSpec): string {
  const { sendMax, passiveMode, remotePort, holdTime, connectRetry } = spec;
  const { sourceAddress, interface: name, ttlSecurity, ebgpMultiHop } = spec;
  const options = { sourceAddress, interface: name, ttlSecurity, ebgpMultiHop };
  const { interval, multiHop } = spec.bfd ?? {};
  const { gracefulRestart: enabled, restartTime } = spec;
  return `apiVersion: network.kubesphere.io/v1alpha1
kind: BgpPeer
metadata:
  name: ${spec.name ?? "leaf"}
spec:
  config:
    peerAs: ${spec.peerAs}
${neighborOf(spec)}${section("addPaths", { sendMax })}${
    section("transport", { passiveMode, remotePort, ...options })
  }${section("timers", { holdTime, connectRetry })}${
    section("bfd", { minTx: interval, minRx: interval, multiHop })
  }${section("gracefulRestart", { enabled, restartTime })}${speakersOf(spec.speakers)}${
    spec.usingPortForward ? "  usingPortForward: true\n" : ""
  }${
    spec.passwordSecretRef === undefined
      ? ""
      : `  passwordSecretRef: ${JSON.stringify(spec.passwordSecretRef)}\n`
  }`;
}

function neighborOf({ neighborAddress, listenRange, listenLimit }: BgpPeerSpec): string {
  const fields = { neighborAddress, listenRange, listenLimit };
  return Object.entries(fields).filter(([, value]) => value !== undefined)
    .map(([key, value]) => `    ${key}: ${JSON.stringify(value)}\n`).join("");
}

/** A Secret, with its values as text. */
export function secret(
  name: string,
  values: Readonly<Record<string, string>>,
  namespace = "default",
): string {
  return `apiVersion: v1
kind: Secret
metadata: { name: ${name}, namespace: ${namespace} }
stringData: ${JSON.stringify(values)}
`;
}

function speakersOf(speakers: BgpPeerSpec["speakers"]): string {
  if (speakers === undefined) return "";
  const { type, nodes } = speakers;
  const selector = nodes === undefined
    ? ""
    : `\n    nodeSelector: { matchLabels: ${JSON.stringify(nodes)} }`;
  return `  speakers:\n    type: ${type}${selector}\n`;
}

/** A mapping of what is there; nothing when nothing is. */
function section(
  name: string,
  fields: Readonly<Record<string, string | number | boolean | undefined>>,
) {
  const lines = Object.entries(fields).filter(([, value]) => value !== undefined)
    .map(([key, value]) => `    ${key}: ${JSON.stringify(value)}\n`);
  return lines.length === 0 ? "" : `  ${name}:\n${lines.join("")}`;
}

/** Eip. */
export function eip(
  name: string,
  address: string,
  more: { readonly disable?: boolean; readonly usingKnownIPs?: boolean } = {},
): string {
  return `apiVersion: network.kubesphere.io/v1alpha1
kind: Eip
metadata:
  name: ${name}
spec:
  address: "${address}"
  protocol: bgp
  disable: ${more.disable === true}
  usingKnownIPs: ${more.usingKnownIPs === true}
`;
}

/** What a Node says beside its addresses. */
export interface NodeSpec {
  /** Left out: "node" and the number. */
  readonly name?: string;
  /** Left out means ready. */
  readonly ready?: boolean;
  /** Labelled node.kubernetes.io/exclude-from-external-load-balancers. */
  readonly excluded?: boolean;
  /** Cordoned. */
  readonly unschedulable?: boolean;
  readonly labels?: Readonly<Record<string, string>>;
  /** InternalIPs; left out means those of the lab's rack. */
  readonly addresses?: readonly string[];
}

/** The Node of a lab's node. */
export function node(number: number, spec: NodeSpec = {}): string {
  const { v4, v6 } = nodeAddresses(number);
  const addresses = (spec.addresses ?? [v4, v6])
    .map((address) => `    - { type: InternalIP, address: "${address}" }`).join("\n");
  const excluded = { "node.kubernetes.io/exclude-from-external-load-balancers": "" };
  const all = { ...spec.labels, ...(spec.excluded === true ? excluded : {}) };
  const labels = Object.keys(all).length === 0 ? "" : `  labels: ${JSON.stringify(all)}\n`;
  return `apiVersion: v1
kind: Node
metadata:
  name: ${spec.name ?? `node${number}`}
${labels}spec:
  unschedulable: ${spec.unschedulable === true}
status:
  addresses:
${addresses}
  conditions:
    - { type: Ready, status: "${spec.ready === false ? "False" : "True"}" }
`;
}

/** What a Service says. */
export interface ServiceSpec {
  readonly name: string;
  /** Left out means 80. */
  readonly port?: number;
  /** Asked for with the annotation of 2020. */
  readonly requested?: string;
  readonly requestedBy?: "annotation" | "loadBalancerIP";
  readonly type?: "LoadBalancer" | "ClusterIP";
  /** Left out means Local: only nodes with endpoints are next hops. */
  readonly policy?: "Cluster" | "Local";
  readonly families?: readonly ("IPv4" | "IPv6")[];
  /** Without the annotation the Service is none of porter's. */
  readonly optIn?: boolean;
}

/** Service, opted in by the annotation. */
export function service(spec: ServiceSpec): string {
  const asked = spec.requested === undefined ? undefined : spec.requestedBy ?? "annotation";
  const lines = [
    ...(spec.optIn === false ? [] : ["lb.kubesphere.io/v1alpha1: porter"]),
    ...(asked === "annotation" ? [`eip.porter.kubesphere.io/v1alpha1: "${spec.requested}"`] : []),
  ];
  const annotations = lines.length === 0
    ? ""
    : `  annotations:\n${lines.map((line) => `    ${line}\n`).join("")}`;
  const request = asked === "loadBalancerIP" ? `  loadBalancerIP: "${spec.requested}"\n` : "";
  const families = spec.families === undefined
    ? ""
    : `  ipFamilies: [${spec.families.join(", ")}]\n`;
  return `apiVersion: v1
kind: Service
metadata:
  name: ${spec.name}
  namespace: default
${annotations}spec:
  type: ${spec.type ?? "LoadBalancer"}
${request}${families}  externalTrafficPolicy: ${spec.policy ?? "Local"}
  ports:
    - { name: http, protocol: TCP, port: ${spec.port ?? 80} }
`;
}

/** EndpointSlice: one ready endpoint on each of these nodes. */
export function endpointSlice(
  serviceName: string,
  nodes: readonly number[],
  family: 4 | 6 = 4,
): string {
  const endpoints = nodes.map((number) => {
    const own = nodeAddresses(number);
    const address = family === 4 ? own.v4 : own.v6;
    return `  - addresses: ["${address}"]
    conditions: { ready: true }
    nodeName: node${number}
`;
  });
  return `apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata:
  name: ${serviceName}-${family}
  namespace: default
  labels:
    kubernetes.io/service-name: ${serviceName}
addressType: IPv${family}
ports:
  - { name: http, protocol: TCP, port: 80 }
endpoints:${endpoints.length === 0 ? " []\n" : `\n${endpoints.join("")}`}`;
}
