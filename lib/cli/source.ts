/**
 * Where a long-running command's objects live: a directory of manifests, or the Kubernetes API, by a
 * kubeconfig file or from within a pod.
 *
 * @module
 */

import { Option } from "@commander-js/extra-typings";
import { defaultElectionTimes, Elector } from "../leadership/mod.ts";
import type { KindName } from "../objects/mod.ts";
import type {
  Clock,
  Leadership,
  Log,
  LogFields,
  ReportStore,
  ReportWriter,
  Store,
} from "../ports/mod.ts";
import { messageOf } from "../result/mod.ts";
import {
  type Cluster,
  DirectoryLock,
  DirectoryReports,
  fromKubeconfig,
  inCluster,
  KubernetesClient,
  KubernetesLeases,
  KubernetesReports,
  openDirectoryStore,
  openKubernetesStore,
} from "../store/mod.ts";
import { Failure, fileProblem } from "./failure.ts";

/** Which kubeconfig. */
export const kubeconfigOption = new Option(
  "--kubeconfig <FILE>",
  "take the objects from the Kubernetes API that this file names",
);

/** Which part of it. */
export const contextOption = new Option("--context <NAME>", "the context of the kubeconfig");

/** The Lease by which managers elect who writes; manifests/20-rbac.yaml grants this name. */
const leaseName = "porter-manager";

/** The flags that say where the objects are. */
export interface SourceFlags {
  readonly directory?: string | undefined;
  readonly statusDirectory?: string | undefined;
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
}

interface World {
  readonly clock: Clock;
  readonly log: Log;
}

/** Objects, and how to let go of them. */
export interface Source {
  readonly store: Store;
  /** For the log: where this is. */
  readonly fields: LogFields;
  /** For health: the kinds of objects that cannot be read now, and why. */
  readonly unreadable?: ReadonlyMap<string, string>;
  close(): Promise<void>;
}

/** Objects, and further views of the same place. */
export interface ReadingSource extends Source {
  /** Where an agent says how its sessions are. */
  readonly reports: ReportWriter;
  /** Opens the objects of these kinds; a directory has one view, of all kinds. */
  view(kinds: readonly KindName[]): Promise<View>;
}

/** Objects of some kinds. */
export interface View {
  readonly store: Store;
  /** The kinds that cannot be read now, and why. */
  readonly unreadable: ReadonlyMap<string, string>;
  close(): Promise<void>;
}

/** Objects, and whether this manager is the one that writes. */
export interface ManagerSource extends Source {
  readonly leadership: Leadership;
  /** Names this process among all that ever ran. */
  readonly identity: string;
  /** Where speakers say how their sessions are. */
  readonly reports: ReportStore;
}

/** Which objects are needed. */
export interface Wanted {
  readonly kinds: readonly KindName[];
  /** Those of which the status does not matter: a directory shows it all the same. */
  readonly specsOnly: readonly KindName[];
}

/** What only reads: the kinds that are needed, and nothing is written. */
export async function openReading(
  flags: SourceFlags,
  world: World,
  wanted: Wanted,
): Promise<ReadingSource> {
  if (flags.directory !== undefined) {
    const store = await openDirectory(flags, flags.directory, world);
    const view = () => Promise.resolve({ store, unreadable: new Map(), close: async () => {} });
    const reports = new DirectoryReports(store.statusDirectory);
    const fields = { directory: flags.directory };
    return { store, fields, reports, view, close: () => store.close() };
  }
  const opened = await openKubernetes(flags, world, wanted);
  const { store, client, fields, identity } = opened;
  const close = () => store.close().finally(() => client.close());
  const view = async (kinds: readonly KindName[]): Promise<View> => {
    const store = await openKubernetesStore({
      ...{ client, ...world, random: Math.random, instance: identity, kinds },
      namespace: opened.cluster.namespace,
    });
    return { store, unreadable: store.unreadable, close: () => store.close() };
  };
  const reports = reportsOf(store, client, opened.cluster);
  return { store, fields, reports, unreadable: store.unreadable, view, close };
}

/** What a manager works on. A directory keeps addresses of vanished Services for `releaseAfter` seconds. */
export async function openWriting(
  flags: SourceFlags & { readonly releaseAfter: number },
  world: World,
): Promise<ManagerSource> {
  if (flags.directory !== undefined) {
    const store = await openDirectory(flags, flags.directory, {
      ...world,
      pruneAfterMs: flags.releaseAfter * 1000,
    });
    const { statusDirectory } = store;
    await checkWritable(statusDirectory);
    const leadership = await DirectoryLock.open({ statusDirectory, ...world });
    // Whoever is told of them is not where this porter was started.
    const [directory, statuses] = [await whole(flags.directory), await whole(statusDirectory)];
    const fields = { directory, statuses };
    return {
      ...{ store, leadership, fields, identity: await identityOf() },
      reports: new DirectoryReports(statusDirectory),
      close: async () => {
        leadership.close();
        await store.close();
      },
    };
  }
  return await openElected(flags, world);
}

/** Statuses hold which addresses are given out: without them porter must not start. */
async function checkWritable(statusDirectory: string): Promise<void> {
  const probe = `${statusDirectory}/.writable-${Deno.pid}`;
  try {
    await Deno.mkdir(statusDirectory, { recursive: true });
    await Deno.writeTextFile(probe, "");
    await Deno.remove(probe);
  } catch (thrown) {
    const why = fileProblem(thrown) ?? messageOf(thrown);
    throw new Failure(`Cannot write statuses to "${statusDirectory}": ${why}`);
  }
}

/** The path from the root, where the folders on the way can be read. */
async function whole(path: string): Promise<string> {
  return path.startsWith("/") ? path : await Deno.realPath(path).catch(() => path);
}

function openDirectory(
  { statusDirectory }: SourceFlags,
  directory: string,
  options: World & { readonly pruneAfterMs?: number },
) {
  return openDirectoryStore({
    directory,
    ...(statusDirectory === undefined ? {} : { statusDirectory }),
    ...options,
  });
}

async function openElected(flags: SourceFlags, world: World): Promise<ManagerSource> {
  const { store, client, fields, cluster, identity } = await openKubernetes(flags, world, {});
  const elector = new Elector({
    leases: new KubernetesLeases({ client, namespace: cluster.namespace, name: leaseName }),
    identity,
    times: defaultElectionTimes,
    random: Math.random,
    ...world,
  });
  elector.start();
  return {
    ...{ store, fields, identity, leadership: elector, unreadable: store.unreadable },
    reports: reportsOf(store, client, cluster),
    close: async () => {
      await elector.stop();
      await store.close();
      client.close();
    },
  };
}

async function openKubernetes(
  flags: SourceFlags,
  { clock, log }: World,
  wanted: Partial<Wanted>,
) {
  const cluster = await clusterOf(flags, clock);
  const client = new KubernetesClient({ cluster, clock, log });
  const identity = await identityOf();
  const store = await openKubernetesStore({
    ...{ client, clock, log, random: Math.random, instance: identity },
    namespace: cluster.namespace,
    ...wanted,
  });
  const fields: LogFields = { server: cluster.server, source: cluster.source, identity };
  return { store, client, cluster, identity, fields };
}

function reportsOf(
  store: Store,
  client: KubernetesClient,
  { namespace }: Cluster,
): KubernetesReports {
  const uidOf = (node: string): string =>
    store.snapshot().nodes.find(({ ref }) => ref.name === node)?.uid ?? "";
  return new KubernetesReports({ client, namespace, uidOf });
}

async function clusterOf({ kubeconfig, context }: SourceFlags, clock: Clock): Promise<Cluster> {
  if (kubeconfig !== undefined) {
    return await fromKubeconfig({
      file: kubeconfig,
      clock,
      ...(context === undefined ? {} : { context }),
    });
  }
  const environment = (name: string): string | undefined => Deno.env.get(name);
  if (environment("KUBERNETES_SERVICE_HOST") === undefined) {
    throw new Failure(
      "Say where the objects are: --directory DIR or --kubeconfig FILE (in a pod neither is needed)",
    );
  }
  return await inCluster({ clock, environment });
}

/** Names this process among all that ever ran; the machine's name comes first, for people. */
async function identityOf(): Promise<string> {
  const name = await Deno.readTextFile("/etc/hostname").catch(() => "");
  return `${name.trim() || "porter"}_${crypto.randomUUID().slice(0, 8)}`;
}
