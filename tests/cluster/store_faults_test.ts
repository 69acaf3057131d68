/**
 * The Kubernetes store against everything that happens to an API server and the way to it. Each
 * failure is made, not told.
 *
 * @module
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { Cluster, KubeObject } from "../../scripts/cluster/mod.ts";
import { until as eventually } from "../../scripts/lab/mod.ts";
import { assignment, heldBy, rawService, until } from "../contract/store_contract.ts";
import { BookmarkCutter } from "./bookmark_cutter.ts";
import { HttpProxy, TcpProxy } from "./proxies.ts";
import { sharedCluster } from "./shared_cluster.ts";
import { prepare, serviceNames, servicesPath, storeTests } from "./store_rig.ts";

const storeTest = storeTests(sharedCluster(prepare));

const web = rawService("web");

/** Short times, so that silence is noticed while somebody watches the test. */
const impatient = { client: { silence: { askAfter: 300, answerWithin: 700 }, timeoutMs: 5_000 } };

/** Tries often, so that a test need not wait for a store that has given up for a while. */
const eager = { times: { retry: { first: 50, last: 500 } } };

async function create(cluster: Cluster, name: string): Promise<void> {
  await cluster.apply([rawService(name) as KubeObject]);
}

storeTest("goes on where it was when its connection is cut", [web], async (rig, cluster) => {
  const proxy = rig.use(new TcpProxy(cluster.server));
  const store = await rig.open({ server: proxy.server });
  proxy.refuse(true);
  await create(cluster, "api");
  await cluster.request("DELETE", `${servicesPath}/web`);
  proxy.refuse(false);
  await until(store, "what happened meanwhile is seen", () => serviceNames(store).join() === "api");
  assert(!rig.events.includes("kubernetes.version-expired"), "nothing was listed again");
});

storeTest("leaves a connection that is dead without a word", [web], async (rig, cluster) => {
  const proxy = rig.use(new TcpProxy(cluster.server));
  const store = await rig.open({ server: proxy.server, ...impatient });
  proxy.freeze();
  await create(cluster, "api");
  await until(store, "the new Service is seen", () => serviceNames(store).join() === "api,web");
  assert(rig.events.includes("kubernetes.connection-dead"));
  proxy.freeze();
  await store.patch([assignment("web", "203.0.113.1")]);
  assertEquals(heldBy(store.snapshot(), "web"), ["203.0.113.1"]);
});

storeTest("gives up a connection on which a short request stays unanswered", [web], async (
  rig,
  cluster,
) => {
  const proxy = rig.use(new TcpProxy(cluster.server));
  const client = await rig.client({ server: proxy.server });
  const ask = (timeoutMs: number): Promise<string> =>
    client.performRequest({ method: "GET", path: servicesPath, expectJson: true, timeoutMs })
      .then(() => "answered", ({ name }: Error) => name);
  assertEquals(await ask(30_000), "answered");
  proxy.freeze();
  const started = performance.now();
  const [short, long] = await Promise.all([ask(700), ask(30_000)]);
  // The frozen connection went with the short one, and the long one was asked again on a new one.
  assertEquals([short, long], ["answered", "answered"]);
  assert(performance.now() - started < 10_000, "nobody waited for ten seconds of silence");
  assert(rig.events.includes("kubernetes.connection-dead"));
});

storeTest("ends a watch in which nothing comes", [web], async (rig, cluster) => {
  const proxy = rig.use(await HttpProxy.before(cluster));
  let stalled = 0;
  proxy.intercept = (request) => {
    const stalls = stalled === 0 && /\/services\?.*watch=1/.test(request.url);
    if (!stalls) return undefined;
    stalled++;
    return new Response(new ReadableStream());
  };
  const store = await rig.open({ server: proxy.server, store: { times: { idle: 500 } } });
  await create(cluster, "api");
  await until(store, "the new Service is seen", () => serviceNames(store).join() === "api,web");
  assertEquals(stalled, 1);
});

/** A slice that porter does not ask for: its Service has no cluster address. */
function headless(address: string): KubeObject {
  const labels = {
    "kubernetes.io/service-name": "headless",
    "service.kubernetes.io/headless": "",
  };
  return {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: { name: "headless", namespace: "shop", labels },
    addressType: "IPv4",
    endpoints: [{ addresses: [address] }],
    ports: [],
  };
}

storeTest("goes on from a bookmark when that was all that came", [], async (rig, cluster) => {
  const cutter = new BookmarkCutter(await rig.client());
  // The server sends one two seconds before a watch is over, or once a minute.
  const store = { client: cutter, random: () => 0.5, times: { ...eager.times, watch: 5_000 } };
  await rig.open({ store });
  let changes = 0;
  let version = "";
  await eventually("the watch was cut and opened anew", async () => {
    if (cutter.bookmark === "") {
      await cluster.apply([headless(`10.0.0.${1 + changes++ % 200}`)]);
      const path = "/apis/discovery.k8s.io/v1/namespaces/shop/endpointslices/headless";
      version ||= String(
        (await cluster.admin.must<KubeObject>("GET", path)).metadata.resourceVersion,
      );
    }
    return cutter.watched.length === 2;
  }, { timeout: 60_000, otherwise: () => JSON.stringify(cutter.watched) });
  assertEquals(cutter.watched[1], cutter.bookmark);
  assert(Number(cutter.bookmark) >= Number(version), `${cutter.bookmark} knows of ${version}`);
  assertEquals([cutter.lists, cutter.events], [1, 0]);
});

storeTest("outlives the API server, and writes again", [web], async (rig, cluster) => {
  const store = await rig.open({ store: eager });
  await cluster.killApiserver();
  await eventually("it is told", () => store.unreadable.size > 0);
  assertEquals(serviceNames(store), ["web"]);
  assertEquals(store.snapshot().complete, true);
  let failed = 0;
  await store.patch([assignment("web", "203.0.113.1")]).catch(() => failed++);
  assertEquals(failed, 1);
  await cluster.startApiserver();
  await create(cluster, "api");
  await until(store, "the new Service is seen", () => serviceNames(store).includes("api"));
  await store.patch([assignment("web", "203.0.113.1")]);
  assertEquals(heldBy(store.snapshot(), "web"), ["203.0.113.1"]);
  await eventually("all is well", () => store.unreadable.size === 0);
});

storeTest("lists again when its version is no longer kept", [web], async (rig, cluster) => {
  const proxy = rig.use(new TcpProxy(cluster.server));
  const store = await rig.open({ server: proxy.server, store: eager });
  proxy.refuse(true);
  await create(cluster, "api");
  await cluster.request("DELETE", `${servicesPath}/web`);
  await compact(cluster);
  // The new API server's memory begins after what was compacted.
  await cluster.killApiserver();
  await cluster.startApiserver();
  proxy.refuse(false);
  await until(store, "what happened meanwhile is seen", () => serviceNames(store).join() === "api");
  assert(rig.events.includes("kubernetes.version-expired"));
});

/** Makes etcd forget all versions but the newest, by its JSON gateway. */
async function compact(cluster: Cluster): Promise<void> {
  const argv = await Deno.readTextFile(`/proc/${cluster.etcd.pid}/cmdline`);
  const etcd = /--listen-client-urls=([^\0]+)/.exec(argv)?.[1];
  const post = async (path: string, body: unknown): Promise<Record<string, unknown>> => {
    const response = await fetch(`${etcd}${path}`, { method: "POST", body: JSON.stringify(body) });
    assertEquals(response.status, 200);
    return await response.json();
  };
  const { header } = await post("/v3/kv/range", { key: btoa("x") });
  const { revision } = header as { readonly revision: string };
  await post("/v3/kv/compaction", { revision, physical: true });
}

storeTest("waits as long as Retry-After says", [web], async (rig, cluster) => {
  const proxy = rig.use(await HttpProxy.before(cluster));
  const store = await rig.open({ server: proxy.server });
  const times: number[] = [];
  proxy.intercept = ({ method }) => {
    if (method !== "PATCH") return undefined;
    times.push(performance.now());
    if (times.length > 2) return undefined;
    return new Response("slowly", { status: 429, headers: { "retry-after": "1" } });
  };
  await store.patch([assignment("web", "203.0.113.1")]);
  assertEquals(heldBy(store.snapshot(), "web"), ["203.0.113.1"]);
  assertEquals(times.length, 3);
  for (const [index, at] of times.slice(1).entries()) {
    assert(at - (times[index] ?? at) >= 990, `try ${index + 2} came too soon`);
  }
});

storeTest("uses the token that the file has now", [web], async (rig, cluster) => {
  await cluster.apply(`
{ apiVersion: v1, kind: ServiceAccount, metadata: { name: porter, namespace: shop } }
---
{ apiVersion: v1, kind: ServiceAccount, metadata: { name: other, namespace: shop } }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: store-test }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin }
subjects: [{ kind: ServiceAccount, name: porter, namespace: shop }, { kind: ServiceAccount, name: other, namespace: shop }]
`);
  const tokenFile = `${cluster.lab.folder}/token`;
  await Deno.writeTextFile(tokenFile, await cluster.token("shop", "porter"));
  const store = await rig.open({ identity: { tokenFile } });
  await store.patch([assignment("web", "203.0.113.1")]);
  // The first token's account goes, so that only the second one is let in.
  await Deno.writeTextFile(tokenFile, await cluster.token("shop", "other"));
  await cluster.request("DELETE", "/api/v1/namespaces/shop/serviceaccounts/porter");
  await store.patch([assignment("web", "203.0.113.2")]);
  assertEquals(heldBy(store.snapshot(), "web"), ["203.0.113.2"]);
  const again = await rig.open({ identity: { tokenFile } });
  assertEquals(again.snapshot().complete, true);
  await Deno.writeTextFile(tokenFile, "nobody's");
  const stranger = await rig.open({ identity: { tokenFile } });
  assertStringIncludes(stranger.unreadable.get("Service") ?? "", "401");
  assertEquals(stranger.snapshot().complete, false);
});

storeTest("says what RBAC does not let it read, and reads on", [web], async (rig, cluster) => {
  await cluster.apply(`
{ apiVersion: v1, kind: ServiceAccount, metadata: { name: poor, namespace: shop } }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: poor }
rules:
- { apiGroups: [""], resources: [services, nodes, namespaces], verbs: [list, watch] }
- { apiGroups: [network.kubesphere.io], resources: [eips, bgpconfs], verbs: [list, watch] }
- { apiGroups: [discovery.k8s.io], resources: [endpointslices], verbs: [list, watch] }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: poor }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: poor }
subjects: [{ kind: ServiceAccount, name: poor, namespace: shop }]
`);
  const identity = { token: await cluster.token("shop", "poor") };
  await eventually("the binding is in force", async () => {
    return (await cluster.clientAs(identity).request("GET", "/api/v1/nodes")).status === 200;
  });
  const store = await rig.open({ identity });
  assertEquals([...store.unreadable.keys()], ["BgpPeer"]);
  assertEquals(store.snapshot().complete, false);
  assertEquals(serviceNames(store), ["web"]);
  const said = rig.logged.find(({ event }) => event === "kubernetes.forbidden");
  assertEquals([said?.verb, said?.resource], ["list", "bgppeers.network.kubesphere.io"]);
  const failed = await store.patch([assignment("web", "203.0.113.1")]).then(() => "", String);
  assertStringIncludes(failed, "cannot patch resource");
  const rules = await cluster.request<{ rules: unknown[] }>(
    "GET",
    "/apis/rbac.authorization.k8s.io/v1/clusterroles/poor",
  );
  const more = {
    apiGroups: ["network.kubesphere.io"],
    resources: ["bgppeers"],
    verbs: ["list", "watch"],
  };
  await cluster.admin.patch("/apis/rbac.authorization.k8s.io/v1/clusterroles/poor", {
    rules: [...rules.body.rules, more],
  });
  await until(store, "it is complete", ({ complete }) => complete);
});
