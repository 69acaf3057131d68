/**
 * FRR as a router of the lab: zebra and bgpd, bfdd where it is asked for, and their own tables as values.
 * It runs beside an FRR of the machine: all of it lives in the lab's folder and namespace.
 *
 * @module
 */

import { must } from "./command.ts";
import type { Lab } from "./lab.ts";
import type { Process } from "./process.ts";
import type { Router } from "./router.ts";
import { until } from "./wait.ts";
import { short } from "./words.ts";

/** Where Debian has the daemons; only vtysh is on PATH. */
const daemons = "/usr/lib/frr";

/**
 * Routes with their next hops in them, not by nexthop objects: after a link was down the zebra of FRR 8.4
 * takes a group for installed that the kernel has taken a member out of.
 */
const zebraConfig = "no zebra nexthop kernel enable\n";

/** What FRR is told beside BGP. */
export interface FrrOptions {
  /** bfdd.conf; left out, bfdd does not run. */
  readonly bfd?: string | undefined;
}

/** A session as `show bfd peers json` has it. */
export interface FrrBfdPeer {
  readonly peer: string;
  readonly status: string;
  readonly "receive-interval": number;
  readonly "remote-transmit-interval": number;
  readonly "remote-detect-multiplier": number;
}

/** A running FRR. */
export class Frr implements Router {
  readonly role: string;
  readonly config: string;
  readonly #lab: Lab;
  readonly #folder: string;
  readonly #bfd: string | undefined;
  #processes: readonly Process[] = [];

  constructor(lab: Lab, role: string, config: string, { bfd }: FrrOptions = {}) {
    this.#lab = lab;
    this.role = role;
    this.config = config;
    this.#bfd = bfd;
    this.#folder = `${lab.folder}/${role}`;
  }

  get look(): string {
    return `vtysh --vty_socket ${short(this.#folder)} -c "show bgp ipv4 unicast"`;
  }

  async start(): Promise<void> {
    await Deno.mkdir(this.#folder, { recursive: true });
    await Deno.writeTextFile(`${this.#folder}/frr.conf`, this.config);
    await Deno.writeTextFile(`${this.#folder}/zebra.conf`, zebraConfig);
    await Deno.writeTextFile(`${this.#folder}/bfdd.conf`, this.#bfd ?? "");
    // The daemons give up root for the user frr before they write here.
    await must(["chown", "-R", "frr:frr", this.#folder]);
    await this.#daemon("zebra", "zebra.conf");
    if (this.#bfd !== undefined) await this.#daemon("bfdd", "bfdd.conf", "--bfdctl", "bfdd.ctl");
    await this.#daemon("bgpd", "frr.conf");
  }

  async kill(): Promise<void> {
    for (const process of this.#processes) process.kill("SIGKILL");
    await Promise.all(this.#processes.map((process) => process.ended));
    this.#processes = [];
    // What a dead zebra left in its folder would be taken for the next one's.
    await must(["sh", "-c", "rm -f *.vty *.api *.pid *.ctl"], { cwd: this.#folder });
  }

  /** One command of vtysh. */
  ask(command: string): Promise<string> {
    return this.#vtysh(command);
  }

  /** Puts lines of configuration in force. */
  async configure(...lines: readonly string[]): Promise<void> {
    await this.#vtysh("configure terminal", ...lines);
  }

  /** bfdd's own sessions. */
  async bfdPeers(): Promise<readonly FrrBfdPeer[]> {
    return JSON.parse(await this.ask("show bfd peers json")) as FrrBfdPeer[];
  }

  async #vtysh(...commands: readonly string[]): Promise<string> {
    const argv = ["vtysh", "--vty_socket", ".", ...commands.flatMap((each) => ["-c", each])];
    return await must(argv, { cwd: this.#folder, signal: this.#lab.signal });
  }

  async nextHops(prefix: string): Promise<readonly string[]> {
    const family = prefix.includes(":") ? "ipv6" : "ipv4";
    const text = await this.ask(`show bgp ${family} unicast json`);
    return parseNextHops(text, prefix);
  }

  async show(): Promise<string> {
    const texts = ["show bgp summary", "show bgp ipv4 unicast", "show bgp ipv6 unicast"];
    return (await Promise.all(texts.map((each) => this.ask(each)))).join("\n");
  }

  /** Starts a daemon, and waits until it answers. */
  async #daemon(name: string, config: string, ...own: readonly string[]): Promise<void> {
    // The user frr need not be able to reach this folder from the root (/root is root's alone): paths are
    // relative, but for that of the configuration, which the daemons make absolute. proc(5).
    const argv = [
      ...[`${daemons}/${name}`, "-u", "frr", "-g", "frr", "-f", `/proc/self/cwd/${config}`, ...own],
      ...["--log", "stdout"],
      ...["--vty_socket", ".", "-z", "zserv.api", "-i", `${name}.pid`, "-P", "0"],
    ];
    const process = this.#lab.spawn(this.role, `${name}-${this.role}`, argv, {
      cwd: this.#folder,
    });
    this.#processes = [...this.#processes, process];
    await this.#answers(name);
  }

  async #answers(daemon: string): Promise<void> {
    const argv = ["vtysh", "--vty_socket", ".", "-d", daemon, "-c", "show version"];
    await until(`${daemon} of ${this.role} answers`, async () => {
      return await must(argv, { cwd: this.#folder }).then(() => true, () => false);
    }, { signal: this.#lab.signal });
  }
}

/** The next hops that FRR uses for a prefix, sorted, from `show bgp ipv4 unicast json`. */
export function parseNextHops(text: string, prefix: string): readonly string[] {
  const { routes = {} } = JSON.parse(text) as { routes?: Record<string, readonly FrrPath[]> };
  const used = (routes[prefix] ?? []).filter((path) => path.bestpath === true || path.multipath);
  const hops = used.flatMap((path) => usedHops(path.nexthops ?? []));
  return [...new Set(hops)].sort();
}

/** Over IPv6 a path has a link-local next hop beside the global one (RFC 2545), and FRR uses one of both. */
function usedHops(hops: readonly FrrHop[]): readonly string[] {
  const used = hops.length > 1 ? hops.filter((hop) => hop.used === true) : hops;
  return used.map((hop) => hop.ip ?? "");
}

interface FrrHop {
  readonly ip?: string;
  readonly used?: boolean;
}

interface FrrPath {
  readonly bestpath?: boolean;
  readonly multipath?: boolean;
  readonly nexthops?: readonly FrrHop[];
}
