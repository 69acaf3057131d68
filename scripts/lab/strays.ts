/**
 * The processes of a lab that are found, not started: those of a lab whose owner is gone, and what they
 * started. proc(5), kill(2).
 *
 * @module
 */

import { run } from "./command.ts";
import { until } from "./wait.ts";

/** When the process started, in ticks since boot; undefined when there is none. proc(5). */
export async function startOf(pid: number): Promise<string | undefined> {
  try {
    const stat = await Deno.readTextFile(`/proc/${pid}/stat`);
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    return undefined;
  }
}

/** Kills every process that is found, also those that are started meanwhile. */
export async function killAll(
  where: string,
  find: () => Promise<readonly number[]>,
): Promise<void> {
  await until(`no process left in ${where}`, async () => {
    const pids = await find();
    if (pids.length === 0) return true;
    for (const pid of pids) endNow(pid);
    return false;
  });
}

/** Not by kill(1), which a small Debian lacks. */
function endNow(pid: number): void {
  try {
    Deno.kill(pid, "SIGKILL");
  } catch (thrown) {
    // It has ended meanwhile (ESRCH).
    if (!(thrown instanceof Deno.errors.NotFound)) throw thrown;
  }
}

/** Those in a network namespace. */
export async function pidsIn(ns: string): Promise<readonly number[]> {
  const { stdout } = await run(["ip", "netns", "pids", ns]);
  return stdout.split("\n").filter((line) => line.trim() !== "").map(Number);
}
