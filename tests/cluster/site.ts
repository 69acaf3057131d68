/**
 * What porter's users have, small: two nodes with a pod, a kube-proxy and an agent each, two managers
 * that both peer with a BIRD, and a client behind it.
 *
 * @module
 */

import { assert } from "@std/assert";
import {
  addNodes,
  addPod,
  type Cluster,
  type KubeObject,
  type Pod,
  podSlice,
  type ProxyMode,
  startKubeProxy,
} from "../../scripts/cluster/mod.ts";
import {
  addresses,
  Bird,
  type BirdOptions,
  kernelNextHops,
  type Lab,
  manifests,
  nodeAddresses,
  type Process,
  startAgent,
  startManager,
  until,
} from "../../scripts/lab/mod.ts";
import { installCrds } from "./store_rig.ts";

/** The address of the Service "web", the first of its pool. */
export const eip = "100.64.8.1";

/** The next hops of an EIP that both nodes serve. */
export const bothNodes: readonly string[] = [nodeAddresses(1).v4, nodeAddresses(2).v4];

/** Room for every Service that a test may make. */
const pool = "100.64.8.1-100.64.15.254";

const port = 17900;
const managerRoles = ["manager", "node1"] as const;

/** Where each manager and agent tells its health. */
const health = "127.0.0.1:7980";
const agentHealth = "127.0.0.1:7981";

/** A manager by its number: the first is alone in its namespace, the second is on node 1. */
export type Which = 0 | 1;

/** A running site. */
export class Site {
  readonly cluster: Cluster;
  readonly lab: Lab;
  readonly leaf: Bird;
  readonly pods: readonly Pod[];
  readonly #kubeconfig: string;
  readonly #managers: Process[] = [];
  readonly #agents: Process[] = [];

  private constructor(
    cluster: Cluster,
    made: { readonly pods: readonly Pod[]; readonly kubeconfig: string },
  ) {
    this.cluster = cluster;
    this.lab = cluster.lab;
    this.leaf = new Bird(cluster.lab);
    this.pods = made.pods;
    this.#kubeconfig = made.kubeconfig;
  }

  /** Builds it, and waits until the Service "web" is answered by both pods' nodes. */
  static async build(cluster: Cluster, mode: ProxyMode): Promise<Site> {
    const { lab } = cluster;
    await installCrds(cluster);
    await addNodes(cluster, [1, 2]);
    const pods = await Promise.all([1, 2].map((node) => addPod(lab, { node, ports: [8080] })));
    const site = new Site(cluster, {
      pods,
      kubeconfig: await cluster.kubeconfig({ from: "rack" }),
    });
    await site.startLeaf();
    await cluster.apply([
      manifests.bgpConf({ as: 65000, routerId: addresses.manager.v4, port }),
      manifests.bgpPeer({ peerAs: 65001, neighborAddress: addresses.leaf.v4, connectRetry: 1 }),
      manifests.eip("pool", pool),
      manifests.service({ name: "web", policy: "Local" }),
    ].join("\n---\n"));
    await cluster.apply([podSlice("web", pods, { port: 8080 })]);
    for (const node of [1, 2]) await startKubeProxy(cluster, { node, mode });
    for (const node of [1, 2] as const) site.startAgent(node);
    for (const which of [0, 1] as const) site.startManager(which);
    await site.served();
    return site;
  }

  /** Starts BIRD, with a session for each manager. */
  startLeaf(): Promise<void> {
    const options: BirdOptions = { as: 65001, peerAs: 65000, peerPort: port };
    return this.leaf.start({ ...options, others: [nodeAddresses(1).v4] });
  }

  /** A manager as it runs, or ran last. */
  manager(which: Which): Process {
    const process = this.#managers[which];
    assert(process !== undefined, `manager ${which} was not started`);
    return process;
  }

  /** Starts a manager, in the place of the last one. */
  startManager(which: Which): Process {
    const options = { kubeconfig: this.#kubeconfig, healthAddress: health };
    return this.#managers[which] = startManager(this.lab, options, managerRoles[which]);
  }

  /** The agent of a node as it runs, or ran last. */
  agent(node: 1 | 2): Process {
    const process = this.#agents[node];
    assert(process !== undefined, `no agent was started on node ${node}`);
    return process;
  }

  /** Starts the agent of a node. */
  startAgent(node: 1 | 2): Process {
    const options = { kubeconfig: this.#kubeconfig, healthAddress: agentHealth };
    return this.#agents[node] = startAgent(this.lab, `node${node}`, options);
  }

  /** Waits until a manager says that it is ready, as its pod's probe would. */
  async managerReady(which: Which): Promise<void> {
    await this.#ready(managerRoles[which], health, this.manager(which));
  }

  /** Waits until an agent says that it is ready. */
  async agentReady(node: 1 | 2): Promise<void> {
    await this.#ready(`node${node}`, agentHealth, this.agent(node));
  }

  /** Which manager holds the Lease now; waits until one does. */
  async leader(): Promise<Which> {
    let found: Which | undefined;
    await until("one manager leads", async () => {
      const lease = await this.cluster.kubectl([
        ...["get", "lease", "porter-manager", "-o", "jsonpath={.spec.holderIdentity}"],
      ]).catch(() => "");
      if (lease === "") return false;
      const logs = await Promise.all(this.#managers.map((each) => each.output()));
      const at = logs.findIndex((log) => log.includes(`"identity":"${lease}"`));
      if (at === 0 || at === 1) found = at;
      return found !== undefined && this.manager(found).code === undefined;
    }, { timeout: 60_000, otherwise: () => this.logs() });
    assert(found !== undefined);
    return found;
  }

  /** The next hops that the leaf's kernel has for an address, sorted. */
  async nextHops(address = eip): Promise<readonly string[]> {
    return [...await kernelNextHops(this.lab, `${address}/32`)].sort();
  }

  /** Waits until an address is routed to just these. */
  async routed(hops: readonly string[], address = eip): Promise<void> {
    const wanted = String([...hops].sort());
    await until(`the leaf routes ${address} to [${wanted}]`, async () => {
      return String(await this.nextHops(address)) === wanted;
    }, { timeout: 60_000, otherwise: () => this.logs() });
  }

  /** Waits until everything works: both sessions, both next hops, an answer. */
  async served(): Promise<void> {
    await until("both managers' sessions are up", async () => {
      return (await this.leaf.ask("show protocols")).match(/Established/g)?.length === 2;
    }, { timeout: 60_000, otherwise: () => this.logs() });
    await this.routed(bothNodes);
    await until("the client is answered", async () => {
      const argv = ["curl", "-s", "-f", "-m", "2", `http://${eip}/`];
      return (await this.lab.run("client", argv)).code === 0;
    }, { timeout: 60_000, otherwise: () => this.logs() });
    for (const node of [1, 2] as const) await this.agentReady(node);
  }

  /** What a Service's status has for addresses, with spaces between. */
  async ingress(name: string): Promise<string> {
    const path = "jsonpath={.status.loadBalancer.ingress[*].ip}";
    return (await this.cluster.kubectl(["get", "service", name, "-o", path])).trim();
  }

  /** What a manager answers in its API, below /api/v1/. */
  async ask(which: Which, what: string): Promise<Readonly<Record<string, unknown>>> {
    const url = `http://127.0.0.1:7985/api/v1/${what}`;
    return JSON.parse(await this.lab.must(managerRoles[which], ["curl", "-s", "-m", "2", url]));
  }

  /** What both managers have logged. */
  async logs(): Promise<string> {
    const logs = await Promise.all(this.#managers.map((each) => each.output()));
    return logs.map((log, at) => `manager ${at}:\n${log.slice(-6000)}`).join("\n");
  }

  async #ready(role: string, address: string, process: Process): Promise<void> {
    let said = "";
    await until(`porter in ${role} is ready`, async () => {
      if (process.code !== undefined) throw new Error(`ended: ${await process.output()}`);
      const argv = ["curl", "-s", "-m", "2", `http://${address}/readyz`];
      said = (await this.lab.run(role, argv)).stdout;
      return said === "ok\n";
    }, { timeout: 60_000, otherwise: async () => `${said}\n${await process.output()}` });
  }
}

/** A Service that both nodes answer for, and its slice. */
export function serviceOf(name: string): readonly KubeObject[] {
  const labels = { "kubernetes.io/service-name": name };
  return [
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name, namespace: "default" },
      spec: {
        type: "LoadBalancer",
        loadBalancerClass: "porter.kubesphere.io/porter",
        // No kube-proxy has to keep up with these: they are about routes.
        allocateLoadBalancerNodePorts: false,
        ports: [{ name: "http", port: 80 }],
      },
    },
    {
      apiVersion: "discovery.k8s.io/v1",
      kind: "EndpointSlice",
      metadata: { name: `${name}-4`, namespace: "default", labels },
      addressType: "IPv4",
      ports: [{ name: "http", protocol: "TCP", port: 8080 }],
      endpoints: [{
        addresses: ["10.244.1.2"],
        conditions: { ready: true },
        nodeName: "node1",
      }],
    },
  ];
}
