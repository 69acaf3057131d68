/**
 * Porter's own processes on a real API server, with real kube-proxies and BIRD as the leaf: packets
 * from a client through leaf, node and kube-proxy into a pod, while managers and the API server die.
 *
 * @module
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  addNodes,
  addPod,
  type Cluster,
  podSlice,
  startKubeProxy,
} from "../../scripts/cluster/mod.ts";
import {
  addresses,
  Bird,
  kernelNextHops,
  type Lab,
  Load,
  manifests,
  nodeAddresses,
  type Process,
  startAgent,
  startManager,
  until,
} from "../../scripts/lab/mod.ts";
import { walk } from "../../scripts/files.ts";
import { clusterTest } from "./cluster_case.ts";

const root = new URL("../..", import.meta.url);
const eip = "203.0.113.1";
const port = 17900;

interface Site {
  readonly cluster: Cluster;
  readonly lab: Lab;
  readonly leaf: Bird;
  /** One runs in the manager's namespace, one on node 1. */
  readonly managers: [Process, Process];
  /** Starts one of them again. */
  startManager(which: 0 | 1): Process;
}

const managerRoles = ["manager", "node1"] as const;

/** Two nodes with a pod, a kube-proxy and an agent each; two managers; a leaf that peers with both. */
async function buildSite(cluster: Cluster): Promise<Site> {
  const { lab } = cluster;
  const files = await walk(root, "crds", ".yaml");
  const crds = await Promise.all(files.map((file) => Deno.readTextFile(new URL(file, root))));
  await cluster.apply(crds.join("\n---\n"));
  await addNodes(cluster, [1, 2]);
  const pods = await Promise.all([1, 2].map((node) => addPod(lab, { node, ports: [8080] })));
  const leaf = new Bird(lab);
  const asns = { as: 65001, peerAs: 65000, peerPort: port };
  await leaf.start({ ...asns, others: [nodeAddresses(1).v4] });
  await cluster.apply([
    manifests.bgpConf({ as: 65000, routerId: addresses.manager.v4, port }),
    manifests.bgpPeer({ peerAs: 65001, neighborAddress: addresses.leaf.v4 }),
    manifests.eip("pool", "203.0.113.1-203.0.113.9"),
    manifests.service({ name: "web", policy: "Local" }),
  ].join("\n---\n"));
  await cluster.apply([podSlice("web", pods, { port: 8080 })]);
  for (const node of [1, 2]) await startKubeProxy(cluster, { node, mode: "nftables" });
  const kubeconfig = await cluster.kubeconfig({ from: "rack" });
  for (const node of [1, 2]) startAgent(lab, `node${node}`, { kubeconfig });
  const start = (which: 0 | 1): Process => startManager(lab, { kubeconfig }, managerRoles[which]);
  const managers: [Process, Process] = [start(0), start(1)];
  return { cluster, lab, leaf, managers, startManager: start };
}

async function nextHops(lab: Lab, address = eip): Promise<readonly string[]> {
  return [...await kernelNextHops(lab, `${address}/32`)].sort();
}

const bothNodes = [nodeAddresses(1).v4, nodeAddresses(2).v4];

async function untilServed({ lab, managers }: Site): Promise<void> {
  await until("the leaf has both nodes", async () => {
    return String(await nextHops(lab)) === String(bothNodes);
  }, { timeout: 60_000, otherwise: () => managers[0].output() });
  await until("the client is answered", async () => {
    const argv = ["curl", "-s", "-f", "-m", "2", `http://${eip}/`];
    return (await lab.run("client", argv)).code === 0;
  }, { timeout: 60_000 });
}

/** Who holds the Lease, as the role whose log says that it was elected. */
async function leader({ managers }: Site): Promise<0 | 1> {
  let found: 0 | 1 | undefined;
  await until("one manager leads", async () => {
    const logs = await Promise.all(managers.map((each) => each.output()));
    const leads = logs.map((log) => log.includes('"leader.elected"'));
    found = leads[0] ? 0 : leads[1] ? 1 : undefined;
    return found !== undefined;
  });
  assert(found !== undefined);
  return found;
}

async function ingress(cluster: Cluster, name: string): Promise<string> {
  const path = "jsonpath={.status.loadBalancer.ingress[*].ip}";
  return (await cluster.kubectl(["get", "service", name, "-o", path])).trim();
}

async function addService(cluster: Cluster, name: string): Promise<void> {
  await cluster.apply(manifests.service({ name, policy: "Cluster" }));
  await cluster.apply(manifests.endpointSlice(name, [1]));
}

clusterTest("two managers speak, one writes, and either may die", async (cluster) => {
  const site = await buildSite(cluster);
  const { lab, leaf, managers } = site;
  await untilServed(site);
  assertEquals(await ingress(cluster, "web"), eip);
  // Both say the same; the kernel has each next hop once.
  await until("both managers are Established", async () => {
    return (await leaf.ask("show protocols")).match(/Established/g)?.length === 2;
  });
  assertEquals(await nextHops(lab), bothNodes);

  const load = Load.start(lab, eip, 80, 100);
  const first = await leader(site);
  const other = first === 0 ? 1 : 0;
  managers[first].kill("SIGKILL");
  await managers[first].ended;
  assertEquals(await nextHops(lab), bothNodes);
  // The other one follows when the Lease is over, and goes on where the first ended.
  await addService(cluster, "api");
  await until("the new Service has its EIP", async () => {
    return await ingress(cluster, "api") === "203.0.113.2";
  }, { timeout: 40_000, otherwise: () => managers[other].output() });
  assertStringIncludes(await managers[other].output(), '"leader.elected"');
  await until("the leaf routes it", async () => {
    return String(await nextHops(lab, "203.0.113.2")) === String(bothNodes);
  });
  managers[first] = site.startManager(first);
  await until("both speak again", async () => {
    return (await leaf.ask("show protocols")).match(/Established/g)?.length === 2;
  }, { timeout: 30_000 });
  const tally = await load.stop();
  assertEquals(tally.failures, [], "no request failed");
  assert(Object.keys(tally.answers).length === 2, "both pods answered");
  assertEquals(await ingress(cluster, "web"), eip);
}, { nodes: 2 });

clusterTest("while the API server is away what was said stays said", async (cluster) => {
  const site = await buildSite(cluster);
  const { lab } = site;
  await untilServed(site);
  const load = Load.start(lab, eip, 80, 100);
  await cluster.killApiserver();
  // Longer than the Lease lasts.
  await new Promise((resolve) => setTimeout(resolve, 20_000));
  assertEquals(await nextHops(lab), bothNodes);
  await cluster.startApiserver();
  await addService(cluster, "api");
  await until("porter goes on", async () => await ingress(cluster, "api") === "203.0.113.2", {
    timeout: 60_000,
    otherwise: async () => (await Promise.all(site.managers.map((m) => m.output()))).join("\n"),
  });
  await until("the leaf routes it", async () => {
    return String(await nextHops(lab, "203.0.113.2")) === String(bothNodes);
  });
  assertEquals((await load.stop()).failures, [], "no request failed");
  assertEquals(await ingress(cluster, "web"), eip);
}, { nodes: 2 });

clusterTest("what kube-proxy does not take is refused, and nodes come and go", async (cluster) => {
  const site = await buildSite(cluster);
  const { lab } = site;
  await untilServed(site);
  const code = async (url: string): Promise<number> =>
    (await lab.run("client", ["curl", "-s", "-o", "/dev/null", "-m", "2", url])).code;
  await until(
    "the agents have taken the EIP in",
    async () => await code(`http://${eip}:81/`) === 7,
  );
  // A NodePort of the Service answers on the node's own address, not on the EIP.
  const path = "jsonpath={.spec.ports[0].nodePort}";
  const nodePort = await cluster.kubectl(["get", "service", "web", "-o", path]);
  assertEquals(await code(`http://${nodeAddresses(1).v4}:${nodePort}/`), 0);
  assertEquals(await code(`http://${eip}:${nodePort}/`), 7);
  const { code: ping } = await lab.run("client", ["ping", "-c", "1", "-W", "2", eip]);
  assertEquals(ping, 0);
  const label = "node.kubernetes.io/exclude-from-external-load-balancers";
  await cluster.kubectl(["label", "node", "node2", `${label}=`]);
  await until("node2 is no next hop", async () => String(await nextHops(lab)) === bothNodes[0]);
  await cluster.kubectl(["label", "node", "node2", `${label}-`]);
  await until("node2 is back", async () => String(await nextHops(lab)) === String(bothNodes));
  await cluster.kubectl(["delete", "node", "node2"]);
  await until("node2 is gone", async () => String(await nextHops(lab)) === bothNodes[0]);
  await cluster.kubectl(["delete", "service", "web"]);
  await until("nothing is announced", async () => (await nextHops(lab)).length === 0);
}, { nodes: 2 });
