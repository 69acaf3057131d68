/**
 * The lab of the story: the fabric, BIRD as the leaf, three nodes with a server each, a directory of
 * manifests, and porter's processes.
 *
 * @module
 */

import { Bird, type BirdOptions } from "./bird.ts";
import { addresses, buildFabric, kernelNextHops, nodeAddresses } from "./fabric.ts";
import type { Lab } from "./lab.ts";
import * as manifests from "./manifests.ts";
import { startAgent, startManager } from "./porter.ts";
import type { Process } from "./process.ts";
import { ingressOf, readStatus, type StatusFile } from "./status.ts";
import { until, type Waited, type WaitOptions } from "./wait.ts";
import { serve } from "./web.ts";

/** The three nodes of the story. */
export const nodeNumbers = [1, 2, 3] as const;

/** The story's numbers; every name and address in its objects comes from here. */
export const scene = {
  porterAs: 65000,
  leafAs: 65001,
  /** Not 179: on a node of a cluster Calico's BIRD may have that one. */
  port: 17900,
  pool: "lab-pool",
  poolAddress: "203.0.113.1-203.0.113.3",
  /** What no node's host offers through an EIP, though it listens there on every address. */
  hostDaemonPort: 9100,
} as const;

/** A built rack. */
export class Rack {
  readonly lab: Lab;
  readonly leaf: Bird;
  readonly manifests: manifests.Manifests;
  #manager: Process | undefined;
  readonly #agents = new Map<number, Process>();

  private constructor(lab: Lab, files: manifests.Manifests) {
    this.lab = lab;
    this.leaf = new Bird(lab);
    this.manifests = files;
  }

  /** Builds everything except porter's processes. */
  static async build(lab: Lab, leaf: Partial<BirdOptions> = {}): Promise<Rack> {
    await buildFabric(lab, { nodes: nodeNumbers.length });
    const files = await manifests.Manifests.create(`${lab.folder}/manifests`);
    const rack = new Rack(lab, files);
    const servers = nodeNumbers.map((number) =>
      serve(lab, `node${number}`, [80, scene.hostDaemonPort])
    );
    await Promise.all([
      ...servers,
      rack.leaf.start({ ...leafOptions, ...leaf }),
      rack.#writeBasics(),
    ]);
    return rack;
  }

  /** The manager that runs, or ran last. */
  get manager(): Process {
    if (this.#manager === undefined) throw new Error("no manager was started");
    return this.#manager;
  }

  /** Starts porter manager, with more flags of it. */
  startManager(flags: readonly string[] = []): Process {
    this.#manager = startManager(this.lab, { directory: this.manifests.folder, flags });
    return this.#manager;
  }

  /** Starts porter agent on every node. */
  startAgents(): void {
    for (const number of nodeNumbers) {
      const agent = startAgent(this.lab, `node${number}`, { directory: this.manifests.folder });
      this.#agents.set(number, agent);
    }
  }

  /** The agents by the number of their node. */
  get agents(): ReadonlyMap<number, Process> {
    return this.#agents;
  }

  /** Writes a Service and one EndpointSlice with a ready endpoint on each of these nodes. */
  async writeService(
    spec: manifests.ServiceSpec,
    nodes: readonly number[] = nodeNumbers,
  ): Promise<string> {
    const slice = manifests.endpointSlice(spec.name, nodes);
    return await this.manifests.write(`service-${spec.name}`, manifests.service(spec), slice);
  }

  /** Writes the BgpConf; `lines` are more of its spec, as YAML. */
  async writeConf(
    more: { readonly nodeBfd?: { readonly interval: number } } = {},
    lines = "",
  ): Promise<void> {
    const conf = { as: scene.porterAs, routerId: addresses.manager.v4, port: scene.port, ...more };
    await this.manifests.write("bgpconf", `${manifests.bgpConf(conf)}${lines}`);
  }

  /** Writes the leaf's BgpPeer. */
  async writePeer(more: Partial<manifests.BgpPeerSpec> = {}): Promise<void> {
    const peer = { peerAs: scene.leafAs, neighborAddress: addresses.leaf.v4, connectRetry: 1 };
    await this.manifests.write("bgppeer", manifests.bgpPeer({ ...peer, ...more }));
  }

  /** Waits until porter says something of an object in its status file, and gives both. */
  status(
    kind: string,
    name: string,
    wanted: (file: StatusFile) => boolean,
    what: string,
    options: WaitOptions = {},
  ): Promise<Waited<StatusFile>> {
    const look = async () => {
      const file = await readStatus(this.manifests.folder, kind, name);
      return file !== undefined && wanted(file) && file;
    };
    return until(`the status of ${kind} ${name} says ${what}`, look, {
      signal: this.lab.signal,
      otherwise: async () =>
        JSON.stringify(await readStatus(this.manifests.folder, kind, name), undefined, 2) +
        `\n${await tail(this.manager)}`,
      ...options,
    });
  }

  /** Waits for the Service's address in its status. */
  async ingress(service: string): Promise<Waited<{ address: string; file: StatusFile }>> {
    const waited = await this.status(
      "Service",
      service,
      (file) => ingressOf(file).length > 0,
      "an address",
    );
    const address = ingressOf(waited.value)[0] ?? "";
    return { value: { address, file: waited.value }, ms: waited.ms };
  }

  /** Waits until the leaf's kernel has exactly the addresses of these nodes as next hops. */
  kernelHas(
    address: string,
    nodes: readonly number[],
    options: WaitOptions = {},
  ): Promise<Waited<true>> {
    const wanted = nodes.map((number) => nodeAddresses(number).v4).sort().join(" ");
    return until(`the leaf's kernel has ${address} via [${wanted}]`, async () => {
      return (await kernelNextHops(this.lab, address)).join(" ") === wanted && true;
    }, {
      signal: this.lab.signal,
      otherwise: async () => `${await this.leaf.ask("show route")}\n${await tail(this.manager)}`,
      ...options,
    });
  }

  /** Waits until the agents of all nodes have taken the address in. */
  async nodesTake(address: string): Promise<Waited<true>> {
    return await until(`every node takes ${address} in`, async () => {
      const found = await Promise.all(nodeNumbers.map((number) => this.#takes(number, address)));
      return found.every((takes) => takes);
    }, {
      signal: this.lab.signal,
      otherwise: async () =>
        (await Promise.all([...this.#agents.values()].map((agent) => tail(agent)))).join("\n"),
    });
  }

  async #takes(number: number, address: string): Promise<boolean> {
    const family = address.includes(":") ? "-6" : "-4";
    const list = ["ip", family, "route", "show", "table", "local", "proto", "179"];
    const text = await this.lab.must(`node${number}`, list);
    return text.split("\n").some((line) => line.startsWith(`local ${address} `));
  }

  async #writeBasics(): Promise<void> {
    await this.writeConf();
    await this.manifests.write("nodes", ...nodeNumbers.map((number) => manifests.node(number)));
    await this.manifests.write("eip", manifests.eip(scene.pool, scene.poolAddress));
    await this.writePeer();
  }
}

/** What the leaf is told. */
const leafOptions: BirdOptions = {
  as: scene.leafAs,
  peerAs: scene.porterAs,
  peerPort: scene.port,
};

const [firstNode = "", ...otherNodes] = nodeNumbers.map((number) => nodeAddresses(number).v4);

/** What a leaf is told that has one session with each node, which calls; no ADD-PATH. */
export const leafOfAgents: BirdOptions = {
  as: scene.leafAs,
  peerAs: scene.porterAs,
  peerPort: 179,
  peerAddress: firstNode,
  others: otherNodes,
  passive: true,
  addPaths: false,
};

/** The last lines of a process' log. */
export async function tail(process: Process, lines = 15): Promise<string> {
  return (await process.output()).trimEnd().split("\n").slice(-lines).join("\n");
}
