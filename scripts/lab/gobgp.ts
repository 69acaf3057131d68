/**
 * GoBGP as the leaf switch: a second, independent implementation. It has a table but forwards no
 * packets.
 *
 * @module
 */

import { addresses } from "./fabric.ts";
import type { BirdOptions } from "./bird.ts";
import type { Lab } from "./lab.ts";
import type { Process } from "./process.ts";
import { tableHas } from "./router.ts";
import { until, type Waited, type WaitOptions } from "./wait.ts";

/** What the leaf is told of its one peer. */
export type GobgpOptions = Omit<BirdOptions, "extra"> & {
  /** TCP MD5. */
  readonly password?: string;
  /** Keeps the routes of a peer that restarts (RFC 4724, RFC 8538); left out: no. */
  readonly gracefulRestart?: boolean;
};

/** One path of GoBGP's table. */
export interface GobgpPath {
  readonly prefix: string;
  readonly nextHop: string;
  readonly best: boolean;
  /** Kept for a speaker that restarts, which has not said it again (RFC 4724). */
  readonly stale: boolean;
  /** The BGP identifier of the speaker that said it. */
  readonly source: string;
}

/** Writes gobgpd.toml. */
export function gobgpConfig(options: GobgpOptions): string {
  const families = ["ipv4-unicast", "ipv6-unicast"].map((name) => `
  [[neighbors.afi-safis]]
    [neighbors.afi-safis.config]
      afi-safi-name = "${name}"
    [neighbors.afi-safis.add-paths.config]
      receive = ${options.addPaths !== false}
    [neighbors.afi-safis.mp-graceful-restart.config]
      enabled = ${options.gracefulRestart === true}
`).join("");
  const peers = [options.peerAddress ?? addresses.manager.v4, ...options.others ?? []];
  const neighbors = peers.map((peer) =>
    `[[neighbors]]
  [neighbors.config]
    neighbor-address = "${peer}"
    peer-as = ${options.peerAs}${
      options.password === undefined ? "" : `\n    auth-password = "${options.password}"`
    }
  [neighbors.transport.config]
    passive-mode = ${options.passive === true}
    remote-port = ${options.peerPort}
  [neighbors.graceful-restart.config]
    enabled = ${options.gracefulRestart === true}
    notification-enabled = ${options.gracefulRestart === true}
    restart-time = 120
  [neighbors.timers.config]
    connect-retry = 1
    idle-hold-time-after-reset = 1
    hold-time = ${options.holdTime ?? 90}
    keepalive-interval = ${Math.floor((options.holdTime ?? 90) / 3)}
${families}`
  ).join("");
  return `[global.config]
  as = ${options.as}
  router-id = "${addresses.leaf.v4}"
  port = 179
${neighbors}`;
}

/** A running gobgpd. */
export class Gobgp {
  readonly #lab: Lab;
  #process: Process | undefined;

  constructor(lab: Lab) {
    this.#lab = lab;
  }

  /** Starts it and waits until it answers. */
  async start(options: GobgpOptions): Promise<void> {
    const file = `${this.#lab.folder}/gobgpd.toml`;
    await Deno.writeTextFile(file, gobgpConfig(options));
    const argv = ["gobgpd", "-t", "toml", "-f", file, "--api-hosts", "127.0.0.1:50051"];
    const process = this.#lab.spawn("leaf", "gobgpd", argv);
    this.#process = process;
    await until("GoBGP answers", async () => {
      if (process.code !== undefined) throw new Error(`gobgpd ended:\n${await process.output()}`);
      return (await this.#neighbor()) !== undefined;
    }, { signal: this.#lab.signal, otherwise: () => process.output() });
  }

  /** Ends it. */
  async stop(): Promise<void> {
    await this.#process?.stop();
    this.#process = undefined;
  }

  /** One command of gobgp, its output as a value. Throws when it cannot be reached. */
  async ask(...words: readonly string[]): Promise<unknown> {
    return JSON.parse(await this.#lab.must("leaf", ["gobgp", "-j", ...words]));
  }

  /** The session's state in GoBGP's words: "ESTABLISHED", "ACTIVE", ... */
  async state(): Promise<string> {
    const text = await this.#lab.must("leaf", ["gobgp", "neighbor", await this.#address()]);
    return /BGP state = (\w+)/.exec(text)?.[1] ?? "";
  }

  /** GoBGP's global table of one family. */
  async paths(family: 4 | 6 = 4): Promise<readonly GobgpPath[]> {
    const rib = await this.ask("global", "rib", "-a", family === 4 ? "ipv4" : "ipv6");
    return Object.entries(rib as Record<string, readonly RibPath[]>).flatMap(([prefix, paths]) =>
      paths.map((path) => ({
        prefix,
        nextHop: nextHopOf(path),
        best: path.best === true,
        stale: path.stale === true,
        source: path["source-id"] ?? "",
      }))
    );
  }

  /** Next hops of a prefix in GoBGP's table, sorted as text. */
  async nextHops(prefix: string): Promise<readonly string[]> {
    const paths = await this.paths(prefix.includes(":") ? 6 : 4);
    return paths.filter((path) => path.prefix === prefix).map((path) => path.nextHop).sort();
  }

  /** Next hops of a prefix by the speaker whose path GoBGP takes for the best one. */
  async bestNextHops(prefix: string): Promise<readonly string[]> {
    const paths = (await this.paths(prefix.includes(":") ? 6 : 4))
      .filter((path) => path.prefix === prefix);
    const best = paths.find((path) => path.best);
    return paths.filter((path) => path.source === best?.source).map((path) => path.nextHop).sort();
  }

  /** How many sessions are up. */
  async sessionsUp(): Promise<number> {
    const neighbors = await this.ask("neighbor") as readonly RawNeighbor[];
    // Version 3 writes the state as its number: 6 is ESTABLISHED.
    return neighbors.filter(({ state }) => state?.session_state === 6).length;
  }

  /** Waits for ESTABLISHED. */
  async established(options: WaitOptions = {}): Promise<Waited<true>> {
    return await until("the leaf says ESTABLISHED", async () => {
      return /^established$/i.test(await this.state()) && true;
    }, { signal: this.#lab.signal, otherwise: () => this.log(), ...options });
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
      otherwise: async () => JSON.stringify(await this.paths()),
      ...options,
    });
  }

  /** Everything gobgpd has logged. */
  async log(): Promise<string> {
    return await this.#process?.output() ?? "";
  }

  async #neighbor(): Promise<string | undefined> {
    const output = await this.#lab.run("leaf", ["gobgp", "-j", "neighbor"]);
    if (output.code !== 0) return undefined;
    const neighbors = JSON.parse(output.stdout) as { conf?: Record<string, unknown> }[];
    const conf = neighbors[0]?.conf ?? {};
    return String(conf["neighbor_address"] ?? conf["neighborAddress"] ?? "") || undefined;
  }

  async #address(): Promise<string> {
    const address = await this.#neighbor();
    if (address === undefined) throw new Error("gobgpd has no neighbour");
    return address;
  }
}

interface RawNeighbor {
  readonly state?: { readonly session_state?: number };
}

/** What `gobgp -j global rib` says of a path, as far as it is used here. */
interface RibPath {
  readonly best?: boolean;
  readonly stale?: boolean;
  readonly "source-id"?: string;
  readonly attrs?: readonly { readonly type: number; readonly nexthop?: string }[];
}

/** NEXT_HOP is attribute 3, MP_REACH_NLRI 14; both carry "nexthop" there. */
function nextHopOf(path: RibPath): string {
  const attribute = path.attrs?.find((attr) => attr.nexthop !== undefined);
  return attribute?.nexthop ?? "";
}
