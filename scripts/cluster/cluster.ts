/**
 * A cluster for one test: a real etcd and a real kube-apiserver with RBAC, ready in some three
 * seconds, in a folder of the lab and gone with it. Each of the two can be killed, frozen, and
 * started again with its data.
 *
 * @module
 */

import { must } from "../lab/command.ts";
import type { Lab } from "../lab/lab.ts";
import type { Process } from "../lab/process.ts";
import { until } from "../lab/wait.ts";
import { apiserverArguments, etcdArguments } from "./arguments.ts";
import { ensureBinaries } from "./binaries.ts";
import { Authority, type Certificate, type User } from "./certificates.ts";
import { type Answer, Client, type KubeObject } from "./client.ts";
import { type Identity, kubeconfigText } from "./kubeconfig.ts";
import { inRack, onLoopback, type Place } from "./place.ts";

/** How to start a cluster. */
export interface ClusterOptions {
  readonly lab: Lab;
  /**
   * "loopback": on this machine, no privilege needed. "rack": as the machine "control" of the lab's
   * rack (`buildFabric` comes first), where programs in the lab's namespaces reach it.
   */
  readonly at?: "loopback" | "rack";
  /** Further flags of kube-apiserver. */
  readonly apiserver?: readonly string[];
}

/** Starts a cluster and waits until it is ready. Throws GoMissing when its programs are missing. */
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const programs = await ensureBinaries(["etcd", "kubeApiserver"]);
  const { lab } = options;
  const place = options.at === "rack" ? await inRack(lab) : onLoopback(lab);
  const authority = await Authority.create(`${lab.folder}/pki`);
  const [server, signer, admin] = await Promise.all([
    authority.server("apiserver", [...new Set([place.outside, place.inside])], ["localhost"]),
    authority.signer(),
    authority.client("admin", { user: "admin", groups: ["system:masters"] }),
  ]);
  const { api, etcd, etcdPeer } = place.ports;
  const cluster = new Cluster({
    ...{ lab, place, authority },
    ca: await Deno.readTextFile(authority.ca),
    admin: await readPair(admin),
    etcd: etcdArguments({
      program: programs.etcd,
      data: `${lab.folder}/etcd`,
      clientPort: etcd,
      peerPort: etcdPeer,
    }),
    apiserver: apiserverArguments({
      program: programs.kubeApiserver,
      etcdPort: etcd,
      address: place.bind,
      port: api,
      folder: `${lab.folder}/pki`,
      ca: authority.ca,
      ...{ server, signer },
      more: options.apiserver ?? [],
    }),
  });
  cluster.startEtcd();
  await cluster.startApiserver();
  return cluster;
}

/** What a cluster is made of. */
interface Parts {
  readonly lab: Lab;
  readonly place: Place;
  readonly authority: Authority;
  /** PEM text. */
  readonly ca: string;
  readonly admin: PemPair;
  /** Command lines. */
  readonly etcd: readonly string[];
  readonly apiserver: readonly string[];
}

/** PEM texts of a certificate and its key. */
export type PemPair = Extract<Identity, { readonly certificate: string }>;

/** A running cluster. */
export class Cluster {
  readonly lab: Lab;
  /** The API server as this process reaches it, "https://ADDRESS:PORT". */
  readonly server: string;
  /** The API server as programs in the lab's namespaces reach it. */
  readonly serverInRack: string;
  /** The authority's certificate, PEM text. */
  readonly ca: string;
  /** May do everything. */
  readonly admin: Client;
  readonly #parts: Parts;
  readonly #clients: Client[] = [];
  #etcd: Process | undefined;
  #apiserver: Process | undefined;
  #files = 0;
  #stopped = false;

  constructor(parts: Parts) {
    const { place } = parts;
    this.#parts = parts;
    this.lab = parts.lab;
    this.ca = parts.ca;
    this.server = `https://${place.outside}:${place.ports.api}`;
    this.serverInRack = `https://${place.inside}:${place.ports.api}`;
    this.admin = this.clientAs(parts.admin);
  }

  /** etcd as it runs, or ran last: for its log, and for signals. */
  get etcd(): Process {
    if (this.#etcd === undefined) throw new Error("etcd was not started");
    return this.#etcd;
  }

  /** kube-apiserver as it runs, or ran last: SIGSTOP and SIGCONT freeze it and let it go on. */
  get apiserver(): Process {
    if (this.#apiserver === undefined) throw new Error("kube-apiserver was not started");
    return this.#apiserver;
  }

  /** Starts etcd, with the data that an earlier one left. */
  startEtcd(): void {
    this.#etcd = this.#parts.place.spawn("etcd", this.#parts.etcd);
  }

  /** Kills etcd and waits for its end. Its data stays. */
  async killEtcd(): Promise<void> {
    this.etcd.kill("SIGKILL");
    await this.etcd.ended;
  }

  /** Starts the API server on its port and waits until it serves; `more` are further flags. */
  async startApiserver(more: readonly string[] = []): Promise<void> {
    const argv = [...this.#parts.apiserver, ...more];
    this.#apiserver = this.#parts.place.spawn("kube-apiserver", argv);
    await this.ready();
  }

  /** Kills the API server and waits for its end. */
  async killApiserver(): Promise<void> {
    this.apiserver.kill("SIGKILL");
    await this.apiserver.ended;
  }

  /** Lets the API server end in its own time, some seconds: it closes its watches properly. */
  async stopApiserver(): Promise<void> {
    await this.apiserver.stop(30_000);
  }

  /** Waits until the API server says that it is ready and has made its first objects. */
  async ready(): Promise<void> {
    const ask = (path: string) =>
      this.admin.request("GET", path).then(({ status }) => status, () => 0);
    await until("the API server is ready", async () => {
      for (const process of [this.etcd, this.apiserver]) {
        if (process.code !== undefined) throw new Error(`ended: ${await tail(process)}`);
      }
      if (await ask("/readyz") !== 200) return false;
      return await ask("/api/v1/namespaces/kube-system") === 200 &&
        await ask("/api/v1/namespaces/default") === 200;
    }, {
      timeout: 60_000,
      every: 50,
      signal: this.lab.signal,
      otherwise: () => tail(this.apiserver),
    });
  }

  /**
   * Kills everything, waits for the ends and closes all clients. The lab stays, with the
   * logs. Harmless when called again.
   */
  async stop(): Promise<void> {
    for (const client of this.#clients.splice(0)) client.close();
    const processes = [this.#apiserver, this.#etcd].filter((process) => process !== undefined);
    for (const process of processes) process.kill("SIGKILL");
    await Promise.all(processes.map((process) => process.ended));
    if (!this.#stopped) await this.#parts.place.leave();
    this.#stopped = true;
  }

  /** A request of the administrator; throws only when no answer comes. */
  request<Body = unknown>(method: string, path: string, body?: unknown): Promise<Answer<Body>> {
    return this.admin.request<Body>(method, path, body);
  }

  /** Applies YAML documents or objects as the administrator; see Client.apply. */
  apply(manifests: string | readonly KubeObject[]): Promise<readonly KubeObject[]> {
    return this.admin.apply(manifests);
  }

  /** A client as somebody else; closed with the cluster. */
  clientAs(identity: Exclude<Identity, { readonly tokenFile: string }>): Client {
    const client = new Client({ server: this.server, ca: this.ca, identity });
    this.#clients.push(client);
    return client;
  }

  /** A certificate of a user, PEM texts. */
  async certificate(user: User): Promise<PemPair> {
    return await readPair(await this.#parts.authority.client(`client-${++this.#files}`, user));
  }

  /** A token of a ServiceAccount that exists, from a TokenRequest; valid for 600 s or more. */
  async token(namespace: string, serviceAccount: string, seconds = 3600): Promise<string> {
    const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${serviceAccount}/token`;
    const { status } = await this.admin.must<{ readonly status: { readonly token: string } }>(
      "POST",
      path,
      { spec: { expirationSeconds: seconds } },
    );
    return status.token;
  }

  /**
   * Writes a kubeconfig file and gives its path; the administrator's when nobody is named. `from`
   * says who reads it: this process and its children ("here"), or a program in the lab's rack.
   */
  async kubeconfig(
    options: { readonly identity?: Identity; readonly from?: "here" | "rack" } = {},
  ): Promise<string> {
    const path = `${this.lab.folder}/kubeconfig-${++this.#files}`;
    const server = options.from === "rack" ? this.serverInRack : this.server;
    const identity = options.identity ?? this.#parts.admin;
    const text = kubeconfigText({ server, ca: this.ca, identity });
    await Deno.writeTextFile(path, text, { mode: 0o600 });
    return path;
  }

  /** Runs kubectl as the administrator and gives what it printed; throws when it fails. */
  async kubectl(args: readonly string[], stdin?: string): Promise<string> {
    const { kubectl } = await ensureBinaries(["kubectl"]);
    const argv = [kubectl, `--kubeconfig=${await this.kubeconfig()}`, ...args];
    return await must(argv, {
      signal: this.lab.signal,
      env: { HOME: this.lab.folder },
      ...(stdin === undefined ? {} : { stdin }),
    });
  }
}

async function readPair({ certificate, key }: Certificate): Promise<PemPair> {
  const [first, second] = await Promise.all([certificate, key].map((f) => Deno.readTextFile(f)));
  return { certificate: first ?? "", key: second ?? "" };
}

async function tail(process: Process): Promise<string> {
  return (await process.output()).split("\n").slice(-15).join("\n");
}
