/**
 * The Helm chart on a real API server: what it makes is what manifests/ has, its values are checked,
 * and it leaves no object behind but the CRDs.
 *
 * @module
 */

import { assert, assertEquals, assertNotEquals, assertStringIncludes } from "@std/assert";
import {
  type Cluster,
  ensureBinaries,
  type KubeObject,
  readObjects,
} from "../../scripts/cluster/mod.ts";
import { parse } from "yaml";
import { checkout, type Output, run } from "../../scripts/lab/mod.ts";
import { walk } from "../../scripts/files.ts";
import { clusterTest } from "./cluster_case.ts";

const chart = `${checkout}/manifests/helm/porter`;
const root = new URL("../../", import.meta.url);

/** Values that differ from the default wherever there is one. */
const changed = `
image: { repository: registry.example/net/porter, tag: v1, pullPolicy: Always, pullSecrets: [{ name: registry }] }
manager:
  replicas: 3
  serveClassless: true
  logLevel: debug
  healthPort: 17980
  runAsUser: 65532
  priorityClassName: system-node-critical
  nodeSelector: { role: border }
  tolerations: [{ key: border, operator: Exists }]
  resources: { requests: { cpu: 1, memory: 1Gi }, limits: { memory: 2Gi } }
agent:
  logLevel: warn
  healthPort: 17981
  priorityClassName: system-cluster-critical
  nodeSelector: { role: worker }
  tolerations: []
  resources: { requests: { cpu: 10m, memory: 64Mi }, limits: {} }
`;

/** Runs helm as the administrator, or without a cluster; everything it keeps is in the lab's folder. */
async function helm(cluster: Cluster, ...args: readonly string[]): Promise<Output> {
  const { helm } = await ensureBinaries(["helm"]);
  const home = `${cluster.lab.folder}/helm`;
  return await run([helm, `--kubeconfig=${await cluster.kubeconfig()}`, ...args], {
    signal: cluster.lab.signal,
    env: {
      HOME: home,
      HELM_CACHE_HOME: home,
      HELM_CONFIG_HOME: home,
      HELM_DATA_HOME: home,
      HELM_NAMESPACE: "porter-system",
    },
  });
}

async function must(cluster: Cluster, ...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await helm(cluster, ...args);
  assertEquals([code, stderr.replace(/^.*kubeconfig file is .*-readable.*\n/gm, "")], [0, ""]);
  return stdout;
}

function nameOf({ kind, metadata: { namespace, name } }: KubeObject): string {
  return `${kind} ${namespace ?? ""}/${name}`;
}

/** A file with these values, for --values. */
async function valuesFile(cluster: Cluster, text: string): Promise<string> {
  const path = `${cluster.lab.folder}/values.yaml`;
  await Deno.writeTextFile(path, text);
  return path;
}

clusterTest("the chart is without fault, and makes what manifests/ has", async (cluster) => {
  assertStringIncludes(await must(cluster, "lint", "--strict", chart), "0 chart(s) failed");
  const made = readObjects(await must(cluster, "template", "porter", chart));
  const files = (await walk(root, "manifests", ".yaml"))
    .filter((file) => /^manifests\/[234]\d-[a-z]+\.yaml$/.test(file));
  const texts = await Promise.all(files.map((file) => Deno.readTextFile(new URL(file, root))));
  const plain = readObjects(texts.join("\n---\n"));
  assertEquals([files.length, plain.length], [4, 16]);
  const sorted = (objects: readonly KubeObject[]) =>
    [...objects].sort((a, b) => nameOf(a) < nameOf(b) ? -1 : 1);
  const plainWithSecrets = JSON.parse(
    JSON.stringify(sorted(plain)).replaceAll(
      '"dnsPolicy":',
      '"imagePullSecrets":[],"dnsPolicy":',
    ),
  );
  assertEquals(sorted(made), plainWithSecrets);
});

clusterTest(
  "each value of the chart changes something; a wrong one is refused",
  async (cluster) => {
    const file = await valuesFile(cluster, changed);
    const text = await must(cluster, "template", "porter", chart, "--values", file);
    const made = readObjects(text);
    const podOf = (kind: string) => {
      const spec = made.find((object) => object.kind === kind)?.spec;
      return (spec as { template: { spec: Record<string, unknown> } }).template.spec;
    };
    const modes = [["manager", "Deployment"], ["agent", "DaemonSet"]] as const;
    const values = parse(changed);
    for (const [mode, kind] of modes) {
      const pod = podOf(kind);
      const json = JSON.stringify(pod);
      const value = values[mode];
      assertEquals(json.split(`"port":${value.healthPort}`).length - 1, 3);
      assertStringIncludes(json, `--health-address=127.0.0.1:${value.healthPort}"`);
      assertStringIncludes(json, `--log-level=${value.logLevel}"`);
      assertStringIncludes(
        json,
        '"image":"registry.example/net/porter:v1","imagePullPolicy":"Always"',
      );
      assertEquals(pod.imagePullSecrets, values.image.pullSecrets);
      assertEquals(pod.priorityClassName, value.priorityClassName);
      assertEquals(pod.tolerations, value.tolerations);
      // Helm merges maps: what the default has and nobody took away stays.
      assertEquals(pod.nodeSelector, { "kubernetes.io/os": "linux", ...value.nodeSelector });
      const [container] = pod.containers as readonly { readonly resources: unknown }[];
      assertEquals(container?.resources, {
        requests: value.resources.requests,
        limits: { memory: "512Mi", ...value.resources.limits },
      });
    }
    const deployment = made.find(({ kind }) => kind === "Deployment")?.spec as { replicas: number };
    assertEquals(deployment.replicas, 3);
    assertStringIncludes(JSON.stringify(podOf("Deployment")), '"runAsUser":65532');
    assertStringIncludes(JSON.stringify(podOf("Deployment")), '"--serve-classless"]');
    await cluster.apply(text.replaceAll("namespace: porter-system", "namespace: default"));
    const wrong = [
      "manager.replicas=many",
      "manager.loglevel=info",
      "agent.healthPort=70000",
      "image.pullPolicy=Sometimes",
      "unknown=1",
    ];
    for (const value of wrong) {
      const { code, stderr } = await helm(cluster, "template", "porter", chart, "--set", value);
      assertNotEquals(code, 0, value);
      assertStringIncludes(stderr, "values don't meet the specifications of the schema");
    }
  },
);

/** Every object of every kind that can be listed, but what the cluster itself changes all the time. */
async function everything(cluster: Cluster): Promise<ReadonlySet<string>> {
  const listed = await cluster.kubectl(["api-resources", "--verbs=list", "-o", "name"]);
  const kinds = listed.trim().split("\n").filter((kind) =>
    !/^events\b|componentstatuses/.test(kind)
  );
  assert(kinds.length > 30, `${kinds.length} kinds`);
  const names = await cluster.kubectl([
    ...["get", kinds.join(","), "--all-namespaces", "--ignore-not-found"],
    ...[
      "-o",
      "jsonpath={range .items[*]}{.kind} {.metadata.namespace}/{.metadata.name}{'\\n'}{end}",
    ],
  ]);
  return new Set(
    names.trim().split("\n").filter((name) => !/^(Lease kube-system|APIService)/.test(name)),
  );
}

clusterTest("install, upgrade and uninstall leave nothing behind but the CRDs", async (cluster) => {
  await cluster.apply("{ apiVersion: v1, kind: Namespace, metadata: { name: porter-system } }");
  const before = await everything(cluster);
  const told = await must(cluster, "install", "porter", chart);
  assertStringIncludes(told, "It announces nothing yet.");
  const release = await everything(cluster);
  assert(release.has("Deployment porter-system/porter-manager"));
  // What a manager would have written in between is none of Helm's, and goes all the same.
  await cluster.admin.patch(
    "/apis/coordination.k8s.io/v1/namespaces/porter-system/leases/porter-manager",
    { spec: { holderIdentity: "somebody", leaseDurationSeconds: 15 } },
  );
  const file = await valuesFile(cluster, changed);
  await must(cluster, "upgrade", "porter", chart, "--values", file);
  const { body } = await cluster.request<{ readonly spec: { readonly replicas: number } }>(
    "GET",
    "/apis/apps/v1/namespaces/porter-system/deployments/porter-manager",
  );
  assertEquals(body.spec.replicas, 3);
  const { body: lease } = await cluster.request<
    { readonly spec: { readonly holderIdentity: string } }
  >(
    "GET",
    "/apis/coordination.k8s.io/v1/namespaces/porter-system/leases/porter-manager",
  );
  assertEquals(lease.spec.holderIdentity, "somebody");
  const removed = await must(cluster, "uninstall", "porter");
  assertStringIncludes(removed, 'release "porter" uninstalled');
  const left = [...await everything(cluster)].filter((name) => !before.has(name));
  assertEquals(left.sort(), [
    "CustomResourceDefinition /bgpconfs.network.kubesphere.io",
    "CustomResourceDefinition /bgppeers.network.kubesphere.io",
    "CustomResourceDefinition /eips.network.kubesphere.io",
  ]);
});
