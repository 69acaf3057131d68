/**
 * Porter's own processes in the lab: `porter manager`, `porter agent`, `porter plan`, run from the
 * checkout's sources with the permissions each command is given, or from the executable that
 * PORTER names.
 *
 * @module
 */

import { engineFlags } from "../../lib/cli/engine.ts";
import { permissionFlags } from "../../lib/cli/permissions.ts";
import { type Output, run } from "./command.ts";
import { checkout, type Lab } from "./lab.ts";
import type { Process } from "./process.ts";

/** The words that start a command of porter. */
export function porterCommand(
  command:
    | "manager"
    | "agent"
    | "plan"
    | "version"
    | "peers"
    | "routes"
    | "nodes"
    | "router-config",
  ...args: readonly string[]
): readonly string[] {
  const built = Deno.env.get("PORTER");
  if (built !== undefined && built !== "") return [built, command, ...args];
  const flags = [...engineFlags, ...permissionFlags([command])];
  return [Deno.execPath(), "run", "--quiet", ...flags, `${checkout}/main.ts`, command, ...args];
}

/** How to start a manager or an agent: with a directory of manifests, or an API server. */
export type PorterOptions =
  & ({ readonly directory: string } | { readonly kubeconfig: string })
  & {
    readonly logLevel?: "debug" | "info" | "warn" | "error";
    /** Where it tells its health, "HOST:PORT"; left out: nowhere. */
    readonly healthAddress?: string;
    /** More flags of the command. */
    readonly flags?: readonly string[];
  };

/** Starts `porter manager` in a namespace, the manager's own by default; its log is `manager.log`, elsewhere
 * `manager-ROLE.log`. */
export function startManager(lab: Lab, options: PorterOptions, role = "manager"): Process {
  // The story and the tests do not wait the half minute that a deleted Service's address is kept.
  const argv = porterCommand("manager", "--release-after", "1", ...commonArgs(options));
  return lab.spawn(role, role === "manager" ? role : `manager-${role}`, argv);
}

/** Starts `porter agent` for a node, in the node's namespace; its log is `agent-NODE.log`. */
export function startAgent(lab: Lab, node: string, options: PorterOptions): Process {
  const argv = porterCommand("agent", "--node", node, ...commonArgs(options));
  return lab.spawn(node, `agent-${node}`, argv);
}

/** Runs `porter plan`: exit code 0, or 2 when something is refused. */
export function plan(directory: string, ...args: readonly string[]): Promise<Output> {
  return run(porterCommand("plan", directory, ...args));
}

function commonArgs(options: PorterOptions): readonly string[] {
  const where = "directory" in options
    ? ["--directory", options.directory]
    : ["--kubeconfig", options.kubeconfig];
  const { healthAddress, flags = [] } = options;
  const health = healthAddress === undefined ? [] : ["--health-address", healthAddress];
  return [...where, ...health, "--log-level", options.logLevel ?? "info", ...flags];
}

/** One entry of porter's log (JSON lines). */
export interface LogEntry {
  readonly time: string;
  readonly level: string;
  readonly event: string;
  readonly [field: string]: unknown;
}

/** The entries of a process' log; lines that are none (a crash) become event "unreadable". */
export async function logEntries(process: Process): Promise<readonly LogEntry[]> {
  const lines = (await process.output()).split("\n").filter((line) => line.trim() !== "");
  return lines.map((line) => {
    try {
      return JSON.parse(line) as LogEntry;
    } catch {
      return { time: "", level: "error", event: "unreadable", line };
    }
  });
}
