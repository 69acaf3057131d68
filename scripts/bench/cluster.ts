/**
 * `deno task bench:cluster`: porter on a real API server with a real BIRD as the leaf, beside the floor
 * that the API server itself sets: the same writes by a bare client.
 *
 *     deno task bench:cluster [--services 1000] [--only floor|waiting|running]
 *
 * Times are of one run on one machine that also runs API server, etcd and BIRD; only their ratios
 * mean something. Needs root, bird and the programs of docs/cluster_tests.md.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { addNodes, type Cluster, type KubeObject, startCluster } from "../cluster/mod.ts";
import {
  addresses,
  Bird,
  buildFabric,
  Lab,
  manifests,
  type Process,
  startManager,
  sweep,
  until,
} from "../lab/mod.ts";
import { walk } from "../files.ts";
import { BirdControl } from "./bird_control.ts";
import { formatTable, formatTime } from "./measure.ts";

/** So many requests are under way at once, as in the figures this is compared with. */
const parallel = 50;
const singles = 20;
const namespace = "default";

interface Bench {
  readonly cluster: Cluster;
  readonly leaf: Bird;
  readonly kubeconfig: string;
  readonly rows: string[][];
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { services: { type: "string", default: "1000" }, only: { type: "string" } },
  });
  const count = Number(values.services);
  if (!Number.isInteger(count) || count < 1) throw new Error("--services takes a number");
  const lab = await Lab.openForTest();
  const interrupted = (): void => lab.interrupt(new Error("interrupted"));
  Deno.addSignalListener("SIGINT", interrupted);
  let cluster: Cluster | undefined;
  try {
    await buildFabric(lab, { nodes: 3 });
    cluster = await startCluster({ lab, at: "rack" });
    const bench = await prepare(cluster);
    const { only } = values;
    if (only === undefined || only === "floor") await floor(bench, count);
    if (only === undefined || only === "waiting") await waiting(bench, count);
    if (only === undefined || only === "running") await running(bench, count);
    say(`\n${formatTable(bench.rows)}`);
  } finally {
    await cluster?.stop();
    await lab.down();
    await sweep();
  }
}

async function prepare(cluster: Cluster): Promise<Bench> {
  const { lab } = cluster;
  const root = new URL("../..", import.meta.url);
  const files = await walk(root, "crds", ".yaml");
  const crds = await Promise.all(files.map((file) => Deno.readTextFile(new URL(file, root))));
  await cluster.apply(crds.join("\n---\n"));
  await addNodes(cluster, [1, 2, 3]);
  const leaf = new Bird(lab);
  await leaf.start({ as: 65001, peerAs: 65000, peerPort: 17900 });
  await cluster.apply([
    manifests.bgpConf({ as: 65000, routerId: addresses.manager.v4, port: 17900 }),
    manifests.bgpPeer({ peerAs: 65001, neighborAddress: addresses.leaf.v4 }),
    manifests.eip("pool", "100.64.0.0/16"),
  ].join("\n---\n"));
  const kubeconfig = await cluster.kubeconfig({ from: "rack" });
  return { cluster, leaf, kubeconfig, rows: [["what", "time"]] };
}

/** The same writes without porter. */
async function floor({ cluster, rows }: Bench, count: number): Promise<void> {
  rows.push([`floor: create ${count} Services and EndpointSlices`, await timed(createAll)]);
  rows.push([
    `floor: patch the status of ${count}`,
    await timed(() =>
      each(count, (index) => {
        const ingress = [{ ip: `100.65.${index >> 8}.${index & 255}`, ipMode: "VIP" }];
        const path = `/api/v1/namespaces/${namespace}/services/${nameOf(index)}/status`;
        return cluster.admin.patch(path, { status: { loadBalancer: { ingress } } });
      })
    ),
  ]);
  rows.push([`floor: delete ${count}`, await timed(() => deleteAll(cluster, count))]);

  async function createAll(): Promise<void> {
    await each(count, (index) => create(cluster, index));
  }
}

/** Services that wait when the manager starts: without addresses, and with them. */
async function waiting(bench: Bench, count: number): Promise<void> {
  const { cluster, rows } = bench;
  await each(count, (index) => create(cluster, index));
  for (const words of ["cold", "restart, addresses given"]) {
    const started = performance.now();
    const manager = start(bench);
    await routes(bench, count);
    const took = performance.now() - started;
    rows.push([
      `${words}: manager started until ${count} routes are at the leaf`,
      formatTime(took),
    ]);
    rows.push([`  from its first list to the last UPDATE`, await planned(manager, took, started)]);
    rows.push([`  manager`, await costOf(manager)]);
    await manager.stop();
    await routes(bench, 0);
  }
  await deleteAll(cluster, count);
}

/** A manager that runs: single Services, then a burst. */
async function running(bench: Bench, count: number): Promise<void> {
  const { cluster, leaf, rows } = bench;
  const manager = start(bench);
  await until("the session is up", async () => {
    return (await leaf.ask("show protocols")).includes("Established");
  });
  const toRoute: number[] = [];
  for (let index = 0; index < singles; index++) {
    const started = performance.now();
    await create(cluster, index);
    await routes(bench, index + 1, 1);
    toRoute.push(performance.now() - started);
  }
  toRoute.sort((a, b) => a - b);
  rows.push([
    `one Service: create to route at the leaf, p50 of ${singles} (with the create itself)`,
    formatTime(toRoute[singles >> 1] ?? NaN),
  ]);
  await deleteAll(cluster, singles);
  await routes(bench, 0);
  const started = performance.now();
  await each(count, (index) => create(cluster, index));
  rows.push([
    `burst: create ${count}, ${parallel} at once`,
    formatTime(performance.now() - started),
  ]);
  await routes(bench, count);
  rows.push([`  until all are at the leaf`, formatTime(performance.now() - started)]);
  const deleting = performance.now();
  await deleteAll(cluster, count);
  rows.push([`burst: delete ${count}`, formatTime(performance.now() - deleting)]);
  await routes(bench, 0);
  rows.push([`  until the leaf has none`, formatTime(performance.now() - deleting)]);
  rows.push([`  manager`, await costOf(manager)]);
  await manager.stop();
}

function start({ cluster, kubeconfig }: Bench): Process {
  return startManager(cluster.lab, { kubeconfig, logLevel: "debug" });
}

/** Milliseconds from the manager's start of work until `took` after `started`, by its own log. */
async function planned(manager: Process, took: number, started: number): Promise<string> {
  const line = (await manager.output()).split("\n").findLast((each) =>
    each.includes('"manager.started"')
  );
  const { time } = JSON.parse(line ?? "{}") as { readonly time?: string };
  if (time === undefined) return "unknown";
  const since = Date.parse(time) - (performance.timeOrigin + started);
  return formatTime(took - since);
}

/** Waits until the leaf holds so many prefixes. */
async function routes({ leaf }: Bench, wanted: number, every = 10): Promise<void> {
  const bird = await BirdControl.open(`${leaf.folder}/bird.ctl`);
  try {
    await until(
      `${wanted} routes at the leaf`,
      async () => await bird.networks() === wanted,
      { timeout: 600_000, every },
    );
  } finally {
    bird.close();
  }
}

async function costOf(process: Process): Promise<string> {
  const status = await Deno.readTextFile(`/proc/${process.pid}/status`);
  const peak = Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1024;
  const stat = (await Deno.readTextFile(`/proc/${process.pid}/stat`)).split(") ")[1]?.split(" ") ??
    [];
  const ticks = Number(stat[11]) + Number(stat[12]);
  return `${Math.round(peak)} MiB peak, ${(ticks / 100).toFixed(1)} s CPU`;
}

function nameOf(index: number): string {
  return `bench-${index}`;
}

async function create(cluster: Cluster, index: number): Promise<void> {
  const name = nameOf(index);
  const service = {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name },
    spec: {
      type: "LoadBalancer",
      loadBalancerClass: "porter.kubesphere.io/porter",
      externalTrafficPolicy: "Local",
      allocateLoadBalancerNodePorts: false,
      ports: [{ port: 80 }],
    },
  };
  const slice = {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: { name, labels: { "kubernetes.io/service-name": name } },
    addressType: "IPv4",
    endpoints: [1, 2, 3].map((node) => ({
      addresses: [`10.244.${node}.${index % 250 + 2}`],
      nodeName: `node${node}`,
      conditions: { ready: true },
    })),
    ports: [{ port: 80 }],
  } satisfies KubeObject & Record<string, unknown>;
  await cluster.admin.must("POST", pathOf("services"), service);
  await cluster.admin.must("POST", pathOf("endpointslices"), slice);
}

async function deleteAll(cluster: Cluster, count: number): Promise<void> {
  await each(count, async (index) => {
    await cluster.admin.must("DELETE", `${pathOf("services")}/${nameOf(index)}`);
    await cluster.admin.must("DELETE", `${pathOf("endpointslices")}/${nameOf(index)}`);
  });
}

function pathOf(resource: "services" | "endpointslices"): string {
  const group = resource === "services" ? "api/v1" : "apis/discovery.k8s.io/v1";
  return `/${group}/namespaces/${namespace}/${resource}`;
}

/** Does it for 0 to count - 1, so many at once. */
async function each(count: number, work: (index: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  await Promise.all(Array.from({ length: parallel }, async () => {
    while (next < count) await work(next++);
  }));
}

async function timed(work: () => Promise<unknown>): Promise<string> {
  const started = performance.now();
  await work();
  return formatTime(performance.now() - started);
}

function say(text: string): void {
  console.log(text);
}

if (import.meta.main) await main();
