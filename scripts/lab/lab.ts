/**
 * A lab: network namespaces, the processes in them, and a folder below `.lab/` of the checkout. All
 * of it carries the lab's name, so that it can be taken down from outside, by anyone, at any time:
 * `takeDown(name)` needs nothing that this process remembers. ip-netns(8).
 *
 * @module
 */

import { must, type Output, run, type RunOptions } from "./command.ts";
import { pidsHere, Process, spawnHere, spawnIn, type SpawnOptions } from "./process.ts";
import { killAll, pidsIn, startOf } from "./strays.ts";

/** The checkout's own folder. */
export const checkout: string = decodeURIComponent(new URL("../..", import.meta.url).pathname)
  .replace(/\/$/, "");

const labsFolder = `${checkout}/.lab`;

/** Where ip-netns(8) keeps the names. */
const netnsFolder = "/run/netns";

/** Who runs a lab; written into its folder. */
interface Owner {
  readonly pid: number;
  /** The process' start time of /proc/PID/stat, so that a number used again is not taken for it. */
  readonly started: string;
  /** Stays up when its process ends (`--keep`). */
  readonly kept: boolean;
  /** There was no folder of namespaces before: the first `ip netns add` made and mounted it. */
  readonly madeNetnsFolder: boolean;
}

/** One lab of this process. */
export class Lab {
  readonly name: string;
  /** Configurations, logs, manifests; removed with the lab. */
  readonly folder: string;
  readonly #stop = new AbortController();
  readonly #processes: Process[] = [];
  #madeNetnsFolder = false;

  private constructor(name: string) {
    this.name = name;
    this.folder = `${labsFolder}/${name}`;
  }

  /** Starts an empty lab after sweeping what dead processes left. Throws LabInUse for a taken name. */
  static async open(name: string): Promise<Lab> {
    await sweep();
    const lab = new Lab(name);
    if (await exists(lab.folder) || (await namespacesOf(name)).length > 0) {
      throw new LabInUse(name);
    }
    lab.#madeNetnsFolder = !(await exists(netnsFolder));
    await Deno.mkdir(lab.folder, { recursive: true });
    await lab.#own(false);
    return lab;
  }

  /** A lab for one test: a name of this process and this moment. */
  static openForTest(): Promise<Lab> {
    return Lab.open(`porter-lab-${Deno.pid}-${++testLabs}`);
  }

  /** Aborted when the lab is to end: every wait and every command of the lab then throws. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** Makes everything that waits in this lab throw. The lab itself stays until `down`. */
  interrupt(reason: Error): void {
    this.#stop.abort(reason);
  }

  /** The whole name of a namespace. */
  ns(role: string): string {
    return `${this.name}-${role}`;
  }

  /** Makes a namespace with `lo` up. A role is letters, then digits. */
  async addNamespace(role: string): Promise<void> {
    if (!rolePattern.test(role)) throw new Error(`not a role: ${role}`);
    await must(["ip", "netns", "add", this.ns(role)], { signal: this.signal });
    await this.ip(role, ["link set lo up"]);
  }

  /** Runs lines of `ip -batch` in a namespace. */
  async ip(role: string, lines: readonly string[]): Promise<void> {
    const stdin = `${lines.join("\n")}\n`;
    await must(["ip", "-n", this.ns(role), "-batch", "-"], { stdin, signal: this.signal });
  }

  /** Sets values below /proc/sys in a namespace, for example "net/ipv4/ip_forward" to 1. */
  async sysctl(role: string, values: Readonly<Record<string, string | number>>): Promise<void> {
    const script = Object.entries(values)
      .map(([path, value]) => `echo ${value} > /proc/sys/${path}`).join(" && ");
    await this.must(role, ["sh", "-c", script]);
  }

  /** Runs a program in a namespace to its end. */
  run(role: string, argv: readonly string[], options: RunOptions = {}): Promise<Output> {
    return run(this.#inside(role, argv), { signal: this.signal, ...options });
  }

  /** Runs a program in a namespace; throws when it fails. */
  must(role: string, argv: readonly string[], options: RunOptions = {}): Promise<string> {
    return must(this.#inside(role, argv), { signal: this.signal, ...options });
  }

  /** Starts a program in a namespace; its output goes into a log file of the lab's folder. */
  spawn(role: string, name: string, argv: readonly string[], options: SpawnOptions = {}): Process {
    this.signal.throwIfAborted();
    return this.#started(spawnIn(this.ns(role), this.#log(name), argv, options));
  }

  /** The same outside of every namespace of the lab, where this process itself is. */
  spawnHere(name: string, argv: readonly string[], options: SpawnOptions = {}): Process {
    this.signal.throwIfAborted();
    return this.#started(spawnHere(this.name, this.#log(name), argv, options));
  }

  /** Removes the namespaces, the processes in them and the folder. Harmless when called again. */
  async down(): Promise<void> {
    this.interrupt(new Error(`the lab ${this.name} is going down`));
    await takeDown(this.name);
    await Promise.all(this.#processes.map((process) => process.ended));
  }

  /** Lets the lab stay when this process ends. */
  async keep(): Promise<void> {
    await this.#own(true);
    for (const process of this.#processes) process.letGo();
  }

  #log(name: string): string {
    return `${this.folder}/${name}.log`;
  }

  #started(process: Process): Process {
    this.#processes.push(process);
    return process;
  }

  #inside(role: string, argv: readonly string[]): readonly string[] {
    return ["ip", "netns", "exec", this.ns(role), ...argv];
  }

  async #own(kept: boolean): Promise<void> {
    const started = await startOf(Deno.pid) ?? "";
    const madeNetnsFolder = this.#madeNetnsFolder;
    const owner: Owner = { pid: Deno.pid, started, kept, madeNetnsFolder };
    await Deno.writeTextFile(`${this.folder}/owner.json`, JSON.stringify(owner));
  }
}

/** A lab of that name is up. */
export class LabInUse extends Error {
  override readonly name = "LabInUse";
  constructor(lab: string) {
    super(`the lab ${lab} is up already`);
  }
}

let testLabs = 0;

/** A role holds no dash: that is how "porter-lab" tells its namespaces from "porter-lab-12-1"'s. */
const rolePattern = /^[a-z]+[0-9]*$/;

/** Removes a lab by its name: kills its processes, removes its namespaces and the folder. */
export async function takeDown(name: string): Promise<boolean> {
  const namespaces = await namespacesOf(name);
  const folder = `${labsFolder}/${name}`;
  const found = namespaces.length > 0 || await exists(folder);
  const madeNetnsFolder = (await ownerOf(name))?.madeNetnsFolder === true;
  await Promise.all([
    ...namespaces.map((ns) => killAll(ns, () => pidsIn(ns))),
    killAll(name, () => pidsHere(name)),
  ]);
  await Promise.all(namespaces.map((ns) => must(["ip", "netns", "del", ns]).catch(goneIsFine)));
  if (madeNetnsFolder && (await allNamespaces()).length === 0) await removeNetnsFolder();
  await removeFolder(folder);
  return found;
}

/** Undoes what the first `ip netns add` of a machine does beside adding. */
async function removeNetnsFolder(): Promise<void> {
  await run(["umount", netnsFolder]);
  // Not empty when somebody adds a namespace just now; then it stays, rightly.
  await Deno.remove(netnsFolder).catch(() => {});
}

/** Removes labs whose process is dead and that were not meant to stay. */
export async function sweep(): Promise<readonly string[]> {
  const swept: string[] = [];
  for (const name of await labNames()) {
    if (await alive(name)) continue;
    await takeDown(name);
    swept.push(name);
  }
  return swept;
}

/** Names of labs that have a folder here, or namespaces of a test whose process is dead. */
async function labNames(): Promise<readonly string[]> {
  const names = new Set<string>();
  try {
    for await (const entry of Deno.readDir(labsFolder)) {
      if (entry.isDirectory && /^porter-lab/.test(entry.name)) names.add(entry.name);
    }
  } catch (thrown) {
    if (!(thrown instanceof Deno.errors.NotFound)) throw thrown;
  }
  for (const ns of await allNamespaces()) {
    const test = /^(porter-lab-(\d+)-\d+)-[a-z]+[0-9]*$/.exec(ns);
    if (test?.[1] === undefined || names.has(test[1])) continue;
    if (await startOf(Number(test[2])) === undefined) names.add(test[1]);
  }
  return [...names];
}

async function alive(name: string): Promise<boolean> {
  const owner = await ownerOf(name);
  return owner !== undefined && (owner.kept || await startOf(owner.pid) === owner.started);
}

/** Undefined for no owner, or half an owner: whoever wrote it died before the lab was up. */
async function ownerOf(name: string): Promise<Owner | undefined> {
  try {
    return JSON.parse(await Deno.readTextFile(`${labsFolder}/${name}/owner.json`)) as Owner;
  } catch {
    return undefined;
  }
}

/** All network namespaces that have a name. */
export async function allNamespaces(): Promise<readonly string[]> {
  const text = await must(["ip", "netns", "list"]);
  return text.split("\n").map((line) => line.split(" ")[0] ?? "").filter((name) => name !== "");
}

async function namespacesOf(name: string): Promise<readonly string[]> {
  const prefix = `${name}-`;
  return (await allNamespaces()).filter((ns) =>
    ns.startsWith(prefix) && rolePattern.test(ns.slice(prefix.length))
  );
}

async function removeFolder(folder: string): Promise<void> {
  try {
    await Deno.remove(folder, { recursive: true });
  } catch (thrown) {
    if (!(thrown instanceof Deno.errors.NotFound)) throw thrown;
  }
  // The last lab takes the common folder along; with another lab in it this fails, rightly.
  await Deno.remove(labsFolder).catch(() => {});
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch {
    return false;
  }
}

/** Two that take down the same lab at once: the second finds nothing. */
function goneIsFine(thrown: unknown): void {
  if (!/No such file or directory/.test(String(thrown))) throw thrown;
}
