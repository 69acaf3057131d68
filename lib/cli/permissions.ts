/**
 * What each command may do, as Deno's permissions. The one executable is given what all of them need
 * together (scripts/build.ts); each command gives up the rest before it starts, so that a fault in the
 * BGP speaker cannot reach `nft`, and one in the agent cannot write a file. In a container, or
 * with `deno run`, give the flags of the one command, and narrow the folders too.
 *
 * @module
 */

import { inClusterEnvironment } from "../store/mod.ts";

/** A permission by Deno's name, beside the environment. */
export type Permission = "net" | "read" | "write" | "run" | "sys" | "ffi";

const all: readonly Permission[] = ["net", "read", "write", "run", "sys", "ffi"];

/** What each command needs; folders, addresses and ports are known only from its arguments. */
export const commandPermissions = {
  /**
   * BGP sessions; the manifests; statuses beside them. FFI for socket options and BFD: given up as
   * soon as the C library is open (lib/cli/sockets.ts).
   */
  manager: ["net", "read", "write", "ffi"],
  /**
   * The objects; `ip`, `nft` and `ss`; health, BGP sessions, and the API server, over the network; FFI as the
   * manager. With a directory of manifests also how its sessions are, into a file: without one it gives
   * up to write.
   */
  agent: ["net", "read", "write", "run", "ffi"],
  plan: ["net", "read", "write"],
  /** The manifests, or a running porter at an address or a socket, which Deno counts as a file. */
  peers: ["net", "read", "write"],
  routes: ["net", "read", "write"],
  eips: ["net", "read", "write"],
  nodes: ["net", "read", "write"],
  explain: ["net", "read", "write"],
  "router-config": ["net", "read", "write"],
  /** The kubeconfig, and the API server; a program for credentials, where the build names one. */
  drain: ["net", "read"],
  undrain: ["net", "read"],
  /** The same, or a running porter, or the manifests and the statuses beside them. */
  brake: ["net", "read", "write"],
  /** `sysctl` beside the agent's programs. */
  doctor: ["net", "read", "write", "run"],
  decode: ["read"],
  import: ["read"],
  version: [],
  completion: [],
} as const satisfies Record<string, readonly Permission[]>;

/** The programs that "run" stands for. */
export const programs = ["ip", "nft", "ss"] as const;

/** Those that only doctor runs. */
const doctorPrograms = ["sysctl"] as const;

/**
 * What is asked of the environment: by the argument parser and the YAML parser, which throw without
 * it, and where the API server is.
 */
export const environment = [
  ...["NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE", "LOG_STREAM", "LOG_TOKENS"],
  ...inClusterEnvironment,
] as const;

/**
 * The flags of `deno run` and `deno compile` for these commands together. `plugins` are programs that a
 * kubeconfig may name for credentials, which no porter may run unless it was built with them.
 */
export function permissionFlags(
  commands: readonly (keyof typeof commandPermissions)[],
  plugins: readonly string[] = [],
): string[] {
  const needed = new Set<Permission>(commands.flatMap((command) => commandPermissions[command]));
  const looks = commands.includes("doctor") ? doctorPrograms : [];
  const run = [...(needed.has("run") ? programs : []), ...looks, ...plugins];
  if (plugins.length > 0) needed.add("run");
  const flags = all.filter((name) => needed.has(name))
    .map((name) => name === "run" ? `--allow-run=${run.join(",")}` : `--allow-${name}`);
  return ["--no-prompt", ...flags, `--allow-env=${environment.join(",")}`];
}

/** Gives up everything that the command does not need; an unknown one needs nothing. */
export function dropPermissions(command: string | undefined): void {
  const table: Readonly<Record<string, readonly Permission[]>> = commandPermissions;
  const needed = command !== undefined && Object.hasOwn(table, command) ? table[command] ?? [] : [];
  for (const name of all) {
    if (name === "run" && command === "agent") dropPrograms(doctorPrograms);
    if (needed.includes(name)) continue;
    if (name === "run" && asksCluster(command)) dropPrograms([...programs, ...doctorPrograms]);
    else Deno.permissions.revokeSync({ name });
  }
}

/** Whether it reads a kubeconfig, and runs nothing but what that names. */
function asksCluster(command: string | undefined): boolean {
  return command !== undefined && ["manager", "drain", "undrain", "brake"].includes(command);
}

/** Gives up the agent's programs; a kubeconfig's stay, if they were named one by one. */
function dropPrograms(dropped: readonly string[]): void {
  const any = Deno.permissions.querySync({ name: "run" }).state === "granted";
  // A run of everything (deno run -A) can only be kept or given up as a whole.
  if (any && dropped.some((each) => each === "ip")) Deno.permissions.revokeSync({ name: "run" });
  if (any) return;
  for (const command of dropped) Deno.permissions.revokeSync({ name: "run", command });
}
