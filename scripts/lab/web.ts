/**
 * Servers on the nodes and requests from the client.
 *
 * @module
 */

import { checkout, type Lab } from "./lab.ts";
import type { Process } from "./process.ts";

/** What came of a number of requests. */
export interface Tally {
  readonly requests: number;
  /** Answers by the node's name. */
  readonly answers: Readonly<Record<string, number>>;
  readonly failures: readonly Failure[];
  /** How long the slowest answer took; a lost SYN is sent again after a second. */
  readonly slowest: number;
  /** How many requests were under way at once, at most. */
  readonly mostAtOnce: number;
  /** From the first request to the last answer. */
  readonly ms: number;
}

/** One failed request. */
export interface Failure {
  /** When it began, milliseconds since the epoch. */
  readonly at: number;
  /** How long until it failed. */
  readonly ms: number;
  /** "ConnectionRefused", "TimeoutError", ... */
  readonly kind: string;
  /** The client's port; left out when there was no connection. */
  readonly port?: number;
}

const script = (name: string) => `${checkout}/scripts/lab/${name}`;

/** Starts a server on a node that answers with the node's name, and waits until it listens. */
export async function serve(lab: Lab, node: string, ports: readonly number[]): Promise<Process> {
  const argv = [Deno.execPath(), "run", "--no-lock", "--no-config", "--allow-net"];
  const args = [...argv, script("web_server.ts"), node, ...ports.map(String)];
  const process = lab.spawn(node, `web-${node}`, args);
  for (const port of ports) await process.says(new RegExp(`serving ${port}\n`));
  return process;
}

/** Starts a UDP server that answers with its role and the sender's address, and waits until it listens. */
export async function serveDatagrams(lab: Lab, role: string, port: number): Promise<Process> {
  const argv = [Deno.execPath(), "run", "--no-lock", "--no-config", "--allow-net"];
  const process = lab.spawn(role, `udp-${role}`, [
    ...argv,
    ...[script("udp_server.ts"), role, String(port)],
  ]);
  await process.says(new RegExp(`serving ${port}\n`));
  return process;
}

/**
 * What the client gets for a datagram, in one line; "" when nothing comes for a second. Its socket takes
 * answers of that address and port alone.
 */
export async function datagram(lab: Lab, address: string, port: number): Promise<string> {
  // Bash itself reads byte by byte, and of a datagram gets the first.
  const ask = `exec 3<>/dev/udp/${address}/${port}; echo >&3; timeout 1 head -n 1 <&3`;
  return (await lab.run("client", ["bash", "-c", ask])).stdout.trim();
}

/** Sends so many requests from the client, many at once, each over its own connection. */
export async function requests(
  lab: Lab,
  address: string,
  port: number,
  count: number,
): Promise<Tally> {
  const text = await lab.must("client", client("burst", address, port, count));
  return JSON.parse(text) as Tally;
}

/** Keeps sending so many requests a second from the client until it is stopped. */
export class Load {
  readonly #process: Process;

  private constructor(process: Process) {
    this.#process = process;
  }

  /** Starts sending; resolves with the first request. */
  static async start(lab: Lab, address: string, port: number, perSecond: number): Promise<Load> {
    const name = `load-${++loads}`;
    const process = lab.spawn("client", name, client("load", address, port, perSecond));
    await process.says(/^sending$/m);
    return new Load(process);
  }

  /** Stops sending, waits for the last answers and tells. */
  async stop(): Promise<Tally> {
    await this.#process.stop();
    const lines = (await this.#process.output()).trim().split("\n");
    return JSON.parse(lines.at(-1) ?? "") as Tally;
  }
}

let loads = 0;

function client(mode: string, address: string, port: number, number: number): readonly string[] {
  return [
    ...[Deno.execPath(), "run", "--no-lock", "--no-config", "--allow-net"],
    ...[script("web_client.ts"), mode, address, String(port), String(number)],
  ];
}
