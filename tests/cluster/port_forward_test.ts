/**
 * Who may ask a manager from outside the cluster: whom the API server lets forward ports of porter's pods, by
 * the Role of docs/observe.md. No kubelet runs here, so a forward that is let in ends at the node.
 *
 * @module
 */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { ensureBinaries } from "../../scripts/cluster/mod.ts";
import { checkout, manifests, run, until } from "../../scripts/lab/mod.ts";
import { clusterTest } from "./cluster_case.ts";

const namespace = "porter-system";

/** The Role and its RoleBinding as the page has them. */
async function documented(): Promise<string> {
  const page = await Deno.readTextFile(`${checkout}/docs/observe.md`);
  const yaml = /```yaml\n([^]*?kind: RoleBinding[^]*?)```/.exec(page)?.[1];
  if (yaml === undefined) throw new Error("docs/observe.md has no RoleBinding");
  return yaml;
}

/** A pod that a kubelet would run, as far as the API server is concerned. */
const pod = (name: string) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, namespace, labels: { "app.kubernetes.io/name": "porter" } },
  spec: {
    ...{ nodeName: "node1", serviceAccountName: "default" },
    ...{ automountServiceAccountToken: false, containers: [{ name: "manager", image: "porter" }] },
  },
  status: { phase: "Running" },
});

clusterTest(
  "the documented Role lets a user forward ports, and nothing else does",
  async (cluster) => {
    const { admin, lab } = cluster;
    await admin.apply([{ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } }]);
    await admin.apply([{
      ...{ apiVersion: "v1", kind: "ServiceAccount" },
      metadata: { name: "default", namespace },
    }]);
    await admin.apply(manifests.node(1));
    await admin.apply([pod("porter-manager-1")]);
    const identity = await cluster.certificate({ user: "jane", groups: [] });
    const kubeconfig = await cluster.kubeconfig({ identity });
    const { kubectl } = await ensureBinaries(["kubectl"]);
    const forward = async (): Promise<string> => {
      const args = ["-n", namespace, "port-forward", "pod/porter-manager-1", ":7985"];
      const { code, stderr } = await run([kubectl, `--kubeconfig=${kubeconfig}`, ...args], {
        ...{ signal: lab.signal, env: { HOME: lab.folder } },
      });
      assertEquals(code, 1, stderr);
      return stderr;
    };
    assertMatch(await forward(), /pods "porter-manager-1" is forbidden: User "jane" cannot get/);

    await admin.apply(await documented());
    // It is let in, and the server looks for the kubelet.
    await until("the Role is in force", async () => !(await forward()).includes("forbidden"));
    assertMatch(
      await forward(),
      /error upgrading connection/,
    );
    const client = cluster.clientAs(identity);
    const others = ["/api/v1/nodes", `/api/v1/namespaces/${namespace}/secrets`, "/api/v1/services"];
    for (const path of others) assertEquals((await client.request("GET", path)).status, 403, path);
    const exec = `/api/v1/namespaces/${namespace}/pods/porter-manager-1/exec?command=id`;
    const refused = await client.request<{ message?: string }>("POST", exec);
    assertEquals(refused.status, 403);
    assertStringIncludes(refused.body.message ?? "", "pods/exec");
  },
);
