/**
 * What the Kubernetes store reads, and how it writes beside others, on a real API server.
 *
 * @module
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { claimsAtMost, claimSize } from "../../lib/objects/mod.ts";
import type { KubernetesClient, RequestOptions, RestClient } from "../../lib/store/mod.ts";
import { ApiError } from "../../lib/store/kubernetes/mod.ts";
import type { KubeObject } from "../../scripts/cluster/mod.ts";
import { until as eventually } from "../../scripts/lab/mod.ts";
import { assignment, condition, rawEip, rawService, until } from "../contract/store_contract.ts";
import { sharedCluster } from "./shared_cluster.ts";
import {
  eipsPath,
  inParallel,
  installCrds,
  prepare,
  serviceNames,
  servicesPath,
  storeTests,
} from "./store_rig.ts";

const storeTest = storeTests(sharedCluster(prepare));

const web = rawService("web");

storeTest("lists what does not fit on a page", [], async (rig, cluster) => {
  const total = 1203;
  const all = Array.from({ length: total }, (_, index) => rawEip(`edge-${index}`, "203.0.113.1"));
  await inParallel(all, (each) => cluster.admin.must("POST", eipsPath, each));
  const store = await rig.open();
  assertEquals(store.snapshot().eips.length, total);
  await cluster.request("DELETE", eipsPath);
  await until(store, "all are gone", ({ eips }) => eips.length === 0);
});

storeTest("does without CRDs, says so, and sees them come", [web], async (rig, cluster) => {
  const plurals = ["eips", "bgpconfs", "bgppeers"];
  const crds = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
  const served = async (plural: string): Promise<boolean> =>
    (await cluster.request("GET", eipsPath.replace("eips", plural))).status !== 404;
  try {
    for (const plural of plurals) {
      await cluster.request("DELETE", `${crds}/${plural}.network.kubesphere.io`);
    }
    await eventually(
      "they are gone",
      async () => !(await Promise.all(plurals.map(served))).includes(true),
    );
    const store = await rig.open();
    assertEquals(store.snapshot().complete, true);
    assertEquals(store.snapshot().faults.length, 3);
    for (const { message } of store.snapshot().faults) {
      assertStringIncludes(message, "kubectl apply -f crds");
    }
    await installCrds(cluster);
    await cluster.apply([rawEip("edge", "203.0.113.0/24") as KubeObject]);
    await until(store, "the pool is seen", ({ eips }) => eips.length === 1);
    await until(store, "nothing is missing", ({ faults }) => faults.length === 0);
  } finally {
    await installCrds(cluster);
  }
});

const peerOf = (name: string, passwordSecretRef: object) => ({
  apiVersion: "network.kubesphere.io/v1alpha1",
  kind: "BgpPeer",
  metadata: { name },
  spec: { config: { peerAs: 64600, neighborAddress: "192.0.2.1" }, passwordSecretRef },
});

const secrets = [
  peerOf("own", { name: "own" }),
  peerOf("foreign", { name: "own", namespace: "default" }),
  ...["own", "others"].map((name) => ({
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name, namespace: "shop" },
    stringData: { password: "horse" },
  })),
];

storeTest("reads no Secret but those that BgpPeers name in its namespace", secrets, async (rig) => {
  const client = await rig.client();
  const asked = new Set<string>();
  const watched: RestClient = {
    performRequest: (options: RequestOptions) => {
      const { path, querystring } = options;
      if (path.includes("secrets")) asked.add(`${path} ${querystring?.get("fieldSelector")}`);
      // deno-lint-ignore no-explicit-any -- passed on as it is
      return client.performRequest(options as any) as any;
    },
  };
  const store = await rig.open({ store: { client: watched } });
  assertEquals(store.snapshot().secrets?.map(({ ref }) => ref.name), ["own"]);
  assertEquals([...asked], ["/api/v1/namespaces/shop/secrets metadata.name=own"]);
  const [unread, ...more] = store.snapshot().unreadSecrets ?? [];
  assertEquals([unread?.namespace, unread?.name, more.length], ["default", "own", 0]);
  assertStringIncludes(unread?.why ?? "", "its own namespace only, shop, not of default");
});

storeTest("does without Secrets that it may not read, and says which", secrets, async (rig) => {
  const client = await rig.client();
  let forbidden = true;
  const guardedClient: RestClient = {
    performRequest: (options: RequestOptions) => {
      if (forbidden && options.path.includes("secrets")) {
        throw new ApiError("secrets is forbidden", { code: 403, reason: "Forbidden" });
      }
      // deno-lint-ignore no-explicit-any -- passed on as it is
      return client.performRequest(options as any) as any;
    },
  };
  const store = await rig.open({ store: { client: guardedClient } });
  const { complete, bgpPeers, unreadSecrets = [] } = store.snapshot();
  assertEquals([complete, bgpPeers.length, store.unreadable.size], [true, 2, 0]);
  assertStringIncludes(unreadSecrets[0]?.why ?? "", "the Secret shop/own cannot be read");
  assertStringIncludes(unreadSecrets[0]?.why ?? "", "secrets is forbidden");
  forbidden = false;
  await until(store, "it may be read", (it) => it.secrets?.length === 1);
});

storeTest("keeps the last good version of a broken Eip", [], async (rig, cluster) => {
  const crd = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/eips.network.kubesphere.io";
  const { body } = await cluster.request<{ spec: { versions: Record<string, unknown>[] } }>(
    "GET",
    crd,
  );
  const open = {
    openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
  };
  const versions = body.spec.versions.map((version) => ({ ...version, schema: open }));
  await cluster.admin.patch(crd, { spec: { versions } });
  try {
    await cluster.apply([rawEip("edge", "203.0.113.0/24") as KubeObject]);
    const store = await rig.open();
    const before = store.snapshot().eips[0];
    await eventually("the CRD takes anything", async () => {
      const { status } = await cluster.admin.request(
        "PATCH",
        `${eipsPath}/edge`,
        { spec: { address: 7 } },
        "application/merge-patch+json",
      );
      return status === 200;
    });
    const { faults, eips: after } = await until(
      store,
      "there is a fault",
      ({ faults }) => faults.length > 0,
    );
    assert(after[0] === before);
    assertEquals(faults.map(({ severity, field }) => [severity, field]), [
      ["error", "spec.address"],
    ]);
    assertStringIncludes(faults[0]?.message ?? "", "the last good version stays in force");
    const restarted = await rig.open();
    assertEquals(restarted.snapshot().eips, []);
    assertEquals(restarted.snapshot().faults.length, 1);
  } finally {
    await cluster.request("DELETE", `${eipsPath}/edge`);
    await cluster.admin.patch(crd, { spec: { versions: body.spec.versions } });
  }
});

storeTest("leaves to others what is theirs", [web, rawEip("edge", "203.0.113.0/24")], async (
  rig,
  cluster,
) => {
  // This one hears of nothing new, so that it knows nothing of what others wrote.
  const store = await rig.open({ store: { client: deafTo(await rig.client()) } });
  const path = `${servicesPath}/web`;
  const finalizers = ["example.com/mine"];
  const annotations = { "example.com/a": "1" };
  await cluster.admin.patch(path, { metadata: { finalizers, annotations } });
  const other = condition("example.com/Other");
  await cluster.admin.patch(`${path}/status`, { status: { conditions: [other] } });
  const { object } = assignment("web", "");
  const mine = condition("porter.kubesphere.io/Allocated");
  await store.patch([{ object, status: { conditions: [mine] } }]);
  await store.patch([assignment("web", "203.0.113.1")]);
  const { body } = await cluster.request<Written>("GET", path);
  assertEquals(body.metadata.finalizers, finalizers);
  assertEquals(body.metadata.annotations["example.com/a"], "1");
  assertEquals(body.metadata.annotations["porter.kubesphere.io/assigned"] !== undefined, true);
  assertEquals(types(body), ["example.com/Other", mine.type]);
  const [ingress] = body.status.loadBalancer?.ingress ?? [];
  assertEquals(ingress, { ip: "203.0.113.1", ipMode: "VIP" });
  await store.patch([{ object, status: { conditions: [other] } }]);
  assertEquals(types((await cluster.request<Written>("GET", path)).body), ["example.com/Other"]);
  await cluster.admin.patch(path, { metadata: { finalizers: null } });
});

storeTest("makes a custom resource's conditions anew when it was too slow", [
  rawEip("edge", "203.0.113.0/24"),
], async (rig, cluster) => {
  const store = await rig.open({ store: { client: deafTo(await rig.client()) } });
  const path = `${eipsPath}/edge`;
  const other = condition("example.com/Other");
  await cluster.admin.patch(`${path}/status`, { status: { conditions: [other], usage: 3 } });
  const object = { kind: "Eip", namespace: "", name: "edge" };
  await store.patch([{ object, status: { conditions: [condition("Ready")], poolSize: 7 } }]);
  const { body } = await cluster.request<Written>("GET", path);
  assertEquals(types(body), ["Ready", "example.com/Other"]);
  assertEquals([body.status.usage, body.status.poolSize], [3, 7]);
  assertEquals(types({ status: store.snapshot().eips[0]?.status ?? {} }), types(body));
});

interface Written {
  readonly metadata: {
    readonly finalizers?: readonly string[];
    readonly annotations: Readonly<Record<string, string>>;
  };
  readonly status: {
    readonly conditions?: readonly { readonly type: string }[];
    readonly loadBalancer?: { readonly ingress?: readonly unknown[] };
    readonly [field: string]: unknown;
  };
}

function types({ status }: Pick<Written, "status">): string[] {
  return (status.conditions ?? []).map(({ type }) => type).sort();
}

/** A client whose watches never tell of anything. */
function deafTo(client: KubernetesClient): RestClient {
  const performRequest = (options: RequestOptions): Promise<unknown> => {
    if (options.expectStream !== true) return client.performRequest(options);
    const { abortSignal } = options;
    const start = (controller: ReadableStreamDefaultController): void =>
      abortSignal?.addEventListener("abort", () => controller.error(abortSignal.reason));
    return Promise.resolve(new ReadableStream({ start }));
  };
  return { performRequest } as RestClient;
}

storeTest("keeps no Service that is nobody's, and shows the slices of those that matter", [
  web,
  plain("plain"),
  slice("plain"),
  slice("web"),
], async (rig, cluster) => {
  const store = await rig.open();
  const shown = (): string[] =>
    store.snapshot().endpointSlices.map(({ service, endpoints }) =>
      `${service} ${endpoints.map(({ nodeName }) => nodeName)}`
    );
  assertEquals([serviceNames(store), shown()], [["web"], ["web node1"]]);
  let calls = 0;
  store.subscribe(() => void calls++);
  await cluster.apply([slice("plain", "node2") as KubeObject]);
  await cluster.apply([plain("plain", { type: "LoadBalancer" }) as KubeObject]);
  await until(store, "it matters", () => serviceNames(store).join() === "plain,web");
  assertEquals(shown(), ["plain node2", "web node1"]);
  assertEquals(calls, 1, "what happens to others is no change");
  await cluster.apply([plain("plain") as KubeObject]);
  await until(store, "it matters no more", () => shown().join() === "web node1");
});

function plain(name: string, spec: Readonly<Record<string, unknown>> = {}): unknown {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, namespace: "shop" },
    spec: { type: "ClusterIP", ports: [{ port: 80 }], ...spec },
  };
}

function slice(service: string, nodeName = "node1"): unknown {
  return {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: {
      name: service,
      namespace: "shop",
      labels: { "kubernetes.io/service-name": service },
    },
    addressType: "IPv4",
    endpoints: [{ addresses: ["10.0.0.1"], nodeName, conditions: { ready: true } }],
    ports: [],
  };
}

storeTest("keeps an Eip's too many claims from holding up other Eips and their Services", [
  web,
  rawService("api"),
  rawEip("big", "100.64.0.0/16"),
  rawEip("small", "203.0.113.0/24"),
], async (rig, cluster) => {
  const store = await rig.open();
  const eip = (name: string) => ({ kind: "Eip", namespace: "", name });
  const claims = (count: number) =>
    Object.fromEntries(
      Array.from({ length: count }, (_, index) => [
        `100.64.${index >> 8}.${index & 255}`,
        `shop/${"x".repeat(20)}${index}`,
      ]),
    );
  const wanted = [
    { object: eip("small"), status: { used: { "203.0.113.1": "shop/web" } } },
    { ...assignment("api", "100.64.0.0"), after: [eip("big")] },
    { ...assignment("web", "203.0.113.1"), after: [eip("small")] },
  ];
  // More than the API server takes in one body, than its connection to etcd does, than etcd does.
  const huge = { "100.65.0.0": `shop/${"x".repeat(3 * 2 ** 20)}` };
  for (const used of [huge, claims(65_000), claims(50_000)]) {
    await store.patch([{ object: eip("big"), status: { used } }, ...wanted]);
    const fault = store.snapshot().faults.find(({ object }) => object?.name === "big");
    assert(fault?.claimsAtMost !== undefined, JSON.stringify(store.snapshot().faults));
  }
  const ingress = async (name: string): Promise<unknown> =>
    (await cluster.request<Written>("GET", `${servicesPath}/${name}`)).body.status.loadBalancer
      ?.ingress;
  assertEquals(await ingress("web"), [{ ip: "203.0.113.1", ipMode: "VIP" }]);
  assertEquals(await ingress("api"), undefined);
  // What a plan takes of them by itself goes in.
  const fits = claims(Math.floor(claimsAtMost / claimSize("100.64.100.100", "x".repeat(30))));
  await store.patch([{ object: eip("big"), status: { used: fits } }, ...wanted.slice(1, 2)]);
  assertEquals(await ingress("api"), [{ ip: "100.64.0.0", ipMode: "VIP" }]);
});

storeTest("reads specs alone where nobody needs more, and hears nothing of large statuses", [
  rawEip("edge", "203.0.113.0/24"),
], async (rig, cluster) => {
  const heard = { bytes: 0 };
  const client = counting(await rig.client(), "/eips", heard);
  const store = await rig.open({ store: { client, specsOnly: ["Eip"] } });
  const seen = (): readonly (readonly [string, boolean])[] =>
    store.snapshot().eips.map(({ spec, deleting }) => [spec.address, deleting] as const);
  let calls = 0;
  store.subscribe(() => void calls++);
  const path = `${eipsPath}/edge`;
  for (let time = 0; time < 3; time++) {
    const used = Object.fromEntries(
      Array.from({ length: 5000 }, (_, index) => [`203.0.113.${index}`, `shop/service${time}`]),
    );
    await cluster.admin.patch(`${path}/status`, { status: { used } });
  }
  await cluster.admin.patch(path, { spec: { address: "203.0.113.0/25" } });
  await until(store, "the spec is seen", () => seen().join() === "203.0.113.0/25,false");
  assertEquals([calls, store.snapshot().eips[0]?.status], [1, {}]);
  assert(heard.bytes > 0 && heard.bytes < 20_000, `${heard.bytes} bytes for 450,000 of claims`);

  await cluster.admin.patch(path, { metadata: { finalizers: ["example.com/mine"] } });
  await cluster.request("DELETE", path);
  await until(store, "it is being deleted", () => seen().join() === "203.0.113.0/25,true");
  await cluster.admin.patch(path, { metadata: { finalizers: null } });
  await until(store, "it is gone", () => seen().length === 0);
  await cluster.apply([rawEip("edge", "203.0.113.0/26") as KubeObject]);
  await until(store, "another one is seen", () => seen().join() === "203.0.113.0/26,false");
});

/** A client that counts the bytes of the watches of some paths. */
function counting(client: KubernetesClient, of: string, heard: { bytes: number }): RestClient {
  async function* counted(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const piece of stream) {
      heard.bytes += piece.length;
      yield piece;
    }
  }
  const performRequest = async (options: RequestOptions): Promise<unknown> => {
    const { expectStream, path } = options;
    if (expectStream !== true) return await client.performRequest(options);
    const stream = await client.performRequest({ ...options, expectStream });
    return path.endsWith(of) ? counted(stream) : stream;
  };
  return { performRequest } as RestClient;
}

storeTest("makes an Event of a fact, and counts it when it is told again", [
  web,
  rawEip("edge", "203.0.113.0/24"),
], async (rig, cluster) => {
  const store = await rig.open();
  const { object } = assignment("web", "");
  const told = {
    object,
    type: "Normal",
    reason: "AddressAssigned",
    message: "203.0.113.1 from Eip edge",
  } as const;
  store.record(told);
  store.record({ ...told, type: "Warning", reason: "PoolExhausted", message: "x".repeat(2000) });
  const pool = { kind: "Eip", namespace: "", name: "edge" };
  store.record({ object: pool, type: "Warning", reason: "PoolOverlap", message: "shares" });
  store.record(told);
  const events = async (): Promise<string> =>
    await cluster.kubectl(["get", "events", "-A", "--no-headers"]);
  await eventually("all are there", async () => (await events()).split("\n").length === 4);
  const described = await cluster.kubectl(["describe", "service", "-n", "shop", "web"]);
  assertStringIncludes(described, "203.0.113.1 from Eip edge");
  assertStringIncludes(described, "(x2 over");
  assertStringIncludes(await cluster.kubectl(["describe", "eip", "edge"]), "PoolOverlap");
  assert(!rig.events.includes("events.unwritten"), JSON.stringify(rig.logged));
});
