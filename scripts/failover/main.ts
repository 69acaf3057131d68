/**
 * `deno task failover`: what it costs to lose something, and where the time goes, on a leaf switch of
 * BIRD in network namespaces. The figures of docs/failover.md come from here.
 *
 *     deno task failover [--only node]    the scenes whose name has the word
 *
 * Needs root, ip, nft and bird. Takes about three minutes.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { ensureTools } from "../install.ts";
import { formatTable } from "../bench/measure.ts";
import { Lab, sweep } from "../lab/mod.ts";
import { agentScenes } from "./agents.ts";
import { leafScenes } from "./leaf.ts";
import { managerScenes } from "./managers.ts";
import { nodeScenes } from "./nodes.ts";
import type { Budget } from "./witness.ts";

/** Tells of one loss. */
export type Tell = (what: string, budget: Budget) => void;

/** Builds a lab and loses one thing after the other in it. */
export type Scenes = (lab: Lab, tell: Tell) => Promise<void>;

const scenes: Readonly<Record<string, Scenes>> = {
  nodes: nodeScenes,
  managers: managerScenes,
  leaf: leafScenes,
  agents: agentScenes,
};

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { only: { type: "string" } } });
  if (Deno.uid() !== 0) throw new Error("network namespaces need root");
  await ensureTools(["ip", "nft", "bird", "birdc", "setsid"]);
  const rows = [[
    ...["lost", "noticed", "leaf's BGP table", "leaf's kernel"],
    ...["requests failed", "slowest answer"],
  ]];
  const ms = (value: number | undefined) => value === undefined ? "-" : `${value.toFixed(0)} ms`;
  for (const [name, play] of Object.entries(scenes)) {
    if (values.only !== undefined && !name.includes(values.only)) continue;
    const lab = await Lab.openForTest();
    const interrupted = (): void => lab.interrupt(new Error("interrupted"));
    Deno.addSignalListener("SIGINT", interrupted);
    try {
      await play(lab, (what, budget) => {
        const { noticed, table, kernel, failed, requests, slowest } = budget;
        const failures = `${failed} of ${requests}`;
        rows.push([what, ...[noticed, table, kernel].map(ms), failures, ms(slowest)]);
      });
    } finally {
      Deno.removeSignalListener("SIGINT", interrupted);
      await lab.down();
      await sweep();
    }
  }
  // deno-lint-ignore no-console -- the table is what the command is for
  console.log(formatTable(rows));
}

if (import.meta.main) await main();
