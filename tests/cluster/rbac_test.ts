/**
 * The verbs that manifests/ grants against those that porter uses: a manager and an agent run as their
 * ServiceAccounts, and the API server's audit log says what they asked for. A verb that is refused
 * fails, and so does one that nobody used.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { Agent } from "../../lib/agent/mod.ts";
import { Speaker } from "../../lib/bgp/mod.ts";
import { defaultElectionTimes, Elector } from "../../lib/leadership/mod.ts";
import { Manager } from "../../lib/manager/mod.ts";
import type { KindName } from "../../lib/objects/mod.ts";
import { hostState } from "../../lib/plan/mod.ts";
import { silentLog } from "../../lib/ports/mod.ts";
import { Applier } from "../../lib/store/kubernetes/apply.ts";
import {
  fromKubeconfig,
  KubernetesClient,
  KubernetesLeases,
  openKubernetesStore,
} from "../../lib/store/kubernetes/mod.ts";
import { systemClock as clock, tcpTransport } from "../../lib/system/mod.ts";
import { type Cluster, readObjects } from "../../scripts/cluster/mod.ts";
import { checkout, manifests, until } from "../../scripts/lab/mod.ts";
import { FakeKernel } from "../agent/fake_world.ts";
import { Audit, grants } from "./audit.ts";
import { clusterTest } from "./cluster_case.ts";

const namespace = "porter-system";
const lease = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases/porter-manager`;
const log = silentLog;

async function clientAs(cluster: Cluster, account: string): Promise<KubernetesClient> {
  const identity = { token: await cluster.token(namespace, account) };
  const file = await cluster.kubeconfig({ identity });
  return new KubernetesClient({ cluster: await fromKubeconfig({ file, clock }), clock, log });
}

function openStore(client: KubernetesClient, kinds?: readonly KindName[]) {
  const instance = "test";
  return openKubernetesStore({
    ...{ client, clock, log, random: Math.random, instance },
    ...(kinds === undefined ? {} : { kinds }),
  });
}

/** RBAC is in force some moments after it was written. */
async function inForce(cluster: Cluster, account: string, path: string): Promise<void> {
  const client = cluster.clientAs({ token: await cluster.token(namespace, account) });
  await until(`${account} may ask for ${path}`, async () => {
    return (await client.request("GET", path)).status === 200;
  });
}

/** A manager as `porter manager` has it; stopped by the result. */
async function startManager(client: KubernetesClient): Promise<() => Promise<void>> {
  const store = await openStore(client);
  const leases = new KubernetesLeases({ client, namespace, name: "porter-manager" });
  const random = Math.random;
  const times = { ...defaultElectionTimes, retry: 300 };
  const elector = new Elector({ leases, identity: "test", times, clock, random, log });
  const transport = tcpTransport();
  const manager = new Manager({
    ...{ store, clock, log, leadership: elector },
    speaker: (onChange) => new Speaker({ transport, clock, random, log, onChange }),
  });
  elector.start();
  manager.start();
  return async () => {
    await manager.stop();
    await elector.stop();
    await store.close();
    client.close();
  };
}

function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  listener.close();
  return listener.addr.port;
}

/** The objects of a cluster in which one Service is served and one is refused. */
async function populate(cluster: Cluster): Promise<void> {
  await cluster.apply([
    manifests.bgpConf({ as: 64512, routerId: "192.0.2.2", port: freePort() }),
    manifests.bgpPeer({ peerAs: 64513, neighborAddress: "127.0.0.1", passiveMode: true }),
    manifests.eip("pool", "203.0.113.1-203.0.113.3"),
    manifests.node(1),
    manifests.service({ name: "web" }),
    manifests.service({ name: "refused", requested: "198.51.100.1" }),
    manifests.endpointSlice("web", [1]),
  ].join("\n---\n"));
}

/** Somebody else changed the object's conditions at the same moment: it is read anew. */
async function conflict(client: KubernetesClient, kind: string, name: string): Promise<void> {
  const ref = { kind, namespace: "", name };
  const at = "2026-01-01T00:00:00Z";
  const made = {
    type: "Tried",
    status: "True",
    reason: "Tried",
    message: "",
    lastTransitionTime: at,
  };
  let answers = 0;
  await new Applier(client, new AbortController().signal).write({
    ref,
    shown: { uid: "", status: {} },
    known: { version: "1", status: {} },
    patches: [{ object: ref, status: { conditions: [made] } }],
  }, () => answers++);
  assert(answers > 0, `${kind} ${name} was not written`);
}

clusterTest("the manager is granted the verbs that it uses and no other", async (cluster) => {
  const account = "porter-manager";
  await cluster.kubectl(["apply", "-f", `${checkout}/manifests`]);
  const text = await Deno.readTextFile(`${checkout}/manifests/20-rbac.yaml`);
  const granted = grants(readObjects(text), account);
  assert(granted.size > 20, [...granted].join(", "));
  const audit = await Audit.start(cluster, namespace, [account]);
  await inForce(cluster, account, lease);
  await inForce(cluster, account, "/api/v1/services");
  await audit.reset();

  const client = await clientAs(cluster, account);
  const stop = await startManager(client);
  try {
    await populate(cluster);
    const announced = (status: boolean) =>
      cluster.apply(manifests.endpointSlice("web", status ? [1] : []));
    const events = async (reason: string): Promise<number> => {
      const all = await cluster.admin.must<{ items: readonly { reason: string }[] }>(
        "GET",
        "/apis/events.k8s.io/v1/namespaces/default/events",
      );
      return all.items.filter((event) => event.reason === reason).length;
    };
    await until("the Service is announced", async () => await events("Announced") === 1);
    await announced(false);
    await until("it is withdrawn", async () => await events("Withdrawn") === 1);
    // The same fact again: no new Event, but one more of the Event there is.
    await announced(true);
    await cluster.request("DELETE", lease);
    for (
      const [kind, name] of [["Eip", "pool"], ["BgpPeer", "leaf"], ["BgpConf", "lab"]] as const
    ) {
      await conflict(client, kind, name);
    }
    await audit.until(account, granted);
  } finally {
    await stop();
  }
  const { allowed, refused } = await audit.asked(account);
  assertEquals([...refused], []);
  assertEquals([...allowed].sort(), [...granted].sort());
});

clusterTest("the agent is granted the verbs that it uses and no other", async (cluster) => {
  const account = "porter-agent";
  await cluster.kubectl(["apply", "-f", `${checkout}/manifests`]);
  const text = await Deno.readTextFile(`${checkout}/manifests/20-rbac.yaml`);
  const granted = grants(readObjects(text), account);
  assertEquals(granted.size, 4);
  const audit = await Audit.start(cluster, namespace, [account]);
  await inForce(cluster, account, "/api/v1/services");
  await audit.reset();
  await populate(cluster);
  await cluster.admin.patch("/api/v1/namespaces/default/services/web", {
    metadata: { annotations: { "porter.kubesphere.io/assigned": "203.0.113.1 pool=pool by=pool" } },
  });

  const client = await clientAs(cluster, account);
  const store = await openStore(client, ["Service", "Node"]);
  const kernel = new FakeKernel();
  const agent = new Agent({ node: "node1", store, kernel, clock, log, hostState });
  agent.start();
  try {
    await until("the agent takes the EIP in", () => {
      return Promise.resolve(kernel.node.routes.has("203.0.113.1"));
    });
    assertEquals(agent.pulse.missing, []);
    await audit.until(account, granted);
  } finally {
    await agent.stop();
    await store.close();
    client.close();
  }
  const { allowed, refused } = await audit.asked(account);
  assertEquals([...refused], []);
  assertEquals([...allowed].sort(), [...granted].sort());
});
