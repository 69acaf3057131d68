/**
 * Who edits a Service cannot write porter's record there, and so cannot have an address announced that
 * porter never gave: manifests/25-records.yaml on a real API server.
 *
 * @module
 */

import { assertEquals, assertStringIncludes } from "@std/assert";
import type { Client, KubeObject } from "../../scripts/cluster/mod.ts";
import { until } from "../../scripts/lab/mod.ts";
import { clusterTest } from "./cluster_case.ts";

const key = "porter.kubesphere.io/assigned";
const path = "/api/v1/namespaces/default/services";
const forged = "198.51.100.1 pool=gone by=pool";

interface Written {
  readonly metadata: { readonly annotations?: Readonly<Record<string, string>> };
}

function service(name: string, annotations: Record<string, string> = {}): KubeObject {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, annotations },
    spec: { type: "LoadBalancer", ports: [{ port: 80 }] },
  } as KubeObject;
}

clusterTest("only porter writes what a Service holds", async (cluster) => {
  const manifests = new URL("../../manifests/", import.meta.url);
  for (const file of ["00-namespace", "10-crds", "20-rbac", "25-records"]) {
    await cluster.apply(await Deno.readTextFile(new URL(`${file}.yaml`, manifests)));
  }
  // As teams are given for their namespace; the built-in role "edit" is filled in by a controller.
  const rbac = "rbac.authorization.k8s.io";
  await cluster.apply([{
    apiVersion: `${rbac}/v1`,
    kind: "Role",
    metadata: { name: "tenant", namespace: "default" },
    rules: [{ apiGroups: [""], resources: ["services"], verbs: ["create", "patch", "update"] }],
  }, {
    apiVersion: `${rbac}/v1`,
    kind: "RoleBinding",
    metadata: { name: "tenant", namespace: "default" },
    roleRef: { apiGroup: rbac, kind: "Role", name: "tenant" },
    subjects: [{ apiGroup: rbac, kind: "User", name: "tenant" }],
  }] as unknown as KubeObject[]);
  const tenant = cluster.clientAs(await cluster.certificate({ user: "tenant" }));
  assertEquals((await tenant.request("POST", path, service("plain"))).status, 201);
  // The policy is in force some moments after it was made.
  const { value: refused } = await until("a forged record is refused", async () => {
    const answer = await write(tenant, "plain", forged);
    if (answer.status === 403) return answer;
    await write(tenant, "plain", null);
    return undefined;
  }, { signal: cluster.lab.signal });
  assertStringIncludes(refused.body.message ?? "", `only porter writes the annotation ${key}`);
  const created = await tenant.request("POST", path, service("forged", { [key]: forged }));
  assertEquals(created.status, 403);

  const token = await cluster.token("porter-system", "porter-manager");
  const porter = cluster.clientAs({ token });
  assertEquals((await write(porter, "plain/status", "203.0.113.1 pool=edge by=pool")).status, 200);
  // What stands there stays through edits of everything else, and may be taken away.
  const labels = { metadata: { labels: { a: "b" } } };
  const { metadata: edited } = await tenant.patch<Written>(`${path}/plain`, labels);
  assertEquals(edited.annotations?.[key], "203.0.113.1 pool=edge by=pool");
  assertEquals((await write(tenant, "plain", "203.0.113.2 pool=edge by=pool")).status, 403);
  assertEquals((await write(tenant, "plain", null)).status, 200);
});

function write(client: Client, name: string, record: string | null) {
  return client.request<{ readonly message?: string }>(
    "PATCH",
    `${path}/${name}`,
    { metadata: { annotations: { [key]: record } } },
    "application/merge-patch+json",
  );
}
