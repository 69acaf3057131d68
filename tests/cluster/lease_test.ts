import { assert, assertEquals } from "@std/assert";
import { type ElectionTimes, Elector } from "../../lib/leadership/mod.ts";
import { type Lease, silentLog } from "../../lib/ports/mod.ts";
import { fromKubeconfig, KubernetesClient, KubernetesLeases } from "../../lib/store/mod.ts";
import { systemClock } from "../../lib/system/mod.ts";
import type { Cluster } from "../../scripts/cluster/mod.ts";
import { until } from "../../scripts/lab/mod.ts";
import { clusterTest } from "./cluster_case.ts";

/** Short, so that the test need not wait long; the order of the three is what counts. */
const times: ElectionTimes = { duration: 3000, renewDeadline: 2000, retry: 300 };

async function clientOf(cluster: Cluster): Promise<KubernetesClient> {
  const file = await cluster.kubeconfig();
  return new KubernetesClient({
    cluster: await fromKubeconfig({ file, clock: systemClock }),
    clock: systemClock,
    log: silentLog,
  });
}

function leasesOf(client: KubernetesClient): KubernetesLeases {
  return new KubernetesLeases({ client, namespace: "default", name: "porter", timeoutMs: 1000 });
}

clusterTest("a Lease is written by whoever read it last, and by nobody else", async (cluster) => {
  const client = await clientOf(cluster);
  try {
    const leases = leasesOf(client);
    assertEquals(await leases.read(), undefined);
    const lease: Lease = {
      holder: "a",
      duration: 15,
      acquiredAt: Date.UTC(2026, 0, 1, 0, 0, 0, 123),
      renewedAt: Date.UTC(2026, 0, 1, 0, 0, 1, 456),
      transitions: 0,
    };
    const first = await leases.write(lease, undefined);
    assert(first !== undefined);
    assertEquals(first.lease, lease);
    assertEquals(await leases.read(), first);
    assertEquals(await leases.write({ ...lease, holder: "b" }, undefined), undefined);
    const second = await leases.write({ ...lease, holder: "b", transitions: 1 }, first.version);
    assert(second !== undefined && second.version !== first.version);
    assertEquals(await leases.write(lease, first.version), undefined);
    // Somebody else's labels survive a renewal.
    await cluster.kubectl(["label", "lease", "porter", "-n", "default", "team=net"]);
    const labelled = await leases.read();
    await leases.write({ ...lease, holder: "b" }, labelled?.version);
    const labels = await cluster.kubectl(["get", "lease", "porter", "--show-labels"]);
    assert(labels.includes("team=net"), labels);
    // Deleted under our hands: no error, and it is made anew.
    await cluster.kubectl(["delete", "lease", "porter"]);
    assertEquals(await leases.write(lease, second.version), undefined);
    assert(await leases.write(lease, undefined) !== undefined);
  } finally {
    client.close();
  }
});

clusterTest("of two electors one leads; the other follows when it is cut off", async (cluster) => {
  const clients = [await clientOf(cluster), await clientOf(cluster)];
  const electors = clients.map((client, at) =>
    new Elector({
      leases: leasesOf(client),
      identity: `manager-${at}`,
      times,
      clock: systemClock,
      random: Math.random,
      log: silentLog,
    })
  );
  const [a, b] = electors;
  const never = (): void => assert(!(a?.leads && b?.leads), "two lead");
  const watching = setInterval(never, 5);
  try {
    a?.start();
    await until("the first leads", () => Promise.resolve(a?.leads === true));
    b?.start();
    // No answer any more, as for a replica on the wrong side of a partition.
    clients[0]?.close();
    await until("the first has stopped", () => Promise.resolve(a?.leads === false));
    await until("the second leads", () => Promise.resolve(b?.leads === true));
    const held = await cluster.kubectl(["get", "lease", "porter", "-o", "yaml"]);
    assert(held.includes("holderIdentity: manager-1") && held.includes("leaseTransitions: 1"));
    await b?.stop();
    const left = await cluster.kubectl(["get", "lease", "porter", "-o", "yaml"]);
    assert(left.includes('holderIdentity: ""'), left);
  } finally {
    clearInterval(watching);
    await Promise.all(electors.map((each) => each.stop()));
    for (const client of clients) client.close();
  }
});
