/**
 * What a kubelet and a network plugin do on a real node, for packet tests: pods as namespaces behind
 * their node, Node objects, and EndpointSlices; and a real kube-proxy on the node. Everything is in
 * the lab's rack, outside of the range of Services.
 *
 * @module
 */

import { type Addresses, nodeAddresses, veth } from "../lab/fabric.ts";
import type { Lab } from "../lab/lab.ts";
import * as manifests from "../lab/manifests.ts";
import type { Process } from "../lab/process.ts";
import { until } from "../lab/wait.ts";
import { serve } from "../lab/web.ts";
import { proxyArguments, type ProxyMode } from "./arguments.ts";
import { ensureBinaries } from "./binaries.ts";
import type { KubeObject } from "./client.ts";
import type { Cluster } from "./cluster.ts";

/** A pod: a namespace with an address of its node's range. */
export interface Pod extends Addresses {
  /** Its role in the lab, and the answer of its server: "pod101" is the first of node 1. */
  readonly role: string;
  readonly node: number;
}

/** The prefixes of a node's pods, and the node's own address in them. */
function podNetwork(node: number): { prefix: Addresses; gateway: Addresses } {
  const v6 = `fd44:0:0:${node}::`;
  return {
    prefix: { v4: `10.244.${node}.0/24`, v6: `${v6}/64` },
    gateway: { v4: `10.244.${node}.1`, v6: `${v6}1` },
  };
}

/** Applies the Node objects, ready and with their addresses, and routes pods between the nodes. */
export async function addNodes(cluster: Cluster, nodes: readonly number[]): Promise<void> {
  await cluster.apply(nodes.map((node) => manifests.node(node)).join("---\n"));
  for (const node of nodes) {
    const others = nodes.filter((other) => other !== node);
    await cluster.lab.ip(
      `node${node}`,
      others.flatMap((other) => {
        const { prefix } = podNetwork(other);
        const via = nodeAddresses(other);
        return [`route add ${prefix.v4} via ${via.v4}`, `route add ${prefix.v6} via ${via.v6}`];
      }),
    );
  }
}

/**
 * Makes a pod behind a node: the `index`th, from 1 to 99. With ports it has a server that answers with
 * its role, or, for the path /client, with the address that the request came from.
 */
export async function addPod(
  lab: Lab,
  options: { readonly node: number; readonly index?: number; readonly ports?: readonly number[] },
): Promise<Pod> {
  const { node, index = 1, ports = [80] } = options;
  const role = `pod${node * 100 + index}`;
  const { gateway } = podNetwork(node);
  const pod: Pod = {
    role,
    node,
    v4: `10.244.${node}.${1 + index}`,
    v6: `fd44:0:0:${node}::${(1 + index).toString(16)}`,
  };
  await lab.addNamespace(role);
  await veth(lab, { role, name: "eth0" }, { role: `node${node}`, name: role });
  // Every pod has a cable of its own, and the node the same address at the end of each.
  await lab.ip(`node${node}`, [
    `addr add ${gateway.v4}/32 dev ${role}`,
    `addr add ${gateway.v6}/128 dev ${role} nodad`,
    `link set ${role} up`,
    `route add ${pod.v4}/32 dev ${role}`,
    `route add ${pod.v6}/128 dev ${role}`,
  ]);
  await lab.ip(role, [
    `addr add ${pod.v4}/32 dev eth0`,
    `addr add ${pod.v6}/128 dev eth0 nodad`,
    `link set eth0 up`,
    ...[`route add ${gateway.v4} dev eth0`, `route add default via ${gateway.v4}`],
    ...[`route add ${gateway.v6} dev eth0`, `route add ::/0 via ${gateway.v6}`],
  ]);
  if (ports.length > 0) await serve(lab, role, ports);
  return pod;
}

/** An EndpointSlice of a Service with these pods, ready, that serve on `port`; left out, TCP. */
export function podSlice(
  service: string,
  pods: readonly Pod[],
  options: {
    readonly port?: number;
    readonly protocol?: "TCP" | "UDP";
    readonly family?: 4 | 6;
    readonly namespace?: string;
  } = {},
): KubeObject {
  const { port = 80, protocol = "TCP", family = 4, namespace = "default" } = options;
  return {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: {
      name: `${service}-${family}`,
      namespace,
      labels: { "kubernetes.io/service-name": service },
    },
    addressType: `IPv${family}`,
    ports: [{ name: "http", protocol, port }],
    endpoints: pods.map((pod) => ({
      addresses: [family === 4 ? pod.v4 : pod.v6],
      conditions: { ready: true },
      nodeName: `node${pod.node}`,
    })),
  };
}

/** Starts a kube-proxy on a node of the rack, with its own rights, and waits for its first rules. */
export async function startKubeProxy(
  cluster: Cluster,
  options: { readonly node: number; readonly mode: ProxyMode },
): Promise<Process> {
  const node = `node${options.node}`;
  const { kubeProxy } = await ensureBinaries(["kubeProxy"]);
  const identity = await cluster.certificate({ user: "system:kube-proxy" });
  const argv = proxyArguments({
    program: kubeProxy,
    kubeconfig: await cluster.kubeconfig({ identity, from: "rack" }),
    node,
    address: nodeAddresses(options.node),
    mode: options.mode,
  });
  const process = cluster.lab.spawn(node, `kube-proxy-${node}`, argv);
  const look = options.mode === "nftables"
    ? ["nft", "list", "chain", "ip", "kube-proxy", "services"]
    : ["iptables", "-t", "nat", "-n", "-L", "KUBE-SERVICES"];
  await until(`kube-proxy has written its rules on ${node}`, async () => {
    if (process.code !== undefined) throw new Error(`kube-proxy: ${await process.output()}`);
    return (await cluster.lab.run(node, look)).code === 0;
  }, { timeout: 60_000, signal: cluster.lab.signal, otherwise: () => process.output() });
  return process;
}
