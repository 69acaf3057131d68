/**
 * What a process cost in a phase of a measurement: the memory it held at most, and its CPU seconds and
 * those of the programs that it ran (`ip`, `nft`), as the kernel counts them (proc(5)).
 *
 * @module
 */

import { peakMegabytes } from "./measure.ts";

/** Ticks of a second in /proc/PID/stat: USER_HZ, which is 100 for programs wherever Linux runs. */
const ticks = 100;

/** Counts what one process costs from one call to the next. */
export class ProcessCost {
  readonly #pid: number;
  #before = 0;

  private constructor(pid: number) {
    this.#pid = pid;
  }

  /** Counts from the start of the process on. */
  static ofAll(pid: number): ProcessCost {
    return new ProcessCost(pid);
  }

  /** Counts from now on. */
  static async fromNow(pid: number): Promise<ProcessCost> {
    const cost = new ProcessCost(pid);
    await cost.restart();
    return cost;
  }

  /** Counts from now on: memory from what the process holds now. */
  async restart(): Promise<void> {
    await Deno.writeTextFile(`/proc/${this.#pid}/clear_refs`, "5");
    this.#before = await cpuSeconds(this.#pid);
  }

  /** For people: "101 MiB peak, 0.4 s CPU". */
  async text(): Promise<string> {
    const peak = await peakMegabytes(this.#pid);
    return `${peak} MiB peak, ${(await cpuSeconds(this.#pid) - this.#before).toFixed(1)} s CPU`;
  }
}

/**
 * What a process has computed since its start, for itself and in the kernel, and its children that have
 * ended: an agent's `ip` and `nft`, but for the monitors, which run as long as it does.
 */
async function cpuSeconds(pid: number): Promise<number> {
  const stat = await Deno.readTextFile(`/proc/${pid}/stat`);
  // The name, in parentheses, may have spaces in it.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  // utime, stime, cutime, cstime: proc(5), fields 14 to 17 of which two stand before.
  return fields.slice(11, 15).reduce((sum, each) => sum + Number(each), 0) / ticks;
}
