/**
 * One measurement: how long a changed Service takes to the tables of leaf switches. A manager in one
 * namespace; in the other a BIRD with a session, an address and a table for each peer. Of every route
 * BIRD keeps when it came, to the millisecond, and both sides read the same clock: so each Service is
 * measured in each table by itself, from the change of its EndpointSlice in the store.
 *
 *     deno run -A scripts/bench/converge.ts 10 1000 0     10 peers, 1,000 Services, all at once
 *
 * @module
 */

import { Lab, type Process } from "../lab/mod.ts";
import { cable, endsOf, Leaf } from "./leaf.ts";
import { peakMegabytes, percentile, report } from "./measure.ts";
import { eipOf, grownPaths, startPaths } from "./world.ts";

/** What is measured: milliseconds over all Services and peers, and MiB that the manager held at most. */
export interface ConvergeResult {
  readonly p50: number;
  readonly p99: number;
  readonly most: number;
  readonly memoryPeak: number;
}

async function main(peers: number, services: number, gap: number): Promise<ConvergeResult> {
  const lab = await Lab.openForTest();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(signal, () => lab.down().then(() => Deno.exit(130)));
  }
  try {
    await cable(lab);
    for (const role of ["leaf", "sender"] as const) {
      const own = Array.from(
        { length: peers },
        (_, i) => `addr add ${endsOf(i)[role]}/16 dev eth0`,
      );
      await lab.ip(role, own);
    }
    // Where the next hops are: a leaf believes only in those it can reach.
    await lab.ip("leaf", ["addr add 10.0.0.254/24 dev eth0"]);
    const manager = await startManager(lab, [peers, services, gap]);
    const leaf = await Leaf.start(lab, { peers });
    await leaf.tablesHold(peers * services * startPaths);
    manager.kill("SIGUSR2");
    const [, json = "[]"] = await manager.says(/^changed (\[.*\])$/m, 60_000);
    const changed = JSON.parse(json) as readonly number[];
    await leaf.tablesHold(peers * services * grownPaths);
    const took: number[] = [];
    for (let peer = 0; peer < peers; peer++) {
      const came = await leaf.lastChanges(lab, peer);
      for (const [i, at] of changed.entries()) took.push((came.get(eipOf(i)) ?? NaN) - at);
    }
    return { ...percentiles(took), memoryPeak: await peakMegabytes(manager.pid) };
  } finally {
    await lab.down();
  }
}

async function startManager(lab: Lab, args: readonly number[]): Promise<Process> {
  const path = decodeURIComponent(new URL("converge_manager.ts", import.meta.url).pathname);
  const argv = [Deno.execPath(), "run", "--quiet", "-A", path, ...args.map(String)];
  const process = lab.spawn("sender", "manager", argv);
  await process.says(/^ready$/m, 60_000);
  return process;
}

function percentiles(times: readonly number[]): Pick<ConvergeResult, "p50" | "p99" | "most"> {
  if (times.length === 0 || times.some(Number.isNaN)) {
    throw new Error("Cannot measure: the leaf has not every Service");
  }
  const [p50, p99, most] = [percentile(times, 0.5), percentile(times, 0.99), percentile(times, 1)];
  return { p50, p99, most };
}

if (import.meta.main) {
  const [peers, services, gap] = Deno.args.map(Number);
  report(await main(peers ?? 1, services ?? 1000, gap ?? 0));
}
