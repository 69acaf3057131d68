/**
 * Porter's own processes on a real API server, with a real kube-proxy in each of its modes and BIRD as
 * the leaf: what a packet to an EIP reaches, and through which nodes. What dies meanwhile is in
 * failures_test.ts.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { podSlice, type ProxyMode } from "../../scripts/cluster/mod.ts";
import {
  addresses,
  datagram,
  manifests,
  nodeAddresses,
  serve,
  serveDatagrams,
  until,
} from "../../scripts/lab/mod.ts";
import { clusterTest } from "./cluster_case.ts";
import { bothNodes, eip, Site } from "./site.ts";

/** A daemon of the nodes' own, on every address. */
const daemonPort = 9100;

/** curl's own words for its exit codes. */
const curlCodes = { 0: "answered", 7: "refused", 28: "no answer" } as Record<number, string>;

/** What the client gets for a URL. */
async function get(site: Site, url: string): Promise<{ outcome: string; body: string }> {
  const argv = ["curl", "-s", "-f", "-m", "2", url];
  const { code, stdout } = await site.lab.run("client", argv);
  return { outcome: curlCodes[code] ?? `curl's code ${code}`, body: stdout };
}

async function outcome(site: Site, host: string, port: number): Promise<string> {
  return (await get(site, `http://${host}:${port}/`)).outcome;
}

/** A port of the Service is served, and nothing else, whichever node the leaf chooses. */
async function onlyTheService(site: Site): Promise<void> {
  await Promise.all([1, 2].map((node) => serve(site.lab, `node${node}`, [daemonPort])));
  const path = "jsonpath={.spec.ports[0].nodePort}";
  const nodePort = Number(await site.cluster.kubectl(["get", "service", "web", "-o", path]));
  await until("the nodes have taken the EIP in", async () => {
    return await outcome(site, eip, 81) === "refused";
  });
  for (const port of [nodePort, daemonPort]) {
    assertEquals(await outcome(site, nodeAddresses(1).v4, port), "answered", `port ${port}`);
    // Often enough to meet both nodes.
    for (let tries = 0; tries < 8; tries++) {
      assertEquals(await outcome(site, eip, port), "refused", `port ${port} of the EIP`);
    }
  }
  assertEquals(await outcome(site, eip, 80), "answered");
  const { code } = await site.lab.run("client", ["ping", "-c", "1", "-W", "2", eip]);
  assertEquals(code, 0, "a ping is answered");
}

/** With Local the pod sees the client, with Cluster a node. */
async function clientAddress(site: Site): Promise<void> {
  const seen = async (): Promise<string> => (await get(site, `http://${eip}/client`)).body;
  assertEquals(await seen(), addresses.client.v4);
  const nodes = ["10.244.1.1", "10.244.2.1", ...bothNodes];
  const policy = (externalTrafficPolicy: string) =>
    site.cluster.kubectl([
      ...["patch", "service", "web", "-p", JSON.stringify({ spec: { externalTrafficPolicy } })],
    ]);
  await policy("Cluster");
  await until("the pod sees a node", async () => nodes.includes(await seen()));
  await policy("Local");
  await until("the pod sees the client", async () => await seen() === addresses.client.v4);
}

/** Datagrams reach a UDP Service's pod from the client's own address, and nothing beside its port. */
async function datagrams(site: Site): Promise<void> {
  const { cluster, lab, pods } = site;
  await Promise.all(pods.map(({ role }) => serveDatagrams(lab, role, 8053)));
  const daemons = await Promise.all(
    [1, 2].map((node) => serveDatagrams(lab, `node${node}`, daemonPort)),
  );
  await cluster.apply([{
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "dns", namespace: "default" },
    spec: {
      type: "LoadBalancer",
      loadBalancerClass: "porter.kubesphere.io/porter",
      externalTrafficPolicy: "Local",
      ports: [{ name: "http", protocol: "UDP", port: 53 }],
    },
  }]);
  await cluster.apply([podSlice("dns", pods, { port: 8053, protocol: "UDP" })]);
  let address = "";
  await until("the UDP Service has an address", async () => {
    return (address = await site.ingress("dns")) !== "";
  }, { otherwise: () => site.logs() });
  await site.routed(bothNodes, address);
  const client = addresses.client.v4;
  const answers = pods.map(({ role }) => `${role} ${client}`);
  await until("a pod answers the client's datagram", async () => {
    return answers.includes(await datagram(lab, address, 53));
  }, { otherwise: () => site.logs() });
  for (let tries = 0; tries < 8; tries++) {
    const answer = await datagram(lab, address, 53);
    assertEquals(answers.includes(answer), true, `"${answer}"`);
  }
  // No answer would say little: a daemon's would come from the node's own address.
  for (let tries = 0; tries < 2; tries++) await datagram(lab, address, daemonPort);
  for (const number of [1, 2]) {
    const direct = await datagram(lab, nodeAddresses(number).v4, daemonPort);
    assertEquals(direct, `node${number} ${client}`);
  }
  const asked = await Promise.all(daemons.map((each) => each.output()));
  assertEquals(asked.map((each) => each.match(/asked by/g)?.length), [1, 1]);
  // The same port over TCP is another one.
  assertEquals(await outcome(site, address, 53), "refused");
  await cluster.kubectl(["delete", "service", "dns"]);
  await site.routed([], address);
}

for (const mode of ["nftables", "iptables"] satisfies ProxyMode[]) {
  clusterTest(
    `an EIP is its Service's ports and nothing else (kube-proxy with ${mode})`,
    async (cluster) => {
      const site = await Site.build(cluster, mode);
      await onlyTheService(site);
      await clientAddress(site);
      if (mode === "nftables") await datagrams(site);
      if (mode === "nftables") await nodesComeAndGo(site);
      await cluster.kubectl(["delete", "service", "web"]);
      await site.routed([]);
    },
    { nodes: 2 },
  );
}

async function nodesComeAndGo(site: Site): Promise<void> {
  const { cluster } = site;
  const [first = ""] = bothNodes;
  await cluster.apply(manifests.node(2, { ready: false }));
  await site.routed([first]);
  await cluster.apply(manifests.node(2));
  await site.routed(bothNodes);
  const label = "node.kubernetes.io/exclude-from-external-load-balancers";
  await cluster.kubectl(["label", "node", "node2", `${label}=`]);
  await site.routed([first]);
  await cluster.kubectl(["label", "node", "node2", `${label}-`]);
  await site.routed(bothNodes);
  // A cordoned node still serves.
  await cluster.kubectl(["cordon", "node2"]);
  await cluster.kubectl(["delete", "node", "node2"]);
  await site.routed([first]);
}
