import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import {
  addNodes,
  addPod,
  type Cluster,
  type KubeObject,
  podSlice,
  type ProxyMode,
  startKubeProxy,
} from "../../scripts/cluster/mod.ts";
import {
  addresses,
  checkout,
  manifests,
  must,
  nodeAddresses,
  requests,
  run,
  sweep,
  until,
} from "../../scripts/lab/mod.ts";
import { walk } from "../../scripts/files.ts";
import { clusterTest } from "./cluster_case.ts";

const root = new URL("../..", import.meta.url);

async function applyFolder(cluster: Cluster, folder: string): Promise<readonly KubeObject[]> {
  const files = await walk(root, folder, ".yaml");
  assert(files.length >= 3, `${folder} has ${files.length} files`);
  const texts = await Promise.all(files.map((file) => Deno.readTextFile(new URL(file, root))));
  return await cluster.apply(texts.join("\n---\n"));
}

clusterTest(
  "the API server takes our CRDs, the samples, and refuses what is wrong",
  async (cluster) => {
    const crds = await applyFolder(cluster, "crds");
    assertEquals(crds.map(({ kind }) => kind), Array(3).fill("CustomResourceDefinition"));
    const samples = await applyFolder(cluster, "manifests/samples");
    const kinds = new Set(samples.map(({ kind }) => kind));
    assertEquals([...kinds].sort(), ["BgpConf", "BgpPeer", "Eip", "Service"]);
    assertStringIncludes(await cluster.kubectl(["get", "eips", "-o", "name"]), "/edge\n");
    await until("kubectl explains an Eip", async () => {
      return (await cluster.kubectl(["explain", "eip.spec"]).catch(() => "")).includes("address");
    });
    const eip = (spec: unknown): KubeObject => ({
      apiVersion: "network.kubesphere.io/v1alpha1",
      kind: "Eip",
      metadata: { name: "wrong" },
      spec,
    });
    const thrown = await assertRejects(() => cluster.apply([eip({ address: 7 })]));
    assertStringIncludes(thrown.message, "spec.address");
  },
);

/** May list Eips, wherever they are. */
const listEips = `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: list-eips }
rules: [{ apiGroups: [network.kubesphere.io], resources: [eips], verbs: [list] }]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: list-eips }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: list-eips }
subjects: [{ kind: ServiceAccount, name: reader, namespace: default }]
`;

clusterTest(
  "RBAC denies a ServiceAccount until it is bound, and then only the rest",
  async (cluster) => {
    await applyFolder(cluster, "crds");
    await cluster.apply("{ apiVersion: v1, kind: ServiceAccount, metadata: { name: reader } }");
    const token = await cluster.token("default", "reader");
    const reader = cluster.clientAs({ token });
    const eips = "/apis/network.kubesphere.io/v1alpha1/eips";
    assertEquals((await reader.request("GET", eips)).status, 403);
    await cluster.apply(listEips);
    await until("the binding is in force", async () => {
      return (await reader.request("GET", eips)).status === 200;
    });
    assertEquals((await reader.request("GET", `${eips}/edge`)).status, 403);
    assertEquals((await reader.request("GET", "/api/v1/services")).status, 403);
    assertEquals((await cluster.clientAs({ token: "x" }).request("GET", eips)).status, 401);
  },
);

clusterTest("kubeconfigs by certificate and by token say who somebody is", async (cluster) => {
  await cluster.apply("{ apiVersion: v1, kind: ServiceAccount, metadata: { name: reader } }");
  const whoAmI = async (kubeconfig: string): Promise<string> => {
    const args = ["auth", "whoami", "-o", "jsonpath={.status.userInfo.username}"];
    return await cluster.kubectl([`--kubeconfig=${kubeconfig}`, ...args]);
  };
  const identity = await cluster.certificate({ user: "jane", groups: ["ops"] });
  assertEquals(await whoAmI(await cluster.kubeconfig({ identity })), "jane");
  const token = await cluster.token("default", "reader");
  const reader = "system:serviceaccount:default:reader";
  assertEquals(await whoAmI(await cluster.kubeconfig({ identity: { token } })), reader);
  const tokenFile = `${cluster.lab.folder}/token`;
  await Deno.writeTextFile(tokenFile, token);
  assertEquals(await whoAmI(await cluster.kubeconfig({ identity: { tokenFile } })), reader);
  assertEquals(await whoAmI(await cluster.kubeconfig()), "admin");
});

clusterTest(
  "API server and etcd can be killed and come back with what they had",
  async (cluster) => {
    const kept = "/api/v1/namespaces/default/configmaps/kept";
    await cluster.apply("{ apiVersion: v1, kind: ConfigMap, metadata: { name: kept } }");
    await cluster.killApiserver();
    await assertRejects(() => cluster.request("GET", kept));
    await cluster.startApiserver();
    assertEquals((await cluster.request("GET", kept)).status, 200);
    await cluster.killEtcd();
    cluster.startEtcd();
    await cluster.ready();
    assertEquals((await cluster.request("GET", kept)).status, 200);
    await cluster.stopApiserver();
    assertEquals(cluster.apiserver.code, 0);
  },
);

Deno.test("what a killed test left of its cluster is swept by the next one", async () => {
  const source = `
import { startCluster } from ${JSON.stringify(`${checkout}/scripts/cluster/mod.ts`)};
import { Lab } from ${JSON.stringify(`${checkout}/scripts/lab/mod.ts`)};
const lab = await Lab.openForTest();
const { etcd, apiserver } = await startCluster({ lab });
console.log(JSON.stringify({ name: lab.name, pids: [etcd.pid, apiserver.pid] }));
Deno.kill(Deno.pid, "SIGKILL");`;
  const config = `--config=${checkout}/deno.json`;
  const { stdout } = await run([Deno.execPath(), "run", "-A", config, "-"], { stdin: source });
  const left = JSON.parse(stdout) as { name: string; pids: readonly number[] };
  const alive = () => Promise.all(left.pids.map((pid) => exists(`/proc/${pid}/root/`)));
  assertEquals(await alive(), [true, true]);
  assert((await sweep()).includes(left.name));
  assertEquals(await alive(), [false, false]);
});

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

const eip = { v4: "203.0.113.10", v6: "2001:db8:10::10" } as const;

/** A Service with an address of each family, as its status says; the leaf routes them to node 1. */
async function publish(cluster: Cluster, policy: "Cluster" | "Local"): Promise<void> {
  const families = ["IPv4", "IPv6"] as const;
  const service = manifests.service({ name: "web", policy, families });
  await cluster.apply(service.replace("spec:\n", "spec:\n  ipFamilyPolicy: RequireDualStack\n"));
  const ingress = [{ ip: eip.v4 }, { ip: eip.v6 }];
  const path = "/api/v1/namespaces/default/services/web/status";
  await cluster.admin.patch(path, { status: { loadBalancer: { ingress } } });
}

/** What the client gets for a path of the EIP; undefined when it gets nothing. */
async function get(cluster: Cluster, address: string, path: string): Promise<string | undefined> {
  const host = address.includes(":") ? `[${address}]` : address;
  const argv = ["curl", "-s", "-f", "-m", "2", `http://${host}${path}`];
  const { code, stdout } = await cluster.lab.run("client", argv);
  return code === 0 ? stdout : undefined;
}

for (const mode of ["nftables", "iptables"] satisfies ProxyMode[]) {
  const title = `a packet goes from client to leaf, node and pod (kube-proxy with ${mode})`;
  clusterTest(title, async (cluster) => {
    const { lab } = cluster;
    await addNodes(cluster, [1]);
    const pod = await addPod(lab, { node: 1, ports: [8080] });
    await lab.ip("leaf", [
      `route add ${eip.v4}/32 via ${nodeAddresses(1).v4}`,
      `route add ${eip.v6}/128 via ${nodeAddresses(1).v6}`,
    ]);
    await cluster.apply(
      [4, 6].map((family) => podSlice("web", [pod], { port: 8080, family: family === 4 ? 4 : 6 })),
    );
    await publish(cluster, "Local");
    const proxy = await startKubeProxy(cluster, { node: 1, mode });
    for (const address of [eip.v4, eip.v6]) {
      await until(`${address} is served`, async () => {
        return await get(cluster, address, "/") === pod.role;
      }, { otherwise: () => proxy.output() });
      const tally = await requests(lab, address, 80, 50);
      assertEquals([tally.failures, tally.answers], [[], { [pod.role]: 50 }]);
    }
    // Local: the pod sees the client itself. Cluster: it sees its node.
    assertEquals(await get(cluster, eip.v4, "/client"), addresses.client.v4);
    assertEquals(await get(cluster, eip.v6, "/client"), addresses.client.v6);
    await publish(cluster, "Cluster");
    await until("the pod sees the node", async () => {
      return await get(cluster, eip.v4, "/client") === "10.244.1.1";
    });
  }, { nodes: 1 });
}

clusterTest("a pod of one node answers for another node's EIP", async (cluster) => {
  await addNodes(cluster, [1, 2]);
  const pod = await addPod(cluster.lab, { node: 2, index: 7 });
  await cluster.lab.ip("leaf", [`route add ${eip.v4}/32 via ${nodeAddresses(1).v4}`]);
  await cluster.apply([podSlice("web", [pod])]);
  await publish(cluster, "Cluster");
  await startKubeProxy(cluster, { node: 1, mode: "nftables" });
  await until("the EIP is served", async () => await get(cluster, eip.v4, "/") === pod.role);
  // The node itself asks as its processes would, by the Service's ClusterIP.
  const { body } = await cluster.request<{ readonly spec: { readonly clusterIP: string } }>(
    "GET",
    "/api/v1/namespaces/default/services/web",
  );
  const argv = ["curl", "-s", "-m", "2", `http://${body.spec.clusterIP}/`];
  assertEquals(await cluster.lab.must("node1", argv), pod.role);
  // This machine reached it by a cable of its own, 198.18.0.0/15, which is gone at once.
  const cable = /\d+\.\d+\.\d+\./.exec(cluster.server)?.[0] ?? "none";
  assertStringIncludes(await must(["ip", "-4", "route"]), cable);
  await cluster.stop();
  assert(!(await must(["ip", "-4", "route"])).includes(cable));
}, { nodes: 2 });
