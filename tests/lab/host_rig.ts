/**
 * One node behind a leaf, with daemons, a stand-in for kube-proxy, and an agent of this process
 * whose `ip` and `nft` run in the node's namespace.
 *
 * @module
 */

import { Agent, type AgentStatus } from "../../lib/agent/mod.ts";
import type { HostState } from "../../lib/host/mod.ts";
import { emptySnapshot } from "../../lib/objects/mod.ts";
import type { Kernel, LogFields, Store } from "../../lib/ports/mod.ts";
import { silentLog } from "../../lib/ports/mod.ts";
import { type Commands, linuxKernel, systemClock, systemCommands } from "../../lib/system/mod.ts";
import { buildFabric, checkout, type Lab, nodeAddresses, until } from "../../scripts/lab/mod.ts";
import { address } from "../host/fake_node.ts";
import { assert } from "@std/assert";

/** The node's own addresses. */
export const node1 = nodeAddresses(1);

/** The EIPs that the leaf sends to the node. */
export const eips = { v4: "203.0.113.10", v6: "2001:db8:10::10" } as const;

/** What both EIPs have: 80 is the node's own server, 443 and 53 are what kube-proxy would take. */
export const served = ["tcp 80", "tcp 443", "udp 53"];

/** A host state as text: an address and its ports, "tcp 80". */
export function hostState(state: Readonly<Record<string, readonly string[]>>): HostState {
  return {
    eips: Object.entries(state).map(([text, ports]) => ({
      address: address(text),
      ports: ports.map((port) => {
        const [protocol, number] = port.split(" ");
        assert(protocol === "tcp" || protocol === "udp" || protocol === "sctp");
        return { protocol, port: Number(number) };
      }),
    })),
  };
}

/** client - leaf - node1, the leaf routing the EIPs there and counting what comes back. */
export async function buildNode(lab: Lab): Promise<void> {
  await buildFabric(lab, { nodes: 1 });
  await lab.ip("leaf", [
    `route add 203.0.113.0/24 via ${node1.v4}`,
    `route add 2001:db8:10::/64 via ${node1.v6}`,
  ]);
  const count = (family: string, eip: string): string =>
    `iifname "client0" ${family} daddr ${eip} counter comment "there"\n` +
    `iifname "rack" ${family} daddr ${eip} counter comment "back"\n`;
  await lab.must("leaf", ["nft", "-f", "-"], {
    stdin: "table inet count {\n chain prerouting {\n" +
      "type filter hook prerouting priority -300;\n" +
      count("ip", eips.v4) + count("ip6", eips.v6) + "}\n}\n",
  });
  await startDaemons(lab);
}

async function startDaemons(lab: Lab): Promise<void> {
  const daemons = ["tcp server 80", "tcp daemon 22", "tcp nodeport 2222", "tcp pod 8443"];
  daemons.push("udp daemon 161", "udp pod 5353");
  const process = lab.spawn("node1", "daemons", [
    ...[Deno.execPath(), "run", "--no-lock", "--no-config", "--allow-net"],
    `${checkout}/tests/lab/host_server.ts`,
    ...daemons.flatMap((daemon) => daemon.split(" ")),
  ]);
  for (const daemon of daemons) {
    const [protocol, , port] = daemon.split(" ");
    await process.says(new RegExp(`serving ${protocol} ${port}\n`));
  }
  // As kube-proxy's rules, in the place they have: NodePorts on every local address, Services by EIP.
  const service = (family: string, eip: string): string =>
    `${family} daddr ${eip} tcp dport 443 redirect to :8443\n` +
    `${family} daddr ${eip} udp dport 53 redirect to :5353\n`;
  await lab.must("node1", ["nft", "-f", "-"], {
    stdin: "table inet kubeproxy {\n chain services {\n" +
      "type nat hook prerouting priority -100;\n" +
      "fib daddr type local tcp dport 30080 redirect to :2222\n" +
      service("ip", eips.v4) + service("ip6", eips.v6) + "}\n}\n",
  });
}

/** Packets to an EIP that the leaf has seen: from the client, and back from the node (a loop). */
export async function counted(lab: Lab, family: "ip" | "ip6"): Promise<Record<string, number>> {
  const text = await lab.must("leaf", ["nft", "list", "table", "inet", "count"]);
  const counts: Record<string, number> = {};
  const line = new RegExp(`${family} daddr .* packets (\\d+) .* comment "(\\w+)"`, "g");
  for (const match of text.matchAll(line)) counts[match[2] ?? ""] = Number(match[1]);
  return counts;
}

const probeScript = 'exec 3<>"/dev/$0/$1/$2" && { [ "$0" = tcp ] || printf q >&3; } && ' +
  "dd bs=64 count=1 status=none <&3";

/** What a connection or a datagram meets: the daemon's name, "refused", "unreachable" or "no answer". */
export async function probe(lab: Lab, role: string, target: string): Promise<string> {
  const [protocol = "", to = "", port = ""] = target.split(" ");
  const argv = ["timeout", "1.5", "bash", "-c", probeScript, protocol, to, port];
  const { code, stdout, stderr } = await lab.run(role, argv);
  if (code === 0 && stdout !== "") return stdout;
  if (code === 124) return "no answer";
  // A time-to-live that ends (ICMP time exceeded) comes to a socket as "no route".
  if (stderr.includes("No route to host")) return "unreachable";
  return stderr.includes("Connection refused") ? "refused" : `code ${code}: ${stderr}`;
}

/** Pings once: "answered", or what ping said. */
export async function ping(lab: Lab, role: string, to: string): Promise<string> {
  const { code, stdout } = await lab.run(role, ["ping", "-n", "-c", "1", "-W", "2", to]);
  if (code === 0) return "answered";
  return /Time (?:to live )?exceeded(?:: Hop limit)?/.exec(stdout)?.[0] ?? "no answer";
}

/** An agent on node1, and what it did. */
export interface Rig {
  readonly agent: Agent;
  readonly kernel: Kernel;
  /** Says what is wanted from now on, and waits until the agent has made it so. */
  want(state: HostState): Promise<AgentStatus>;
  /** How often each command was run: "nft -f", "ip -batch", "ip monitor", "nft list", ... */
  readonly counts: Map<string, number>;
  /** When the agent's last change of the kernel was done, by performance.now(); undefined before the first. */
  changedAt(): number | undefined;
  readonly logged: { readonly event: string; readonly fields: LogFields }[];
}

/** Makes an agent for node1; `want` starts it. */
export function agentOn(lab: Lab): Rig {
  const counts = new Map<string, number>();
  const logged: Rig["logged"] = [];
  const commands = counting(systemCommands(["ip", "netns", "exec", lab.ns("node1")]), counts);
  const say = (event: string, fields: LogFields = {}): void => void logged.push({ event, fields });
  const log = { ...silentLog, info: say, warn: say, error: say };
  const real = linuxKernel({ commands, clock: systemClock, log });
  let at: number | undefined;
  const kernel: Kernel = {
    ...real,
    apply: async (change) => {
      await real.apply(change);
      at = performance.now();
    },
  };
  let wanted: HostState = { eips: [] };
  let changed = (): void => {};
  /** What the last good pass came to. */
  let applied: { readonly state: HostState; readonly status: AgentStatus } | undefined;
  const store: Store = {
    snapshot: () => emptySnapshot,
    subscribe: (callback) => {
      changed = callback;
      return () => {};
    },
    patch: () => Promise.resolve(),
    record: () => {},
    close: () => Promise.resolve(),
  };
  const agent = new Agent({
    ...{ store, kernel, clock: systemClock, log },
    hostState: () => wanted,
    onPass: ({ wanted: state, status }) => {
      if (status !== undefined) applied = { state, status };
    },
  });
  let started = false;
  const want = async (state: HostState): Promise<AgentStatus> => {
    wanted = state;
    if (started) changed();
    else agent.start();
    started = true;
    const { value } = await until("the agent is done", () => applied?.state === state && applied, {
      timeout: 20_000,
      otherwise: () => JSON.stringify(logged),
    });
    return value.status;
  };
  return { agent, kernel, want, counts, changedAt: () => at, logged };
}

function counting(commands: Commands, counts: Map<string, number>): Commands {
  const count = (command: string, args: readonly string[]): void => {
    const word = args.find((arg) => /^(-batch|-f|monitor|route|list)$/.test(arg)) ?? "?";
    const name = `${command} ${word}`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  };
  return {
    run: (command, args, options) => {
      count(command, args);
      return commands.run(command, args, options);
    },
    follow: (command, args, options) => {
      count(command, args);
      return commands.follow(command, args, options);
    },
  };
}

/** The names of this process' own children in the node's namespace, in order. */
export async function childrenOn(lab: Lab): Promise<readonly string[]> {
  const pids = (await lab.must("leaf", ["ip", "netns", "pids", lab.ns("node1")])).split("\n");
  const stats = await Promise.all(
    pids.filter((pid) => pid !== "").map((pid) =>
      Deno.readTextFile(`/proc/${pid}/stat`).catch(() => "")
    ),
  );
  // "PID (name) state parent ...", proc(5).
  return stats.flatMap((stat) => {
    const [, name = "", parent] = /\((.*)\) \S (\d+)/.exec(stat) ?? [];
    return Number(parent) === Deno.pid ? [name] : [];
  }).sort();
}

/** Everything the node's kernel has of routes and rules, as text; counters and handles left out. */
export async function wholeState(lab: Lab): Promise<string> {
  const parts = await Promise.all([
    lab.must("node1", ["ip", "-4", "route", "show", "table", "all"]),
    lab.must("node1", ["ip", "-6", "route", "show", "table", "all"]),
    lab.must("node1", ["ip", "rule"]),
    lab.must("node1", ["nft", "-s", "list", "ruleset"]),
  ]);
  // How long a route lives yet is no part of the state.
  return parts.join("\n").replace(/ expires \d+sec/g, "");
}
