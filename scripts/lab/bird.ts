/**
 * BIRD 2 as the leaf switch: its configuration, its life, and its own tables as values.
 *
 * @module
 */

import { addresses } from "./fabric.ts";
import type { Lab } from "./lab.ts";
import type { Process } from "./process.ts";
import { type BirdProtocol, type BirdRoute, parseProtocol, parseRoutes } from "./bird_text.ts";
import { must } from "./command.ts";
import { tableHas } from "./router.ts";
import { until, type Waited, type WaitOptions } from "./wait.ts";

/** What the leaf is told of its one peer. */
export interface BirdOptions {
  readonly as: number;
  readonly peerAs: number;
  /** Its own address; left out means the leaf's. Also the router id. */
  readonly localAddress?: string;
  /** Where porter listens. */
  readonly peerPort: number;
  readonly peerAddress?: string;
  /** How many hops away porter may be; left out, it is directly connected. */
  readonly multihop?: number;
  /** Waits for porter to connect. */
  readonly passive?: boolean;
  /** ADD-PATH receive; left out means yes. */
  readonly addPaths?: boolean;
  /** IPv4 prefixes with IPv6 next hops (RFC 8950); left out means no. */
  readonly extendedNextHop?: boolean;
  /** Seconds; left out leaves BIRD's 240. */
  readonly holdTime?: number;
  /** Further speakers with the same AS and port: the other managers. */
  readonly others?: readonly string[];
  /** What is imported; left out means all. */
  readonly importing?: string;
  /** More lines for the `protocol bgp` block. */
  readonly extra?: readonly string[];
  /** More protocols. */
  readonly protocols?: readonly string[];
}

/** The name of the BGP protocol in the configuration. */
const protocolName = "porter";

/** Writes bird.conf: one BGP session with both families, ECMP into the kernel. */
export function birdConfig(options: BirdOptions): string {
  const own = options.localAddress ?? addresses.leaf.v4;
  const { peerAddress, others = [] } = options;
  return `log stderr all;
router id ${own.includes(":") ? addresses.leaf.v4 : own};
timeformat protocol iso long ms;
timeformat route iso long ms;
timeformat log iso long ms;

protocol device { scan time 1; }
protocol kernel kernel4 { merge paths on limit 16; scan time 1; ipv4 { import none; export where source = RTS_BGP; }; }
protocol kernel kernel6 { merge paths on limit 16; scan time 1; ipv6 { import none; export where source = RTS_BGP; }; }

${
    [peerAddress ?? addresses.manager.v4, ...others].map((peer, index) =>
      bgpProtocol(index === 0 ? protocolName : `${protocolName}${index + 1}`, peer, options)
    ).join("\n")
  }
${(options.protocols ?? []).join("\n")}`;
}

function bgpProtocol(name: string, peer: string, options: BirdOptions): string {
  const own = options.localAddress ?? addresses.leaf.v4;
  const extended = options.extendedNextHop === true ? " extended next hop;" : "";
  const { importing = "all" } = options;
  const addPaths = options.addPaths === false ? "" : " add paths rx;";
  return `protocol bgp ${name} {
  local ${own} as ${options.as};
  neighbor ${peer} port ${options.peerPort} as ${options.peerAs};
  ${options.multihop === undefined ? "direct" : `multihop ${options.multihop}`};
  debug { states, events };
  passive ${options.passive === true ? "on" : "off"};
  connect delay time 1;
  connect retry time 1;
  error wait time 1, 1;
  ${options.holdTime === undefined ? "" : `hold time ${options.holdTime};`}
  ipv4 {${addPaths}${extended} import ${importing}; export none; };
  ipv6 {${addPaths} import ${importing}; export none; };
  ${(options.extra ?? []).join("\n  ")}
}
`;
}

/** A running BIRD. */
export class Bird {
  readonly #lab: Lab;
  readonly #role: string;
  readonly folder: string;
  #process: Process | undefined;

  constructor(lab: Lab, role = "leaf") {
    this.#lab = lab;
    this.#role = role;
    this.folder = `${lab.folder}/${role}`;
  }

  /** The control socket, for `birdc -s`. */
  get socket(): string {
    return `${this.folder}/bird.ctl`;
  }

  /** What it writes to stderr. */
  get logFile(): string {
    return `${this.#lab.folder}/bird-${this.#role}.log`;
  }

  /** Starts it and waits until it answers. */
  start(options: BirdOptions): Promise<void> {
    return this.startWith(birdConfig(options));
  }

  /** The same with a whole configuration. */
  async startWith(config: string): Promise<void> {
    await Deno.mkdir(this.folder, { recursive: true });
    await Deno.writeTextFile(`${this.folder}/bird.conf`, config);
    // Relative paths: a socket's path has at most 107 bytes (unix(7)), a checkout's may have more.
    const argv = ["bird", "-f", "-c", "bird.conf", "-s", "bird.ctl", "-P", "bird.pid"];
    const process = this.#lab.spawn(this.#role, `bird-${this.#role}`, argv, { cwd: this.folder });
    this.#process = process;
    await until("BIRD answers", async () => {
      if (process.code !== undefined) throw new Error(`bird ended:\n${await process.output()}`);
      return await this.ask("show status").then(() => true, () => false);
    }, { signal: this.#lab.signal });
  }

  /** Ends it, with its routes; "kill" gives it no time to say so to anybody. */
  async stop(how: "term" | "kill" = "term"): Promise<void> {
    if (how === "kill") this.#process?.kill("SIGKILL");
    else await this.ask("down").catch(() => {});
    await this.#process?.stop();
    this.#process = undefined;
  }

  /** Sends it a signal: SIGSTOP makes it hang, SIGCONT ends that. */
  signal(signal: Deno.Signal): void {
    this.#process?.kill(signal);
  }

  /** Puts another configuration in force in the running BIRD. */
  configure(options: BirdOptions): Promise<void> {
    return this.configureWith(birdConfig(options));
  }

  /** The same with a whole configuration. */
  async configureWith(config: string): Promise<void> {
    await Deno.writeTextFile(`${this.folder}/bird.conf`, config);
    await this.ask("configure");
  }

  /** One command of birdc; its output without the greeting. */
  async ask(command: string): Promise<string> {
    const argv = ["birdc", "-s", "bird.ctl", ...command.split(" ")];
    const text = await must(argv, { cwd: this.folder, signal: this.#lab.signal });
    return text.split("\n").slice(1).join("\n");
  }

  /** The session as BIRD sees it. */
  async session(): Promise<BirdProtocol> {
    return parseProtocol(await this.ask(`show protocols all ${protocolName}`));
  }

  /** BIRD's table of one family. */
  async routes(family: 4 | 6 = 4): Promise<readonly BirdRoute[]> {
    return parseRoutes(await this.ask(`show route table master${family} all`));
  }

  /** How many prefixes BIRD has from porter. */
  async routeCount(family: 4 | 6 = 4): Promise<number> {
    const text = await this.ask(`show route table master${family} count`);
    return Number(/for (\d+) networks/.exec(text)?.[1] ?? "0");
  }

  /** Next hops of a prefix in BIRD's table, sorted as text; none when it has no such route. */
  async nextHops(prefix: string): Promise<readonly string[]> {
    const family = prefix.includes(":") ? 6 : 4;
    const routes = await this.routes(family);
    const route = routes.find((entry) => entry.prefix === prefix);
    return (route?.paths ?? []).map((path) => path.via).sort();
  }

  /** Waits for Established. */
  established(options: WaitOptions = {}): Promise<Waited<BirdProtocol>> {
    return until("the leaf says Established", async () => {
      const session = await this.session();
      return session.state === "Established" && session;
    }, { signal: this.#lab.signal, otherwise: () => this.ask("show protocols all"), ...options });
  }

  /** Waits until a prefix has exactly these next hops, in any order; [] waits for its withdrawal. */
  hasNextHops(
    prefix: string,
    hops: readonly string[],
    options: WaitOptions = {},
  ): Promise<Waited<true>> {
    return tableHas({
      lab: this.#lab,
      table: this,
      prefix,
      hops,
      otherwise: () => this.ask("show route all"),
      ...options,
    });
  }

  /** How often the session has come up since BIRD started. */
  async timesUp(): Promise<number> {
    return (await this.log()).split(`${protocolName}: State changed to up`).length - 1;
  }

  /** Everything BIRD has logged. */
  async log(): Promise<string> {
    return await Deno.readTextFile(this.logFile).catch(() => "");
  }
}
