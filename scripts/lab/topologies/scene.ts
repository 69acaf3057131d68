/**
 * A topology that is built: its routers run, porter's processes read one directory of manifests, and its
 * tables can be compared with what they must say.
 *
 * @module
 */

import { Bird } from "../bird.ts";
import { kernelNextHops } from "../fabric.ts";
import { Frr } from "../frr.ts";
import type { Lab } from "../lab.ts";
import * as manifests from "../manifests.ts";
import { logEntries, startAgent, startManager } from "../porter.ts";
import type { Process } from "../process.ts";
import type { Router } from "../router.ts";
import { until, type Waited } from "../wait.ts";
import { serve } from "../web.ts";
import { BirdRouter } from "./bird_router.ts";
import { birdText } from "./bird_config.ts";
import { frrBfdText, frrText } from "./frr_config.ts";
import { meshText } from "./mesh.ts";
import { managerPort, type Topology, type Up } from "./topology.ts";
import { Wires } from "./wires.ts";

/** The one EIP of the lab, and of one with IPv6. */
export const eip = "203.0.113.1";
const eip6 = "2001:db8:1::1";

/** A built topology. */
export class Scene {
  readonly lab: Lab;
  readonly topology: Topology;
  readonly wires: Wires;
  readonly files: manifests.Manifests;
  readonly routers: ReadonlyMap<string, Router>;
  /** The daemons of somebody else, by machine. */
  readonly beside = new Map<string, Bird>();
  readonly #managers = new Map<string, Process>();
  readonly #agents = new Map<string, Process>();
  readonly #down = new Set<string>();

  private constructor(lab: Lab, topology: Topology, files: manifests.Manifests) {
    this.lab = lab;
    this.topology = topology;
    this.files = files;
    this.wires = new Wires(lab);
    this.routers = new Map(topology.routers.map(({ role, software, spec }) => [
      role,
      software === "bird"
        ? new BirdRouter(lab, role, birdText(spec))
        : new Frr(lab, role, frrText(spec), { bfd: frrBfdText(spec) }),
    ]));
  }

  /** Builds everything and starts everybody; the tables need a moment yet. */
  static async build(lab: Lab, topology: Topology): Promise<Scene> {
    const files = await manifests.Manifests.create(`${lab.folder}/manifests`);
    const scene = new Scene(lab, topology, files);
    await topology.wire(scene.wires);
    await scene.#spread();
    await scene.#writeObjects();
    await scene.#startBeside();
    const servers = topology.nodes.map(({ name }) => serve(lab, name, [80]));
    scene.#startPorter();
    await Promise.all([...[...scene.routers.values()].map((each) => each.start()), ...servers]);
    return scene;
  }

  /** The managers, by machine. */
  get managers(): ReadonlyMap<string, Process> {
    return this.#managers;
  }

  /** Starts a manager on a machine. */
  startManager(role: string): void {
    this.#managers.set(role, startManager(this.lab, { directory: this.files.folder }, role));
  }

  /** Which machines are up. */
  get up(): Up {
    const { nodes, routers } = this.topology;
    const isUp = (name: string) => !this.#down.has(name);
    return {
      nodes: nodes.map(({ name }) => name).filter(isUp),
      routers: routers.map(({ role }) => role).filter(isUp),
    };
  }

  /** Waits until the tables of all routers that are up, in BGP and in the kernel, are as they must be. */
  tablesAreRight(): Promise<Waited<true>> {
    const tables = JSON.stringify(this.topology.tables(this.up));
    return until(`the tables say ${tables}`, async () => await this.areRight() && true, {
      signal: this.lab.signal,
      timeout: 40_000,
      otherwise: () => this.show(),
    });
  }

  /** Whether they are. */
  async areRight(): Promise<boolean> {
    const { up } = this;
    const tables = this.topology.tables(up);
    const found = await Promise.all(
      up.routers.map(async (role) =>
        await this.#hops(role) === [...tables[role] ?? []].sort().join(" ")
      ),
    );
    return found.every((right) => right);
  }

  /** The EIP. */
  get eip(): string {
    return this.topology.family === 6 ? eip6 : eip;
  }

  /** The EIP as a prefix. */
  get prefix(): string {
    return `${this.eip}/${this.topology.family === 6 ? 128 : 32}`;
  }

  /** Waits until the agents of all nodes have taken the EIP in. */
  async nodesTake(): Promise<void> {
    const { eip } = this;
    const family = this.topology.family === 6 ? "-6" : "-4";
    const list = `ip ${family} route show table local proto 179`.split(" ");
    await until(`every node takes ${eip} in`, async () => {
      const texts = await Promise.all(this.up.nodes.map((name) => this.lab.must(name, list)));
      return texts.every((text) => text.includes(`local ${eip} `));
    }, { signal: this.lab.signal, otherwise: () => this.show() });
  }

  /** Waits until BFD is up beside every session of the nodes' agents, where the topology has BFD. */
  async bfdIsUp(): Promise<void> {
    if (!this.topology.routers.some(({ spec }) => spec.agents?.bfd === true)) return;
    const agents = this.up.nodes.flatMap((name) => this.#agents.get(name) ?? []);
    await until("BFD is up beside every session", async () => {
      const outputs = await Promise.all(agents.map((agent) => agent.output()));
      return outputs.every(bfdBesideAll);
    }, { signal: this.lab.signal, timeout: 20_000, otherwise: () => this.show() });
  }

  /** Waits until the agents of these nodes have lost a session, BGP's or BFD's, after `since` (Date.now()). */
  async lossIsSeen(nodes: readonly string[], since: number): Promise<void> {
    await until(`the agents of ${nodes} have lost a session`, async () => {
      const logs = await Promise.all(
        nodes.flatMap((name) => this.#agents.get(name) ?? []).map((agent) => logEntries(agent)),
      );
      return logs.length === nodes.length &&
        logs.every((entries) =>
          entries.some(({ event, time }) =>
            ["bfd.down", "session.ended"].includes(event) && Date.parse(time) >= since
          )
        );
    }, { signal: this.lab.signal, otherwise: () => this.show() });
  }

  /** Cuts a machine off, with all that runs on it. */
  async lose(name: string): Promise<void> {
    this.#down.add(name);
    await this.wires.cut(name);
    await this.routers.get(name)?.kill();
    this.#managers.get(name)?.kill("SIGKILL");
    await this.#managers.get(name)?.ended;
    // Who speaks centrally learns of a dead node from its Node object; agents just fall silent.
    if (this.topology.speakers === "managers") await this.#writeNodes();
  }

  /** The machine is back. */
  async bring(name: string): Promise<void> {
    this.#down.delete(name);
    await this.wires.mend(name);
    await this.routers.get(name)?.start();
    if (this.#managers.has(name)) this.startManager(name);
    if (this.topology.speakers === "managers") await this.#writeNodes();
  }

  /** Ends a node's agent with the signal, and starts another; what the kernel has stays. */
  async replaceAgent(node: string, signal: "SIGTERM" | "SIGKILL"): Promise<Process> {
    const agent = this.#agents.get(node);
    if (agent === undefined) throw new Error(`no agent runs on ${node}`);
    agent.kill(signal);
    await agent.ended;
    return this.#startAgent(node);
  }

  /** What all routers say, and what porter said last, for people. */
  async show(): Promise<string> {
    const tables = await Promise.all(
      [...this.routers.values()].map(async (each) =>
        `--- ${each.role}\n${await each.show().catch(String)}\n${await this.#hops(each.role)}`
      ),
    );
    const processes = [...this.#managers.values(), ...this.#agents.values()];
    const logs = await Promise.all(processes.map(async (each) => {
      const lines = (await each.output()).trimEnd().split("\n").slice(-4);
      return `--- ${each.log.slice(each.log.lastIndexOf("/") + 1)}\n${lines.join("\n")}`;
    }));
    return [...tables, ...logs].join("\n");
  }

  /** The next hops of the EIP on a router; says so when its BGP table and its kernel differ. */
  async #hops(role: string): Promise<string> {
    const router = this.routers.get(role);
    const bgp = (await router?.nextHops(this.prefix).catch(() => ["no answer"]) ?? []).join(" ");
    const kernel = [...await kernelNextHops(this.lab, this.eip, role)].sort().join(" ");
    return bgp === kernel ? bgp : `BGP: ${bgp}; kernel: ${kernel}`;
  }

  async #startBeside(): Promise<void> {
    for (const spec of this.topology.beside ?? []) {
      const bird = new Bird(this.lab, spec.role);
      await bird.startWith(meshText(spec));
      this.beside.set(spec.role, bird);
    }
  }

  #startPorter(): void {
    for (const role of this.topology.managers) this.startManager(role);
    for (const { name } of this.topology.nodes) this.#startAgent(name);
  }

  #startAgent(node: string): Process {
    const agent = startAgent(this.lab, node, { directory: this.files.folder });
    this.#agents.set(node, agent);
    return agent;
  }

  /** As real switches do, each tier spreads by a hash of its own, or the second would not spread at all. */
  async #spread(): Promise<void> {
    for (const { role } of this.topology.routers) {
      await this.lab.sysctl(role, {
        "net/ipv4/fib_multipath_hash_policy": 3,
        "net/ipv6/fib_multipath_hash_policy": 3,
        // ip-sysctl.rst: addresses and source port, and the destination port too, but on leaf switches.
        "net/ipv4/fib_multipath_hash_fields": role.startsWith("leaf") ? 0x13 : 0x33,
        "net/ipv6/fib_multipath_hash_fields": role.startsWith("leaf") ? 0x13 : 0x33,
      });
    }
  }

  async #writeObjects(): Promise<void> {
    const { as, asPerRack, peers } = this.topology;
    await this.files.write(
      "bgpconf",
      manifests.bgpConf({
        ...{ as, routerId: "172.30.255.1", port: managerPort },
        ...(asPerRack === undefined ? {} : { asPerRack }),
      }),
    );
    // The shortest hold time that BGP has: a machine without power says nothing.
    const timers = { holdTime: 3, connectRetry: 1 };
    await this.files.write(
      "bgppeer",
      ...peers.map((peer) => manifests.bgpPeer({ ...timers, ...peer })),
    );
    const { family = 4 } = this.topology;
    const last = family === 4 ? "203.0.113.3" : "2001:db8:1::3";
    await this.files.write("eip", manifests.eip("pool", `${this.eip}-${last}`));
    await this.#writeNodes();
    const families = [`IPv${family}`] as const;
    const service = manifests.service({ name: "web", policy: "Local", families });
    const numbers = this.topology.nodes.map((_, index) => index + 1);
    const slice = manifests.endpointSlice("web", numbers, family);
    await this.files.write("web", service, slice);
  }

  async #writeNodes(): Promise<void> {
    const nodes = this.topology.nodes.map(({ name, internalIp, labels = {} }, index) =>
      manifests.node(index + 1, {
        ready: !this.#down.has(name),
        addresses: [internalIp],
        labels,
      })
    );
    await this.files.write("nodes", ...nodes);
  }
}

/** Whether by its log an agent has BFD up with every peer that it has a session with, and one at least. */
function bfdBesideAll(log: string): boolean {
  const up = new Map<string, boolean>();
  for (const line of log.split("\n")) {
    const [, event = "", kind = "", peer = ""] =
      /"event":"(bfd\.up|bfd\.down|session\.established|session\.ended)".*?"(bfd|peer)":"(?:BgpPeer )?([^"]*)"/
        .exec(line) ?? [];
    if (event !== "") {
      up.set(`${kind} ${peer}`, event === "bfd.up" || event === "session.established");
    }
  }
  const sessions = [...up].filter(([name, is]) => is && name.startsWith("peer "));
  return sessions.length > 0 &&
    sessions.every(([name]) => up.get(name.replace("peer ", "bfd ")) === true);
}
