/**
 * Finds the programs that the lab and the tests need, installs them when it may (root on a
 * Debian-like system), and otherwise says in one message what is missing and how to get it.
 * Services that Debian starts on installation are kept from starting: no daemon is left running.
 *
 * @module
 */

/** A program and where it comes from. */
export interface Tool {
  /** What is looked for on PATH and in the sbin folders. */
  readonly command: string;
  /** Debian's package. */
  readonly package: string;
  readonly purpose: string;
  /** The unit Debian would start on installation. */
  readonly service?: string;
}

/** Every program the lab and the tests may need. */
export const tools = {
  ip: { command: "ip", package: "iproute2", purpose: "namespaces, links, routes" },
  ss: { command: "ss", package: "iproute2", purpose: "who holds the BGP port" },
  nft: { command: "nft", package: "nftables", purpose: "the guard on the nodes" },
  bird: { command: "bird", package: "bird2", purpose: "the leaf switch", service: "bird" },
  birdc: { command: "birdc", package: "bird2", purpose: "the leaf switch's own table" },
  gobgpd: {
    command: "gobgpd",
    package: "gobgpd",
    purpose: "a second leaf switch",
    service: "gobgpd",
  },
  gobgp: { command: "gobgp", package: "gobgpd", purpose: "the second leaf switch's own table" },
  vtysh: { command: "vtysh", package: "frr", purpose: "routers of topologies", service: "frr" },
  ping: { command: "ping", package: "iputils-ping", purpose: "ICMP echo to an EIP" },
  iptables: { command: "iptables", package: "iptables", purpose: "kube-proxy's other mode" },
  openssl: { command: "openssl", package: "openssl", purpose: "the test cluster's certificates" },
  curl: { command: "curl", package: "curl", purpose: "looking around in a lab that was kept" },
  chromium: {
    command: "chromium",
    package: "chromium",
    purpose: "the looking glass as it is seen",
  },
  promtool: {
    command: "promtool",
    package: "prometheus",
    purpose: "checks of metrics and alert rules",
    service: "prometheus",
  },
  unzip: { command: "unzip", package: "unzip", purpose: "unpacks a Go where there is none" },
  setsid: { command: "setsid", package: "util-linux", purpose: "processes of their own session" },
  sysctl: {
    command: "sysctl",
    package: "procps",
    purpose: "what porter doctor asks of the kernel",
  },
  zsh: { command: "zsh", package: "zsh", purpose: "completion, as zsh does it" },
  fish: { command: "fish", package: "fish", purpose: "completion, as fish does it" },
  tcpdump: {
    command: "tcpdump",
    package: "tcpdump",
    purpose: "the packets as they are on the wire",
  },
} as const satisfies Record<string, Tool>;

/** The name of a program in the table. */
export type ToolName = keyof typeof tools;

/** What is known of this machine before anything is installed. */
export interface Machine {
  readonly root: boolean;
  readonly aptGet: boolean;
}

/** What to do about missing programs. */
export type InstallPlan =
  | { readonly kind: "nothing" }
  | {
    readonly kind: "install";
    readonly packages: readonly string[];
    readonly services: readonly string[];
  }
  | { readonly kind: "tell"; readonly message: string };

/** Decides: nothing, install these packages, or tell the user in one message. */
export function planInstall(missing: readonly Tool[], machine: Machine): InstallPlan {
  if (missing.length === 0) return { kind: "nothing" };
  const packages = [...new Set(missing.map((tool) => tool.package))].sort();
  if (machine.root && machine.aptGet) {
    const services = missing.flatMap((tool) => tool.service === undefined ? [] : [tool.service]);
    return { kind: "install", packages, services };
  }
  const list = missing.map((tool) => `  ${tool.command.padEnd(8)} ${tool.purpose}`).join("\n");
  const how = machine.aptGet
    ? `Run this, or run the task again as root (it then installs them itself):\n  sudo apt-get install ${
      packages.join(" ")
    }`
    : `Install them with your system's packages; Debian's names are: ${packages.join(", ")}`;
  return { kind: "tell", message: `Missing programs:\n${list}\n${how}` };
}

/** Makes sure the programs are there. Ends the process with one message and code 1 when it cannot. */
export async function ensureTools(names: readonly ToolName[]): Promise<void> {
  extendPath();
  const plan = planInstall(await missingOf(names), await machine());
  if (plan.kind === "nothing") return;
  if (plan.kind === "tell") giveUp(plan.message);
  await install(plan.packages, plan.services);
  const still = await missingOf(names);
  if (still.length > 0) {
    const list = still.map((tool) => `${tool.command} (package ${tool.package})`).join(", ");
    giveUp(`apt-get ended well but these programs are still missing: ${list}`);
  }
}

/** Programs of the table that cannot be found. */
async function missingOf(names: readonly ToolName[]): Promise<readonly Tool[]> {
  const missing: Tool[] = [];
  for (const name of new Set(names)) {
    const tool: Tool = tools[name];
    if (!(await onPath(tool.command))) missing.push(tool);
  }
  return missing;
}

/** An ordinary user's PATH on Debian lacks the folders where ip, nft and bird are. */
function extendPath(): void {
  const path = (Deno.env.get("PATH") ?? "").split(":").filter((part) => part !== "");
  const wanted = ["/usr/local/sbin", "/usr/sbin", "/sbin"].filter((dir) => !path.includes(dir));
  if (wanted.length > 0) Deno.env.set("PATH", [...path, ...wanted].join(":"));
}

async function onPath(command: string): Promise<boolean> {
  for (const dir of (Deno.env.get("PATH") ?? "").split(":")) {
    try {
      const info = await Deno.stat(`${dir}/${command}`);
      if (info.isFile && ((info.mode ?? 0) & 0o111) !== 0) return true;
    } catch {
      // Not in this folder.
    }
  }
  return false;
}

async function machine(): Promise<Machine> {
  return { root: Deno.uid() === 0, aptGet: await onPath("apt-get") };
}

/** Installs with apt-get, visibly, with service starts held back; undone also on Ctrl-C. */
async function install(packages: readonly string[], services: readonly string[]): Promise<void> {
  let interrupted = false;
  const onSignal = () => (interrupted = true);
  Deno.addSignalListener("SIGINT", onSignal);
  Deno.addSignalListener("SIGTERM", onSignal);
  const release = await holdServices();
  try {
    say(`Installing ${packages.join(", ")} (apt-get)`);
    if (!interrupted && !(await apt(["update", "-q"]))) {
      say("apt-get update failed; trying with the package lists that are there");
    }
    const args = ["install", "-q", "-y", "--no-install-recommends", ...packages];
    const done = !interrupted && await apt(args);
    if (!interrupted && !done) {
      giveUp(
        `apt-get could not install ${packages.join(", ")}; its message is above. ` +
          `Install them by hand and run the task again`,
      );
    }
  } finally {
    await release();
    await stopServices(services);
    Deno.removeSignalListener("SIGINT", onSignal);
    Deno.removeSignalListener("SIGTERM", onSignal);
  }
  if (interrupted) Deno.exit(130);
}

async function apt(args: readonly string[]): Promise<boolean> {
  const { success } = await new Deno.Command("apt-get", {
    args: [...args],
    env: { DEBIAN_FRONTEND: "noninteractive", NEEDRESTART_MODE: "l" },
    stdin: "null",
    stdout: "inherit",
    stderr: "inherit",
  }).output();
  return success;
}

/** Debian asks this file whether a service may start (invoke-rc.d(8)); 101 is no. */
const policyFile = "/usr/sbin/policy-rc.d";

async function holdServices(): Promise<() => Promise<void>> {
  try {
    await Deno.writeTextFile(policyFile, "#!/bin/sh\nexit 101\n", { createNew: true, mode: 0o755 });
  } catch (thrown) {
    // Somebody's own policy stays; what starts in spite of it is stopped afterwards.
    if (thrown instanceof Deno.errors.AlreadyExists) return () => Promise.resolve();
    throw thrown;
  }
  return () => Deno.remove(policyFile);
}

/** Stops and disables what was installed just now and runs, or would at the next boot. */
async function stopServices(services: readonly string[]): Promise<void> {
  if (!(await onPath("systemctl"))) return;
  for (const service of services) {
    await new Deno.Command("systemctl", {
      args: ["disable", "--now", "--quiet", service],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).output();
  }
}

function say(text: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(`${text}\n`));
}

function giveUp(message: string): never {
  say(message);
  Deno.exit(1);
}

/** Run by itself it installs what is named on the command line, or everything. */
if (import.meta.main) {
  const names = Deno.args.length === 0 ? Object.keys(tools) : Deno.args;
  const unknown = names.filter((name) => !(name in tools));
  if (unknown.length > 0) giveUp(`Unknown programs: ${unknown.join(", ")}`);
  await ensureTools(names as ToolName[]);
}
