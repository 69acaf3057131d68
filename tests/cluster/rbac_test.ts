/**
 * The pods of manifests/, but for the kubelet: manager and agent as processes with the containers' own
 * command lines, ServiceAccounts and capabilities, on a real API server. Its audit log says what they
 * asked for: a verb that is refused fails, and so does a granted one that nobody used.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { silentLog as log } from "../../lib/ports/mod.ts";
import { Applier } from "../../lib/store/kubernetes/apply.ts";
import { fromKubeconfig, KubernetesClient } from "../../lib/store/kubernetes/mod.ts";
import { systemClock as clock } from "../../lib/system/mod.ts";
import { type Cluster, type KubeObject, readObjects } from "../../scripts/cluster/mod.ts";
import {
  addresses,
  Bird,
  checkout,
  manifests,
  nodeAddresses,
  porterCommand,
  type Process,
  until,
} from "../../scripts/lab/mod.ts";
import { contained, containerOf } from "../support/container.ts";
import { Audit, grants } from "./audit.ts";
import { clusterTest } from "./cluster_case.ts";

const namespace = "porter-system";
const lease = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases/porter-manager`;
const custom = "/apis/network.kubesphere.io/v1alpha1";
const slicesOf = (nodes: readonly number[]) => manifests.endpointSlice("web", nodes);

/** Starts the container of a workload in a namespace of the rack. */
async function startPod(
  cluster: Cluster,
  { file, account, role }: {
    readonly file: string;
    readonly account: string;
    readonly role: string;
  },
): Promise<Process> {
  const { lab } = cluster;
  const name = `${account}-${role}`;
  const folder = `${lab.folder}/${name}`;
  await Deno.mkdir(folder);
  const files = { token: await cluster.token(namespace, account), "ca.crt": cluster.ca, namespace };
  for (const [name, text] of Object.entries(files)) {
    await Deno.writeTextFile(`${folder}/${name}`, text);
  }
  const container = await containerOf(file);
  const [mode, ...args] = container.args.map((arg) => arg.replace("$(NODE_NAME)", role));
  assert(mode === "manager" || mode === "agent");
  const argv = contained(porterCommand(mode, ...args), { ...container, account: folder });
  const { hostname, port } = new URL(cluster.serverInRack);
  const env = { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port };
  return lab.spawn(role, name, argv, { env });
}

/** RBAC is in force some moments after it was written. */
async function inForce(cluster: Cluster, account: string, path: string): Promise<void> {
  const client = cluster.clientAs({ token: await cluster.token(namespace, account) });
  await until(`${account} may ask for ${path}`, async () => {
    return (await client.request("GET", path)).status === 200;
  });
}

/** Waits until a pod says that it is ready. */
async function ready(cluster: Cluster, role: string, port: number, pod: Process): Promise<void> {
  let said = "";
  await until(`the pod in ${role} is ready`, async () => {
    if (pod.code !== undefined) throw new Error(`ended: ${await pod.output()}`);
    const argv = ["curl", "-s", `http://127.0.0.1:${port}/readyz`];
    said = (await cluster.lab.run(role, argv)).stdout;
    return said === "ok\n";
  }, { otherwise: async () => `it says: ${said}\n${await pod.output()}` });
}

/** The names and states of the sessions in the status of the BgpPeer "leaf", and the two counts. */
async function speakers(cluster: Cluster): Promise<readonly string[]> {
  const { status = {} } = await cluster.admin.must<{ readonly status?: PeerStatus }>(
    ...["GET", `${custom}/bgppeers/leaf`] as const,
  );
  const entries = (status.speakers ?? []).map(({ name, state, prefixesSent, capabilities }) =>
    `${name} ${state} ${prefixesSent} ${capabilities?.includes("route-refresh")}`
  );
  return [...entries, `${status.speakersEstablished} of ${status.speakersWanted}`];
}

interface PeerStatus {
  readonly speakers?: readonly {
    readonly name: string;
    readonly state: string;
    readonly prefixesSent?: number;
    readonly capabilities?: readonly string[];
  }[];
  readonly speakersEstablished?: number;
  readonly speakersWanted?: number;
}

/** Waits until the status of the BgpPeer "leaf" has just these managers, each with its session. */
async function managersAre(cluster: Cluster, names: readonly string[], pod: Process) {
  const wanted = [
    ...names.map((name) => `${name} Established 1 true`),
    `${names.length} of ${names.length}`,
  ].join();
  let said = "";
  await until(`the BgpPeer has entries of ${names}`, async () => {
    said = (await speakers(cluster)).join();
    return said === wanted;
  }, { timeout: 90_000, otherwise: async () => `it says: ${said}\n${await pod.output()}` });
}

/** Who wrote reports that are still there. */
async function reports(cluster: Cluster): Promise<readonly string[]> {
  const path = `/api/v1/namespaces/${namespace}/configmaps`;
  const { items } = await cluster.admin.must<{ items: readonly KubeObject[] }>("GET", path);
  return items.map(({ metadata }) => metadata.name).filter((name) => name.startsWith("porter-"));
}

const password = "correct horse";

/** One Service that is served, and one that is refused. */
function objects(): string {
  const toLeaf = { peerAs: 65001, neighborAddress: addresses.leaf.v4, connectRetry: 1 };
  return [
    manifests.bgpConf({ as: 65000, routerId: addresses.manager.v4, port: 179 }),
    manifests.bgpPeer({ ...toLeaf, passwordSecretRef: { name: "porter-bgp", key: "leaf" } }),
    // Makes the agent read all that it may; the leaf has no session for it.
    manifests.bgpPeer({
      ...{ ...toLeaf, name: "agents", speakers: { type: "Agents" } },
      passwordSecretRef: { name: "porter-bgp", key: "leaf" },
    }),
    manifests.secret("porter-bgp", { leaf: password }, namespace),
    manifests.eip("pool", "203.0.113.1-203.0.113.3"),
    manifests.node(1),
    manifests.service({ name: "web" }),
    manifests.service({ name: "refused", requested: "198.51.100.1" }),
    slicesOf([1]),
  ].join("\n---\n");
}

const oldFinalizers = {
  "/api/v1/namespaces/default/services/web": ["finalizer.lb.kubesphere.io/v1alpha1"],
  [`${custom}/eips/pool`]: [
    "finalizer.ipam.kubesphere.io/v1alpha1",
    "finalizer.lb.kubesphere.io/node9",
  ],
  [`${custom}/bgppeers/leaf`]: ["finalizer.lb.kubesphere.io/v1alpha1"],
  [`${custom}/bgpconfs/lab`]: ["finalizer.lb.kubesphere.io/v1alpha1"],
};
const othersFinalizer = "example.com/theirs";

/** Leaves on the objects what the porter of 2020 left, and what somebody else put there. */
async function putFinalizers(cluster: Cluster): Promise<void> {
  for (const [path, old] of Object.entries(oldFinalizers)) {
    await cluster.admin.patch(path, { metadata: { finalizers: [othersFinalizer, ...old] } });
  }
}

async function finalizersAreGone(cluster: Cluster): Promise<void> {
  for (const path of Object.keys(oldFinalizers)) {
    await until(`${path} has only what others put there`, async () => {
      const { metadata } = await cluster.admin.must<KubeObject>("GET", path);
      return String(metadata.finalizers) === othersFinalizer;
    });
  }
}

/** Events of a reason there are, whatever they count. */
async function events(cluster: Cluster, reason: string): Promise<number> {
  const path = "/apis/events.k8s.io/v1/namespaces/default/events";
  const { items } = await cluster.admin.must<{ items: readonly { reason: string }[] }>("GET", path);
  return items.filter((event) => event.reason === reason).length;
}

/**
 * Somebody else changed the object's conditions at the same moment: it is read anew. In this process,
 * as the manager's ServiceAccount, for the moment cannot be met from outside.
 */
async function conflicts(cluster: Cluster): Promise<void> {
  const identity = { token: await cluster.token(namespace, "porter-manager") };
  const file = await cluster.kubeconfig({ identity });
  const client = new KubernetesClient({
    cluster: await fromKubeconfig({ file, clock }),
    clock,
    log,
  });
  const applier = new Applier(client, new AbortController().signal);
  const of = { type: "Tried", status: "True", reason: "Tried", message: "" };
  const condition = { ...of, lastTransitionTime: "2026-01-01T00:00:00Z" };
  try {
    for (
      const [kind, name] of [["Eip", "pool"], ["BgpPeer", "leaf"], ["BgpConf", "lab"]] as const
    ) {
      const ref = { kind, namespace: "", name };
      let answers = 0;
      await applier.write({
        ref,
        shown: { uid: "", status: {} },
        known: { version: "1", status: {} },
        patches: [{ object: ref, status: { conditions: [condition] } }],
      }, () => answers++);
      assert(answers > 0, `${kind} ${name} was not written`);
    }
  } finally {
    client.close();
  }
}

clusterTest("the pods of manifests/ work, with the verbs granted and no other", async (cluster) => {
  const { lab } = cluster;
  await cluster.kubectl(["apply", "-f", `${checkout}/manifests`]);
  const accounts = ["porter-manager", "porter-agent"] as const;
  const roles = readObjects(await Deno.readTextFile(`${checkout}/manifests/20-rbac.yaml`));
  const [granted, agentGranted] = accounts.map((account) => grants(roles, account));
  assert(granted !== undefined && granted.size > 20 && agentGranted?.size === 18);
  const audit = await Audit.start(cluster, namespace, accounts);
  await inForce(cluster, "porter-manager", lease);
  await inForce(cluster, "porter-manager", "/api/v1/services");
  await inForce(cluster, "porter-agent", "/api/v1/services");
  await audit.reset();

  const leaf = new Bird(lab);
  await leaf.start({
    ...{ as: 65001, peerAs: 65000, peerPort: 179, others: [nodeAddresses(2).v4] },
    extra: [`password "${password}";`],
  });
  await cluster.apply(objects());
  await putFinalizers(cluster);
  const manager = await startPod(cluster, {
    ...{ file: "30-manager.yaml", account: "porter-manager", role: "manager" },
  });
  await ready(cluster, "manager", 7980, manager);
  // The first one leads by now; this one says how its session is, and the first one writes it down.
  const second = await startPod(cluster, {
    ...{ file: "30-manager.yaml", account: "porter-manager", role: "node2" },
  });
  const agent = await startPod(cluster, {
    ...{ file: "40-agent.yaml", account: "porter-agent", role: "node1" },
  });
  await ready(cluster, "node1", 7981, agent);
  // From each of the two.
  await leaf.hasNextHops("203.0.113.1/32", [nodeAddresses(1).v4, nodeAddresses(1).v4]);
  await until("the agent takes the EIP in", async () => {
    const local = "ip route show table local proto 179".split(" ");
    return (await lab.must("node1", local)).includes("203.0.113.1");
  });

  await managersAre(cluster, ["manager", "node2"], manager);
  assert((await reports(cluster)).includes("porter-manager-node2"));
  second.kill("SIGKILL");

  await until("the Service is announced", async () => await events(cluster, "Announced") === 1);
  await cluster.apply(slicesOf([]));
  await until("it is withdrawn", async () => await events(cluster, "Withdrawn") === 1);
  // The same fact again: no new Event, but one more of the Event there is.
  await cluster.apply(slicesOf([1]));
  await cluster.request("DELETE", lease);
  await conflicts(cluster);
  await finalizersAreGone(cluster);
  await managersAre(cluster, ["manager"], manager);
  await audit.until("porter-manager", granted);
  await audit.until("porter-agent", agentGranted);
  assertEquals(await reports(cluster), ["porter-agent-node1"]);
  assertEquals([await manager.stop(), await agent.stop()], [0, 0]);
  for (
    const [account, verbs] of [["porter-manager", granted], ["porter-agent", agentGranted]] as const
  ) {
    const { allowed, refused } = await audit.asked(account);
    assertEquals([...refused], [], account);
    assertEquals([...allowed].sort(), [...verbs].sort(), account);
  }
}, { nodes: 2 });
