/**
 * The Kubernetes store against the contract, on a real API server.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { Reporter } from "../../lib/reporting/mod.ts";
import { KubernetesReports } from "../../lib/store/mod.ts";
import { reportContract } from "../contract/report_contract.ts";
import { storeContract } from "../contract/store_contract.ts";
import type { KubeObject } from "../../scripts/cluster/mod.ts";
import { until } from "../../scripts/lab/mod.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { sharedCluster } from "./shared_cluster.ts";
import { prepare, StoreRig } from "./store_rig.ts";

const cluster = sharedCluster(prepare);

storeContract("a Kubernetes store", {
  open: async (raws) => {
    const rig = new StoreRig(cluster());
    // What an earlier case was told of objects goes with them.
    await rig.setObjects([]);
    await rig.setObjects(raws);
    const store = await rig.open();
    return {
      store,
      setObjects: (now) => rig.setObjects(now),
      reopen: () => rig.open(),
      close: () => rig[Symbol.asyncDispose](),
    };
  },
  instead: [
    {
      test: "keeps the last good version of a broken object",
      reason: "an API server takes no broken Service; store_test.ts does it with an Eip",
      prove: async () => {
        const service = {
          apiVersion: "v1",
          kind: "Service",
          metadata: { name: "broken" },
          spec: { type: "LoadBalancer", ports: [{ port: "x" }] },
        };
        const { status } = await cluster().request(
          "POST",
          "/api/v1/namespaces/default/services",
          service,
        );
        assert(status >= 400 && status < 500, `the API server answered ${status}`);
      },
    },
    {
      test: "tells of misspelt fields",
      reason: "an API server drops the fields that it does not know",
      prove: async () => {
        const eip = {
          apiVersion: "network.kubesphere.io/v1alpha1",
          kind: "Eip",
          metadata: { name: "misspelt" },
          spec: { address: "203.0.113.1", adress: "203.0.113.2" },
        };
        const path = "/apis/network.kubesphere.io/v1alpha1/eips";
        const { spec } = await cluster().admin.must<{ readonly spec: object }>("POST", path, eip);
        assertEquals(Object.hasOwn(spec, "address"), true);
        assertEquals(Object.hasOwn(spec, "adress"), false);
        await cluster().admin.must("DELETE", `${path}/misspelt`);
      },
    },
  ],
});

reportContract("a namespace of ConfigMaps", async (body) => {
  await using rig = new StoreRig(cluster());
  const foreign = { apiVersion: "v1", kind: "ConfigMap", data: { role: "manager", name: "a" } };
  await cluster().apply([{ ...foreign, metadata: { name: "foreign", namespace: "shop" } }]);
  await body(new KubernetesReports({ client: await rig.client(), namespace: "shop" }));
  // Who else has ConfigMaps there keeps them.
  const path = "/api/v1/namespaces/shop/configmaps";
  const { items } = await cluster().admin.must<{ items: readonly KubeObject[] }>("GET", path);
  const names = items.map(({ metadata }) => metadata.name);
  assertEquals(names.filter((name) => name !== "kube-root-ca.crt"), [
    ...["foreign", "porter-agent-node1"],
  ]);
  for (const name of ["foreign", "porter-agent-node1"]) {
    await cluster().admin.must("DELETE", `${path}/${name}`);
  }
});

/** The Role of an agent's reports, as manifests/ has it, for a user. */
function mayReport(user: string): readonly KubeObject[] {
  const metadata = { name: user, namespace: "shop" };
  const rbac = "rbac.authorization.k8s.io";
  const rules = [{ apiGroups: [""], resources: ["configmaps"], verbs: ["create", "patch"] }];
  return [
    { apiVersion: `${rbac}/v1`, kind: "Role", metadata, rules },
    {
      ...{ apiVersion: `${rbac}/v1`, kind: "RoleBinding", metadata },
      roleRef: { apiGroup: rbac, kind: "Role", name: user },
      subjects: [{ apiGroup: rbac, kind: "User", name: user }],
    },
  ] as unknown as readonly KubeObject[];
}

Deno.test("a report that RBAC refuses is told once, by name, and comes in when it may", async () => {
  await using rig = new StoreRig(cluster());
  const identity = await cluster().certificate({ user: "mute", groups: [] });
  const client = await rig.client({ identity });
  const clock = new FakeClock();
  const conf = { kind: "BgpConf", namespace: "", name: "conf" };
  const speaker = { listening: { port: 179 }, connectionsRefused: 0 };
  const reporter = new Reporter({
    ...{ speaker: { role: "agent", name: "node7" }, clock, random: () => 0.5, log: rig.log() },
    reports: new KubernetesReports({ client, namespace: "shop" }),
    state: () => ({ sessions: [], conf, speaker }),
  });
  const logged = (event: string) => rig.logged.filter((each) => each.event === event);
  reporter.changed();
  const refused = async (): Promise<boolean> => {
    await clock.advance(20_000);
    return logged("report.failed").length > 0;
  };
  await until("it is told", refused, { otherwise: () => JSON.stringify(rig.logged) });
  assertMatch(
    String(logged("report.failed")[0]?.["error"]),
    /configmaps "porter-agent-node7" is forbidden: User "mute" cannot patch resource "configmaps"/,
  );
  await cluster().apply(mayReport("mute"));
  await until("it is in", async () => {
    await clock.advance(60_000);
    return logged("report.written").length > 0;
  }, { otherwise: () => JSON.stringify(rig.logged) });
  assertEquals(logged("report.failed").length, 1);
  const path = "/api/v1/namespaces/shop/configmaps/porter-agent-node7";
  assertEquals((await cluster().admin.must<KubeObject>("GET", path)).kind, "ConfigMap");
  await reporter.stop();
  await cluster().admin.must("DELETE", path);
});
