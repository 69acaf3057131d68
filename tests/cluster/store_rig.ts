/**
 * Kubernetes stores for tests, over a cluster that is up already.
 *
 * @module
 */

import type { Log, LogFields } from "../../lib/ports/mod.ts";
import {
  type Cluster as ApiServer,
  fromKubeconfig,
  KubernetesClient,
  type KubernetesClientOptions,
  type KubernetesStore,
  type KubernetesStoreOptions,
  openKubernetesStore,
} from "../../lib/store/mod.ts";
import { systemClock } from "../../lib/system/mod.ts";
import type { Cluster, Identity, KubeObject } from "../../scripts/cluster/mod.ts";
import { walk } from "../../scripts/files.ts";

const root = new URL("../..", import.meta.url);

/** What is in the way between a store and the API server, and how patient the store is. */
export interface OpenOptions {
  /** Instead of the API server's own address. */
  readonly server?: string;
  /** Instead of the administrator. */
  readonly identity?: Identity;
  readonly client?: Partial<KubernetesClientOptions>;
  readonly store?: Partial<KubernetesStoreOptions>;
}

/** One entry that was logged. */
export interface Logged extends LogFields {
  readonly event: string;
}

/** The stores that a test opened over a cluster, and what they logged. */
export class StoreRig implements AsyncDisposable {
  readonly cluster: Cluster;
  /** Warnings, errors and infos, in their order. */
  readonly logged: Logged[] = [];
  readonly #opened: { readonly store?: KubernetesStore; readonly client: KubernetesClient }[] = [];

  readonly #used: AsyncDisposable[] = [];

  constructor(cluster: Cluster) {
    this.cluster = cluster;
  }

  /** Where the API server is, for this identity. */
  async apiServer({ identity, server }: OpenOptions = {}): Promise<ApiServer> {
    const file = await this.cluster.kubeconfig(identity === undefined ? {} : { identity });
    const found = await fromKubeconfig({ file, clock: systemClock });
    return server === undefined ? found : { ...found, server };
  }

  /** A client; closed with the rig. */
  async client(options: OpenOptions = {}): Promise<KubernetesClient> {
    const client = new KubernetesClient({
      cluster: await this.apiServer(options),
      clock: systemClock,
      log: this.log(),
      ...options.client,
    });
    this.#opened.push({ client });
    return client;
  }

  /** A store; closed with the rig. */
  async open(options: OpenOptions = {}): Promise<KubernetesStore> {
    const client = await this.client(options);
    const store = await openKubernetesStore({
      client,
      clock: systemClock,
      log: this.log(),
      random: Math.random,
      instance: "test",
      namespace: "shop",
      ...options.store,
    });
    this.#opened.push({ client, store });
    return store;
  }

  /** The names of the events that were logged. */
  get events(): readonly string[] {
    return this.logged.map(({ event }) => event);
  }

  /** A log that keeps what it is told. */
  log(): Log {
    const note = (event: string, fields: LogFields = {}): void => {
      this.logged.push({ event, ...fields });
    };
    const log: Log = { debug: () => {}, info: note, warn: note, error: note, with: () => log };
    return log;
  }

  /** Makes these the only objects of the kinds that porter reads, and of ConfigMaps. */
  async setObjects(raws: readonly unknown[]): Promise<void> {
    const wanted = raws as readonly KubeObject[];
    const keep = new Set(await Promise.all(wanted.map((each) => this.cluster.admin.pathOf(each))));
    const gone = (await this.#paths()).filter((path) => !keep.has(path));
    await inParallel(gone, (path) => this.cluster.admin.request("DELETE", path));
    await this.cluster.apply(wanted);
  }

  async #paths(): Promise<readonly string[]> {
    const custom = ["eips", "bgpconfs", "bgppeers"].map((each) =>
      `/apis/network.kubesphere.io/v1alpha1/${each}`
    );
    const spaced = [
      "/api/v1/namespaces/shop/services",
      "/api/v1/namespaces/shop/secrets",
      "/api/v1/namespaces/default/configmaps",
    ];
    const slices = "/apis/discovery.k8s.io/v1/namespaces/shop/endpointslices";
    const lists = await Promise.all(
      [...custom, ...spaced, slices, "/api/v1/nodes"].map(async (path) => {
        const { body } = await this.cluster.request<{ readonly items?: readonly KubeObject[] }>(
          "GET",
          path,
        );
        return (body.items ?? []).map(({ metadata }) => `${path}/${metadata.name}`);
      }),
    );
    return lists.flat();
  }

  /** Ends something after the stores. */
  use<Thing extends AsyncDisposable>(thing: Thing): Thing {
    this.#used.push(thing);
    return thing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { store } of this.#opened) await store?.close();
    for (const { client } of this.#opened) client.close();
    for (const thing of this.#used) await thing[Symbol.asyncDispose]();
    this.#opened.length = 0;
    this.#used.length = 0;
  }
}

/** Does something with all of them, thirty at a time. */
export async function inParallel<Item>(
  items: readonly Item[],
  work: (item: Item) => Promise<unknown>,
): Promise<void> {
  const waiting = [...items];
  const worker = async (): Promise<void> => {
    for (let item = waiting.pop(); item !== undefined; item = waiting.pop()) await work(item);
  };
  await Promise.all(Array.from({ length: 30 }, worker));
}

/** Puts in what every test of a store needs: the CRDs, and the namespace "shop". */
export async function prepare(cluster: Cluster): Promise<void> {
  await installCrds(cluster);
  await cluster.apply("{ apiVersion: v1, kind: Namespace, metadata: { name: shop } }");
}

/** Installs porter's CRDs. */
export async function installCrds(cluster: Cluster): Promise<void> {
  const files = await walk(root, "crds", ".yaml");
  for (const file of files) await cluster.apply(await Deno.readTextFile(new URL(file, root)));
}

/** Registers a test over a file's cluster, with these objects and no others. */
export function storeTests(cluster: () => Cluster): (
  name: string,
  raws: readonly unknown[],
  body: (rig: StoreRig, cluster: Cluster) => Promise<void>,
) => void {
  return (name, raws, body) =>
    Deno.test(`a Kubernetes store ${name}`, async () => {
      await using rig = new StoreRig(cluster());
      await rig.setObjects([]);
      await rig.setObjects(raws);
      await body(rig, cluster());
    });
}

/** The names of the Services that a store shows. */
export function serviceNames(store: KubernetesStore): string[] {
  return store.snapshot().services.map(({ ref }) => ref.name);
}

/** The path of a test's Services. */
export const servicesPath = "/api/v1/namespaces/shop/services";

/** The path of Eips. */
export const eipsPath = "/apis/network.kubesphere.io/v1alpha1/eips";
