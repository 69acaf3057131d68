/**
 * Everything that dies, done while a client sends requests through the EIP without pause and Services
 * come and go. One site for the whole table: building it takes longer than most of the failures.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { Load, pause, type Process, until } from "../../scripts/lab/mod.ts";
import { inexcusable } from "../../scripts/lab/words.ts";
import { addPod, type KubeObject, type Pod, podSlice } from "../../scripts/cluster/mod.ts";
import { clusterTest } from "./cluster_case.ts";
import { eip, serviceOf, Site, type Which } from "./site.ts";
import { inParallel } from "./store_rig.ts";
import { type Excuse, Witness } from "./witness.ts";

/** Milliseconds: four times as long as a Lease lasts, so that who led must lead anew. */
const outage = 60_000;

/** Services of the last row; PORTER_TEST_SERVICES=1000 is the whole thing. */
const many = Number(Deno.env.get("PORTER_TEST_SERVICES") ?? "100");

/** One thing that goes wrong. */
interface Failure {
  readonly name: string;
  /** Breaks it and mends it; what happens meanwhile is between. */
  readonly run: (during: During) => Promise<void>;
  /** What routes and Services may do until it is mended. */
  readonly excuse?: readonly Excuse[];
  /** Requests may fail until it is mended; else none may ever. */
  readonly cuts?: boolean;
}

/** What a failure works on. */
interface During {
  readonly site: Site;
  /** A Service comes and another one goes: whoever can must follow. */
  readonly change: () => Promise<void>;
  /** Resolves when what came has its address and its route. */
  readonly settled: () => Promise<void>;
}

async function kill(process: Process): Promise<void> {
  process.kill("SIGKILL");
  await process.ended;
}

const other = (which: Which): Which => which === 0 ? 1 : 0;

const failures: readonly Failure[] = [
  {
    name: "the leading manager is killed",
    run: async ({ site, change }) => {
      const leader = await site.leader();
      await kill(site.manager(leader));
      await change();
      // Who is left leads when the Lease is over.
      await site.leader();
      site.startManager(leader);
      await site.managerReady(leader);
    },
  },
  {
    name: "both managers are killed",
    excuse: ["missing", "stray"],
    cuts: true,
    run: async ({ site, change }) => {
      await Promise.all([kill(site.manager(0)), kill(site.manager(1))]);
      await change();
      for (const which of [0, 1] as const) site.startManager(which);
      await Promise.all(([0, 1] as const).map((which) => site.managerReady(which)));
    },
  },
  {
    name: "an agent is killed",
    run: async ({ site, change }) => {
      await kill(site.agent(1));
      await change();
      site.startAgent(1);
      await site.agentReady(1);
    },
  },
  {
    name: "the API server is away for a minute",
    run: async ({ site, change, settled }) => {
      await change();
      // What it never told anybody nobody can know.
      await settled();
      await site.cluster.killApiserver();
      await pause(outage);
      await site.cluster.startApiserver();
      await change();
    },
  },
  {
    name: "etcd is killed, and comes back with its data",
    run: async ({ site, change, settled }) => {
      await change();
      await settled();
      await site.cluster.killEtcd();
      await pause(3_000);
      site.cluster.startEtcd();
      await site.cluster.ready();
      await change();
    },
  },
  {
    name: "the manager that leads cannot reach the API server",
    // It says what it last knew until it hears news.
    excuse: ["stray"],
    run: async ({ site, change }) => {
      const leader = await site.leader();
      await cutOff(site, leader);
      await change();
      await until("the other one leads", async () => await site.leader() === other(leader), {
        timeout: 60_000,
        otherwise: () => site.logs(),
      });
      await change();
      await reconnect(site, leader);
      const back = performance.now();
      await site.managerReady(leader);
      console.log(`reads again ${Math.round(performance.now() - back)} ms after it may`);
    },
  },
  {
    name: "the leaf is restarted",
    excuse: ["missing", "stray"],
    cuts: true,
    run: async ({ site, change }) => {
      // In order, so that its kernel forgets the routes too.
      await site.leaf.stop();
      await change();
      await site.startLeaf();
      await site.served();
    },
  },
  {
    name: "the pods are replaced one after the other",
    run: async ({ site, change }) => {
      for (const which of [0, 1] as const) {
        await site.manager(which).stop();
        await change();
        site.startManager(which);
        await site.managerReady(which);
      }
      for (const node of [1, 2] as const) {
        await site.agent(node).stop();
        site.startAgent(node);
        await site.agentReady(node);
      }
    },
  },
  {
    name: "the pods of the Service are replaced, one by one, then all at once",
    run: async ({ site, change }) => {
      const next = await Promise.all(([1, 2] as const).map((node) => newPod(site, node, 2)));
      // A rolling update with a surge: the new one is ready before the old one ends.
      let all = site.pods;
      for (const [at, pod] of next.entries()) {
        const old = all.find(({ node }) => node === at + 1);
        if (old === undefined) throw new Error(`node ${at + 1} has no pod`);
        const rest = all.filter((each) => each !== old);
        await pods(site, [...all, pod]);
        all = [...rest, pod];
        await pods(site, all, [old]);
        await pods(site, all);
        await gone(site, old);
      }
      await change();
      // All end before any new one is ready: until then those that end are served (serving, terminating).
      const last = await Promise.all(([1, 2] as const).map((node) => newPod(site, node, 3)));
      await pods(site, [], next);
      await pods(site, last, next);
      await pods(site, last);
      for (const each of next) await gone(site, each);
    },
  },
  {
    name: `${many} Services are created and deleted`,
    run: async ({ site }) => {
      const { admin } = site.cluster;
      const names = Array.from({ length: many }, (_, at) => `many-${at}`);
      const started = performance.now();
      await inParallel(names, async (name) => {
        for (const object of [...serviceOf(name)].reverse()) {
          const path = (await admin.pathOf(object)).replace(/\/[^/]+$/, "");
          await admin.must("POST", path, object);
        }
      });
      const created = performance.now();
      await allHaveAddresses(site, many);
      const given = performance.now();
      await inParallel(names, (name) => removeService(site, name));
      const deleted = performance.now();
      const ms = [created - started, given - created, deleted - given].map(Math.round);
      console.log(`created in ${ms[0]} ms, all given ${ms[1]} ms later, deleted in ${ms[2]} ms`);
    },
  },
];

function newPod({ lab }: Site, node: number, index: number): Promise<Pod> {
  return addPod(lab, { node, index, ports: [8080] });
}

/** Says which pods of the Service are ready and which end, as controllers would, and sees them followed. */
async function pods(
  { cluster, lab }: Site,
  ready: readonly Pod[],
  ending: readonly Pod[] = [],
): Promise<void> {
  const slice = podSlice("web", [...ready, ...ending], { port: 8080 }) as KubeObject & {
    readonly endpoints: readonly { readonly addresses: readonly string[] }[];
  };
  const ended = new Set(ending.map(({ v4 }) => v4));
  const endpoints = slice.endpoints.map((each) =>
    ended.has(each.addresses[0] ?? "")
      ? { ...each, conditions: { ready: false, serving: true, terminating: true } }
      : each
  );
  await cluster.apply([{ ...slice, endpoints }]);
  // A kubelet gives half a minute to that: a kube-proxy that lost its API server is slow for a while.
  const all = [...ready, ...ending].map(({ v4 }) => v4);
  const serving = new Set((ready.length > 0 ? ready : ending).map(({ v4 }) => v4));
  for (const role of ["node1", "node2"]) {
    const list = () => lab.must(role, ["nft", "list", "table", "ip", "kube-proxy"]);
    await until(`the kube-proxy of ${role} follows the pods`, async () => {
      const rules = await list();
      const chain = /chain service-\S+-default\/web\/\S+ {\n([^]*?)\n\t}/.exec(rules)?.[1] ?? "";
      const found = chain.matchAll(/([\d.]+)(?: \. |:)8080/g);
      const dnat = new Set([...found].map((each) => each[1]));
      return [...serving].every((each) => dnat.has(each)) &&
        !all.some((each) => !serving.has(each) && dnat.has(each));
    }, { timeout: 60_000, otherwise: list });
  }
  await pause(500);
}

/** The pod is no more. */
async function gone({ lab }: Site, pod: Pod): Promise<void> {
  await lab.ip(`node${pod.node}`, [`link set ${pod.role} down`]);
}

const apiAddress = "172.30.0.3";
const roles = ["manager", "node1"] as const;

/** Silently: what is sent gets lost. The leaf is still there for it. */
async function cutOff(site: Site, which: Which): Promise<void> {
  await site.lab.must(roles[which], ["nft", "-f", "-"], {
    stdin: `table ip cut {
  chain in { type filter hook input priority -200; ip saddr ${apiAddress} drop; }
  chain out { type filter hook output priority -200; ip daddr ${apiAddress} drop; }
}
`,
  });
}

async function reconnect(site: Site, which: Which): Promise<void> {
  await site.lab.must(roles[which], "nft delete table ip cut".split(" "));
}

async function removeService({ cluster }: Site, name: string): Promise<void> {
  for (const object of serviceOf(name)) {
    await cluster.admin.must("DELETE", await cluster.admin.pathOf(object));
  }
}

/** Waits until so many of the last row's Services have an address. */
async function allHaveAddresses({ cluster, logs }: Site, count: number): Promise<void> {
  const deadline = performance.now() + 180_000;
  for (;;) {
    const { body } = await cluster.request<{
      items: { metadata: { name: string }; status: { loadBalancer?: { ingress?: unknown } } }[];
    }>("GET", "/api/v1/namespaces/default/services");
    const given = body.items.filter(({ metadata, status }) =>
      metadata.name.startsWith("many-") && status.loadBalancer?.ingress !== undefined
    );
    if (given.length === count) return;
    if (performance.now() > deadline) throw new Error(`${given.length} given\n${await logs()}`);
    await pause(100);
  }
}

/** Services that come and go, one for one. */
class Changes {
  readonly #site: Site;
  #count = 0;

  constructor(site: Site) {
    this.#site = site;
  }

  async next(): Promise<void> {
    await this.#site.cluster.apply(serviceOf(`come-${++this.#count}`));
    if (this.#count > 3) await removeService(this.#site, `come-${this.#count - 3}`);
  }

  /** Waits until those that are there have an address. */
  async given(): Promise<void> {
    for (let at = Math.max(1, this.#count - 2); at <= this.#count; at++) {
      const deadline = performance.now() + 60_000;
      while (await this.#site.ingress(`come-${at}`) === "") {
        if (performance.now() > deadline) {
          throw new Error(`come-${at} gets no address\n${await this.#site.logs()}`);
        }
        await pause(100);
      }
    }
  }
}

clusterTest("requests, addresses and routes outlive every failure", async (cluster) => {
  const site = await Site.build(cluster, "nftables");
  const witness = new Witness(site);
  const changes = new Changes(site);
  for (let at = 0; at < 3; at++) await changes.next();
  await changes.given();
  witness.start();
  try {
    await witness.atRest();
    for (const failure of failures) await suffer({ site, witness, changes }, failure);
  } finally {
    await witness.stop();
  }
  assertEquals(await site.ingress("web"), eip);
  assertEquals(await allBirdRoutes(site) > 0, true);
}, { nodes: 2 });

async function allBirdRoutes(site: Site): Promise<number> {
  return await site.leaf.routeCount(4);
}

interface Suffering {
  readonly site: Site;
  readonly witness: Witness;
  readonly changes: Changes;
}

/** Lets one failure happen, and judges what it did. */
async function suffer({ site, witness, changes }: Suffering, failure: Failure): Promise<void> {
  const { name, run, excuse = [], cuts = false } = failure;
  const load = await Load.start(site.lab, eip, 80, 50);
  await pause(500);
  witness.excuse(...excuse);
  witness.longest = 0;
  const from = Date.now();
  const settled = async (): Promise<void> => {
    await changes.given();
    await witness.atRest();
  };
  await run({ site, change: () => changes.next(), settled });
  const to = Date.now();
  witness.excuse();
  await settled();
  const tally = await load.stop();
  const seconds = ((Date.now() - from) / 1000).toFixed(1);
  console.log(
    `${name}: ${seconds} s, ${tally.requests} requests, ${tally.failures.length} failed, ` +
      `differed for ${Math.round(witness.longest)} ms at the most`,
  );
  const failed = cuts ? inexcusable(tally, { from, to: to + 5_000 }) : tally.failures;
  assertEquals([witness.findings, failed], [[], []], `${name}\n${await site.logs()}`);
}
