/**
 * lib/bfd's monitor as a process of its own, for a namespace of the lab. Takes its targets as JSON on
 * the command line, writes one line of JSON for each change, and ends with AdminDown at SIGTERM.
 *
 *     deno run --allow-net --allow-ffi bfd_child.ts '[{"name": ..., "address": ...}]'
 *
 * @module
 */

import { BfdMonitor, type BfdTarget } from "../../lib/bfd/mod.ts";
import { parseAddress } from "../../lib/net/mod.ts";
import { silentLog } from "../../lib/ports/mod.ts";
import { openDatagrams, systemClock } from "../../lib/system/mod.ts";

/** A target as the command line has it. */
export type TargetText = Omit<BfdTarget, "address"> & { readonly address: string };

function target(text: TargetText): BfdTarget {
  const address = parseAddress(text.address);
  if (address === undefined) throw new Error(`not an address: ${text.address}`);
  return { ...text, address };
}

if (import.meta.main) {
  const monitor = new BfdMonitor({
    datagrams: openDatagrams(),
    clock: systemClock,
    random: Math.random,
    log: silentLog,
    onChange: () => {
      const sessions = monitor.sessions().map(({ name, state, failed, reason }) => ({
        ...{ name, state, failed, reason },
        unavailable: monitor.unavailable(name),
      }));
      console.log(JSON.stringify({ at: Date.now(), sessions }));
    },
  });
  monitor.setTargets((JSON.parse(Deno.args[0] ?? "[]") as TargetText[]).map(target));
  Deno.addSignalListener("SIGTERM", () => {
    monitor.close();
    Deno.exit(0);
  });
  setInterval(() => {}, 60_000);
}
