/**
 * `kubectl apply -f manifests` on a real API server. No pod runs there, for there is no kubelet; that
 * the pods would be let in is tried with Pods of the same templates.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { type Cluster, ensureBinaries, type KubeObject } from "../../scripts/cluster/mod.ts";
import { checkout, run } from "../../scripts/lab/mod.ts";
import { clusterTest } from "./cluster_case.ts";

/** kubectl with its warnings as errors; gives what it said on stdout. */
async function kubectl(cluster: Cluster, ...args: readonly string[]): Promise<string> {
  const { kubectl } = await ensureBinaries(["kubectl"]);
  const kubeconfig = `--kubeconfig=${await cluster.kubeconfig()}`;
  const { code, stdout, stderr } = await run([kubectl, kubeconfig, ...args], {
    signal: cluster.lab.signal,
    env: { HOME: cluster.lab.folder },
  });
  assertEquals([code, stderr], [0, ""], stdout);
  return stdout;
}

const apply = ["apply", "--warnings-as-errors", "-f", `${checkout}/manifests`];

/** What is installed, as kubectl names it. */
const installed = [
  "namespace/porter-system",
  "customresourcedefinition.apiextensions.k8s.io/eips.network.kubesphere.io",
  "customresourcedefinition.apiextensions.k8s.io/bgpconfs.network.kubesphere.io",
  "customresourcedefinition.apiextensions.k8s.io/bgppeers.network.kubesphere.io",
  "serviceaccount/porter-manager",
  "serviceaccount/porter-agent",
  "clusterrole.rbac.authorization.k8s.io/porter-manager",
  "clusterrolebinding.rbac.authorization.k8s.io/porter-manager",
  "role.rbac.authorization.k8s.io/porter-manager",
  "rolebinding.rbac.authorization.k8s.io/porter-manager",
  "clusterrole.rbac.authorization.k8s.io/porter-agent",
  "clusterrolebinding.rbac.authorization.k8s.io/porter-agent",
  "role.rbac.authorization.k8s.io/porter-agent",
  "rolebinding.rbac.authorization.k8s.io/porter-agent",
  "validatingadmissionpolicy.admissionregistration.k8s.io/porter-records",
  "validatingadmissionpolicybinding.admissionregistration.k8s.io/porter-records",
  "deployment.apps/porter-manager",
  "lease.coordination.k8s.io/porter-manager",
  "poddisruptionbudget.policy/porter-manager",
  "daemonset.apps/porter-agent",
];

/** Each object and its version. */
const eachVersion =
  "{range .items[*]}{.kind}/{.metadata.name} {.metadata.resourceVersion}{'\\n'}{end}";

clusterTest(
  "kubectl apply -f manifests installs everything, without a warning",
  async (cluster) => {
    const first = await kubectl(cluster, ...apply);
    assertEquals(
      first.trim().split("\n").sort(),
      installed.map((name) => `${name} created`).sort(),
    );
    // A second time changes nothing: what the API server adds is not fought over.
    const versions = () =>
      kubectl(cluster, "get", "-f", `${checkout}/manifests`, "-o", `jsonpath=${eachVersion}`);
    const before = await versions();
    assertEquals(before.trim().split("\n").length, installed.length);
    await kubectl(cluster, ...apply);
    assertEquals(await versions(), before);
    const samples = await kubectl(cluster, "apply", "-f", `${checkout}/manifests/samples`);
    assertMatch(samples, /^eip\.network\.kubesphere\.io\/edge created$/m);
  },
);

interface PodTemplate {
  readonly metadata: { readonly labels: Readonly<Record<string, string>> };
  readonly spec: Readonly<Record<string, unknown>>;
}

clusterTest("the API server lets pods of the templates in", async (cluster) => {
  await kubectl(cluster, ...apply);
  const paths = { manager: "deployments/porter-manager", agent: "daemonsets/porter-agent" };
  for (const [name, path] of Object.entries(paths)) {
    const { spec } = await cluster.admin.must<
      { readonly spec: { readonly template: PodTemplate } }
    >("GET", `/apis/apps/v1/namespaces/porter-system/${path}`);
    const pod: KubeObject = {
      apiVersion: "v1",
      kind: "Pod",
      ...spec.template,
      metadata: { ...spec.template.metadata, name, namespace: "porter-system" },
    };
    const [made] = await cluster.apply([pod]);
    const { priority } = made?.spec as { readonly priority: number };
    assert(priority >= 2_000_000_000, `${name} has priority ${priority}`);
  }
  // The same pod where nobody allowed it: the namespace's label is what lets it in.
  await cluster.apply([{
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name: "strict", labels: { "pod-security.kubernetes.io/enforce": "baseline" } },
  }]);
  const { body } = await cluster.request<KubeObject>(
    "GET",
    "/api/v1/namespaces/porter-system/pods/agent",
  );
  const { status } = await cluster.request("POST", "/api/v1/namespaces/strict/pods", {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "agent" },
    spec: body.spec,
  });
  assertEquals(status, 403);
});
