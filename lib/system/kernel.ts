/**
 * The Kernel port over `ip` (iproute2) and `nft` (nftables): each read is three short processes,
 * each change at most two, and two monitors wake the agent. What the monitors print is never the
 * truth, only a reason to read it again.
 *
 * @module
 */

import { decodeHost, type HostChange, type HostObserved, tableName } from "../host/mod.ts";
import type { Cancel, Clock, Kernel, Log } from "../ports/mod.ts";
import { messageOf } from "../result/mod.ts";
import { type CommandResult, type Commands, systemCommands } from "./command.ts";
import { failed, hint, KernelError, run } from "./host_programs.ts";

/** What a kernel needs; `commands` is another's for tests and namespaces. */
export interface LinuxKernelOptions {
  readonly commands?: Commands;
  readonly clock: Clock;
  readonly log: Log;
}

/** A monitor that ends is started again after this many milliseconds, doubled each time. */
const restartDelay = { first: 200, last: 10_000 };
/** Milliseconds until a started monitor is taken to work: then what it missed is looked at. */
const monitorSettles = 250;

/** This node's kernel. */
export function linuxKernel(options: LinuxKernelOptions): Kernel {
  const commands = options.commands ?? systemCommands();
  return {
    observe: () => observe(commands),
    apply: (change) => apply(commands, change),
    watch: (changed) => {
      const stops = [
        monitor({ ...options, commands, changed, command: "ip", args: ["-o", "monitor", "route"] }),
        monitor({ ...options, commands, changed, command: "nft", args: ["monitor"] }),
      ];
      return () => stops.forEach((stop) => stop());
    },
  };
}

async function observe(commands: Commands): Promise<HostObserved> {
  const [routes4, routes6, table] = await Promise.all([
    run(commands, "ip", ["-4", "-j", "route", "show", "table", "local"]),
    run(commands, "ip", ["-6", "-j", "route", "show", "table", "local"]),
    run(commands, "nft", ["-j", "list", "table", "inet", tableName]),
  ]);
  const missing = table.code !== 0 && table.stderr.includes("No such file or directory");
  if (table.code !== 0 && !missing) throw failed("nft list", table);
  if (routes4.code !== 0) throw failed("ip -4 route show", routes4);
  const observed = decodeHost({
    routes4: routes4.stdout,
    routes6: withoutIpv6(routes6) ? "" : routes6.stdout,
    table: missing ? undefined : table.stdout,
  });
  if (!observed.ok) throw new KernelError(observed.error);
  return observed.value;
}

/** A kernel booted without IPv6 has no such table; anything else that failed is an error. */
function withoutIpv6(result: CommandResult): boolean {
  if (result.code === 0) return false;
  if (/not supported|does not exist/i.test(result.stderr)) return true;
  throw failed("ip -6 route show", result);
}

async function apply(commands: Commands, change: HostChange): Promise<void> {
  if (change.nftScript !== "") {
    const result = await run(commands, "nft", ["-f", "-"], { stdin: change.nftScript });
    if (result.code !== 0) throw failed("nft -f", result);
  }
  if (change.ipBatch !== "") {
    // -force: one address that is refused does not keep the others waiting.
    const result = await run(commands, "ip", ["-force", "-batch", "-"], { stdin: change.ipBatch });
    if (result.code !== 0) throw batchFailed(result, change.ipBatch);
  }
}

/** Names the first line of the batch that was refused, and how many were. */
function batchFailed(result: CommandResult, batch: string): KernelError {
  const refused = [...result.stderr.matchAll(/^(.*)\nCommand failed -:(\d+)$/gm)];
  const [first] = refused;
  if (first === undefined) return failed("ip -batch", result);
  const line = batch.split("\n")[Number(first[2]) - 1] ?? "";
  return new KernelError(
    `Cannot apply "${line}": ${first[1] ?? ""}${hint(result.stderr)}` +
      (refused.length > 1 ? ` (and ${refused.length - 1} more)` : ""),
  );
}

/** What one monitor needs. */
interface MonitorOptions {
  readonly commands: Commands;
  readonly clock: Clock;
  readonly log: Log;
  readonly command: "ip" | "nft";
  readonly args: readonly string[];
  readonly changed: () => void;
}

/** Keeps one monitor running until the result is called. */
function monitor(options: MonitorOptions): () => void {
  const { clock, log, command, args, changed } = options;
  const stop = new AbortController();
  let delay = restartDelay.first;
  let cancel: Cancel = () => {};
  const onLine = (line: string): void => {
    if (concernsUs(line)) changed();
  };
  const ended = (reason: string): void => {
    if (stop.signal.aborted) return;
    cancel();
    const waited = delay;
    cancel = clock.after(waited, () => {
      // Said only now: Ctrl-C at a terminal ends the monitor a moment before it ends the agent.
      const fields = { command: [command, ...args].join(" "), reason, waited };
      log.warn("host.monitor.restarted", fields);
      start();
    });
    delay = Math.min(delay * 2, restartDelay.last);
  };
  const start = (): void => {
    cancel = clock.after(monitorSettles, changed);
    const started = clock.monotonic();
    options.commands.follow(command, args, { onLine, signal: stop.signal }).then(
      (result) => {
        if (clock.monotonic() - started > restartDelay.last) delay = restartDelay.first;
        ended(result.stderr.trim().split("\n")[0] || `exit code ${result.code}`);
      },
      (cause) => ended(messageOf(cause)),
    );
  };
  start();
  return () => {
    stop.abort();
    cancel();
  };
}

/** A line about table local, or about our nftables table: others may change many times a second. */
function concernsUs(line: string): boolean {
  return line.includes(" table local ") || line.includes(`inet ${tableName}`);
}
