/**
 * `deno task bench:cluster`: porter on a real API server with a real BIRD as the leaf, beside the floor
 * that the API server itself sets: the same writes by a bare client.
 *
 *     deno task bench:cluster [--services 1000] [--only floor|waiting|running]... [--agents 1]
 *
 * Times are of one run on one machine that also runs API server, etcd and BIRD; only their ratios
 * mean something. Needs root, bird and the programs of docs/cluster_tests.md. With PORTER it measures
 * that executable, else the sources.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { addNodes, type Cluster, startCluster } from "../cluster/mod.ts";
import {
  addresses,
  Bird,
  buildFabric,
  Lab,
  logEntries,
  manifests,
  type Process,
  startAgent,
  startManager,
  sweep,
  until,
} from "../lab/mod.ts";
import { walk } from "../files.ts";
import { BirdControl } from "./bird_control.ts";
import { create, createAll, deleteAll, parallel, patchAll, StatusWatch } from "./cluster_load.ts";
import { formatSpread, formatTable, formatTime, timed } from "./measure.ts";
import { ProcessCost } from "./process_cost.ts";

/** So many Services are created one by one. */
const singles = 20;

const nodes = [1, 2, 3];

const parts = ["floor", "waiting", "running"] as const;

/** What the bare client took, in milliseconds. */
interface Floor {
  create?: number;
  patch?: number;
}

interface Bench {
  readonly cluster: Cluster;
  readonly leaf: Bird;
  readonly kubeconfig: string;
  /** How many Services. */
  readonly count: number;
  /** On how many nodes an agent runs. */
  readonly agents: number;
  readonly floor: Floor;
  readonly rows: string[][];
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      services: { type: "string", default: "1000" },
      agents: { type: "string", default: "1" },
      only: { type: "string", multiple: true, default: [...parts] },
    },
  });
  const [count, agents] = [Number(values.services), Number(values.agents)];
  if (!Number.isInteger(count) || count < 1) throw new Error("--services takes a number");
  if (!nodes.includes(agents) && agents !== 0) throw new Error("--agents takes 0 to 3");
  const lab = await Lab.openForTest();
  const interrupted = (): void => lab.interrupt(new Error("interrupted"));
  Deno.addSignalListener("SIGINT", interrupted);
  let cluster: Cluster | undefined;
  try {
    await buildFabric(lab, { nodes: nodes.length });
    // Each Service with externalTrafficPolicy Local takes a port: there are only 2,768 by default.
    const apiserver = ["--service-node-port-range=20000-52767"];
    cluster = await startCluster({ lab, at: "rack", apiserver });
    const bench = await prepare(cluster, { count, agents });
    if (values.only.includes("floor")) await floor(bench);
    if (values.only.includes("waiting")) await waiting(bench);
    if (values.only.includes("running")) await running(bench);
  } finally {
    await cluster?.stop();
    await lab.down();
    await sweep();
  }
}

async function prepare(
  cluster: Cluster,
  { count, agents }: { readonly count: number; readonly agents: number },
): Promise<Bench> {
  const { lab } = cluster;
  const root = new URL("../..", import.meta.url);
  const files = await walk(root, "crds", ".yaml");
  const crds = await Promise.all(files.map((file) => Deno.readTextFile(new URL(file, root))));
  await cluster.apply(crds.join("\n---\n"));
  await addNodes(cluster, nodes);
  const leaf = new Bird(lab);
  await leaf.start({ as: 65001, peerAs: 65000, peerPort: 17900 });
  await cluster.apply([
    manifests.bgpConf({ as: 65000, routerId: addresses.manager.v4, port: 17900 }),
    manifests.bgpPeer({ peerAs: 65001, neighborAddress: addresses.leaf.v4 }),
    manifests.eip("pool", "100.64.0.0/16"),
  ].join("\n---\n"));
  const kubeconfig = await cluster.kubeconfig({ from: "rack" });
  return { cluster, leaf, kubeconfig, count, agents, floor: {}, rows: [] };
}

/** The same writes without porter. */
async function floor(bench: Bench): Promise<void> {
  const { cluster: { admin }, count } = bench;
  const single: number[] = [];
  for (let index = 0; index < singles; index++) {
    single.push(await timed(() => create(admin, index)));
  }
  tell(bench, "floor: one Service and its EndpointSlice created", formatSpread(single));
  await deleteAll(admin, singles);
  const created = await timed(() => createAll(admin, count));
  tell(bench, `floor: create ${count}, ${parallel} at once`, formatTime(created));
  const patched = await timed(() => patchAll(admin, count));
  tell(bench, `floor: patch the status of ${count}`, formatTime(patched));
  const deleted = await timed(() => deleteAll(admin, count));
  tell(bench, `floor: delete ${count}`, formatTime(deleted));
  Object.assign(bench.floor, { create: created, patch: patched });
  show(bench);
}

/** Services that wait when the manager starts: without addresses, and with them. */
async function waiting(bench: Bench): Promise<void> {
  const { cluster: { admin }, count } = bench;
  const agents = await startAgents(bench);
  await createAll(admin, count);
  for (const words of ["cold", "restart, addresses given"]) {
    await agents.restart();
    const started = performance.now();
    const manager = start(bench);
    await routes(bench, count);
    const took = performance.now() - started;
    const worked = await sinceFirstList(manager, { took, started });
    tell(
      bench,
      `${words}: manager started until ${count} routes are at the leaf`,
      formatTime(took),
    );
    tell(bench, "  from its first list to the last UPDATE", ofFloor(worked, bench.floor.patch));
    tell(bench, "  manager", await ProcessCost.ofAll(manager.pid).text());
    await agents.tell(bench);
    await manager.stop();
    await routes(bench, 0);
  }
  await deleteAll(admin, count);
  await agents.stop();
  show(bench);
}

/** A manager that runs: single Services, then a burst. */
async function running(bench: Bench): Promise<void> {
  const { cluster: { admin }, leaf } = bench;
  const agents = await startAgents(bench);
  const manager = start(bench);
  await until("the session is up", async () => {
    return (await leaf.ask("show protocols")).includes("Established");
  });
  tell(bench, "nothing to do: manager", await ProcessCost.ofAll(manager.pid).text());
  await agents.tell(bench);
  const cost = await ProcessCost.fromNow(manager.pid);
  await oneByOne(bench);
  tell(bench, "  manager", await cost.text());
  await deleteAll(admin, singles);
  await routes(bench, 0);
  await cost.restart();
  await agents.restart();
  await burst(bench);
  tell(bench, "  manager, both", await cost.text());
  await agents.tell(bench);
  await manager.stop();
  await agents.stop();
  show(bench);
}

async function oneByOne(bench: Bench): Promise<void> {
  const { admin } = bench.cluster;
  const watch = new StatusWatch(admin);
  const [created, status, route]: number[][] = [[], [], []];
  const bird = await BirdControl.open(`${bench.leaf.folder}/bird.ctl`);
  for (let index = 0; index < singles; index++) {
    const started = performance.now();
    const creating = create(admin, index).then(() => created?.push(performance.now() - started));
    await until("the route", async () => await bird.networks() === index + 1, { every: 1 });
    route?.push(performance.now() - started);
    await creating;
    await until("the status", () => watch.seen(index) !== undefined, { every: 1 });
    status?.push((watch.seen(index) ?? NaN) - started);
  }
  bird.close();
  await watch.close();
  tell(bench, `one Service: created, with its EndpointSlice`, formatSpread(created ?? []));
  tell(bench, `  create to status`, formatSpread(status ?? []));
  tell(bench, `  create to route at the leaf`, formatSpread(route ?? []));
}

async function burst(bench: Bench): Promise<void> {
  const { cluster: { admin }, count } = bench;
  const started = performance.now();
  const created = await timed(() => createAll(admin, count));
  tell(bench, `burst: create ${count}, ${parallel} at once`, formatTime(created));
  await routes(bench, count);
  const took = performance.now() - started;
  tell(bench, "  until all are at the leaf", ofFloor(took, bench.floor.create));
  const deleting = performance.now();
  const deleted = await timed(() => deleteAll(admin, count));
  tell(bench, `burst: delete ${count}`, formatTime(deleted));
  await routes(bench, 0);
  tell(bench, `  until the leaf has none`, formatTime(performance.now() - deleting));
}

/** The agents of a phase. */
interface Agents {
  /** Counts what they cost from now on. */
  restart(): Promise<void>;
  /** Tells what the first of them cost; the others do the same. */
  tell(bench: Bench): Promise<void>;
  stop(): Promise<void>;
}

async function startAgents({ cluster: { lab }, agents, kubeconfig }: Bench): Promise<Agents> {
  const started = nodes.slice(0, agents).map((node) =>
    startAgent(lab, `node${node}`, { kubeconfig })
  );
  await Promise.all(started.map((each) => each.says(/"agent.started"/)));
  const [first] = started;
  const cost = first && ProcessCost.ofAll(first.pid);
  return {
    restart: async () => await cost?.restart(),
    tell: async (bench) => {
      if (cost !== undefined) tell(bench, "  agent of a node", await cost.text());
    },
    stop: async () => void await Promise.all(started.map((each) => each.stop())),
  };
}

function start({ cluster, kubeconfig }: Bench): Process {
  return startManager(cluster.lab, { kubeconfig });
}

/** Milliseconds from when the manager had its first list until `took` after `started`, by its own log. */
async function sinceFirstList(
  manager: Process,
  { took, started }: { readonly took: number; readonly started: number },
): Promise<number> {
  const said = (await logEntries(manager)).findLast(({ event }) => event === "manager.started");
  const since = Date.parse(said?.time ?? "") - (performance.timeOrigin + started);
  return took - since;
}

/** Waits until the leaf holds so many prefixes. */
async function routes({ leaf }: Bench, wanted: number): Promise<void> {
  const bird = await BirdControl.open(`${leaf.folder}/bird.ctl`);
  try {
    await until(
      `${wanted} routes at the leaf`,
      async () => await bird.networks() === wanted,
      { timeout: 600_000, every: 10 },
    );
  } finally {
    bird.close();
  }
}

/** A time, and how often the floor fits into it. */
function ofFloor(ms: number, floor: number | undefined): string {
  return floor === undefined
    ? formatTime(ms)
    : `${formatTime(ms)}, ${(ms / floor).toFixed(2)} x the floor`;
}

function tell({ rows }: Bench, what: string, figure: string): void {
  rows.push([what, figure]);
}

/** Prints what a part told. */
function show({ rows }: Bench): void {
  console.log(`\n${formatTable(rows.splice(0))}`);
}

if (import.meta.main) await main();
