/**
 * One measurement: a whole table from one sender to BIRD, over a cable between two namespaces. Time
 * runs from the session's coming up, by BIRD's log, to BIRD's holding all routes.
 *
 *     deno run -A scripts/bench/transfer.ts porter 100000
 *
 * @module
 */

import { Lab } from "../lab/mod.ts";
import { cable, Leaf } from "./leaf.ts";
import { peakMegabytes, report } from "./measure.ts";
import { type SenderName, senders, type StartSender } from "./senders.ts";

/** What is measured: milliseconds, and MiB that the sender held at most. */
export interface TransferResult {
  readonly ms: number;
  readonly memoryPeak: number;
}

async function main(name: SenderName, routes: number): Promise<TransferResult> {
  const lab = await Lab.openForTest();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(signal, () => lab.down().then(() => Deno.exit(130)));
  }
  try {
    await cable(lab);
    const start: StartSender = senders[name];
    const sender = await start(lab, routes);
    const leaf = await Leaf.start(lab);
    const up = await leaf.sessionUp();
    const from = await sender.started?.() ?? up;
    const ms = await leaf.holds(routes) - from;
    return { ms, memoryPeak: await peakMegabytes(sender.process.pid) };
  } finally {
    await lab.down();
  }
}

if (import.meta.main) {
  const [name, routes] = Deno.args;
  if (name === undefined || !(name in senders)) {
    throw new Error(`who sends? One of ${Object.keys(senders).join(", ")}`);
  }
  report(await main(name as SenderName, Number(routes ?? 100_000)));
}
