/**
 * What a manager holds of a large cluster (proc(5), VmHWM): Services that are no load balancers do not stay.
 *
 * @module
 */

import { assert } from "@std/assert";
import { manifests, pause } from "../../scripts/lab/mod.ts";
import { porterCommand } from "../../scripts/lab/porter.ts";
import { clusterTest } from "./cluster_case.ts";
import { inParallel, installCrds } from "./store_rig.ts";

/** PORTER_TEST_SERVICES=10000 is the whole thing, and takes minutes. */
const services = Number(Deno.env.get("PORTER_TEST_SERVICES") ?? "1000");
const nodes = services / 10;

/** MiB at the most: 250 with 10,000 Services. */
const bound = 150 + services * 0.01;

const size = `${services} Services and ${nodes} nodes`;

clusterTest(`a manager of ${size} stays under ${bound} MiB`, async (cluster) => {
  const { admin, lab } = cluster;
  await installCrds(cluster);
  await cluster.apply([
    manifests.bgpConf({ as: 65000, routerId: "127.0.0.1", port: 17900 }),
    manifests.eip("pool", "100.64.0.0/16"),
  ].join("---\n"));
  const all = Array.from({ length: services }, (_, at) => at);
  await inParallel(all.slice(0, nodes), async (at) => {
    const metadata = { name: `node${at}`, labels: { "kubernetes.io/hostname": `node${at}` } };
    await admin.must("POST", "/api/v1/nodes", { apiVersion: "v1", kind: "Node", metadata });
  });
  // Every second one is a load balancer of porter's.
  await inParallel(all, async (at) => {
    const spec = at % 2 === 0
      ? {
        ...{ type: "LoadBalancer", loadBalancerClass: "porter.kubesphere.io/porter" },
        allocateLoadBalancerNodePorts: false,
      }
      : { clusterIP: "None" };
    await admin.must("POST", "/api/v1/namespaces/default/services", {
      ...{ apiVersion: "v1", kind: "Service", metadata: { name: `some-${at}` } },
      spec: { ...spec, ports: [{ port: 80 }] },
    });
  });
  const kubeconfig = await cluster.kubeconfig();
  const manager = lab.spawnHere("manager", porterCommand("manager", "--kubeconfig", kubeconfig));
  const given = async (): Promise<number> => {
    const { status } = await admin.must<{ status?: { usage?: number } }>(
      "GET",
      "/apis/network.kubesphere.io/v1alpha1/eips/pool",
    );
    return status?.usage ?? 0;
  };
  const deadline = performance.now() + 120_000;
  while (await given() < services / 2) {
    assert(performance.now() < deadline, `${await given()} given\n${await manager.output()}`);
    await pause(500);
  }
  const text = await Deno.readTextFile(`/proc/${manager.pid}/status`);
  const peak = Number(/^VmHWM:\s+(\d+)/m.exec(text)?.[1]) / 1024;
  console.log(`  the most that was resident: ${peak.toFixed(0)} MiB`);
  await manager.stop();
  assert(peak < bound, `${peak} MiB`);
});
