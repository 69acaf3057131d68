/**
 * `deno task bench`: figures, each taken in a process of its own, and the ratios of one run.
 *
 *     deno task bench [--quick] [--only codec|pack|transfer|converge]
 *
 * 1. codec: decoding and encoding, by kind of message and for a prefix, beside GoBGP where Go is there.
 * 2. pack: plan, RIB and packed UPDATEs without a network, and what one change costs.
 * 3. transfer: whole tables to BIRD in network namespaces, from porter and from others. Needs root,
 *    ip, bird and gobgpd; says so when they are missing.
 * 4. converge: 1,000 changed Services until each is in BIRD's tables, with 1, 10 and 50 sessions. Needs
 *    root, ip and bird.
 *
 * `--quick` leaves out the large sizes. Never part of the tests: figures depend on the machine and on
 * what else it does, only the ratios of one run mean something.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { sweep } from "../lab/mod.ts";
import { ensureTools } from "../install.ts";
import { contest } from "./contest.ts";
import type { ConvergeResult } from "./converge.ts";
import { formatTable, formatTime, measure } from "./measure.ts";
import type { PackResult } from "./pack.ts";
import type { TransferResult } from "./transfer.ts";

const parts = ["codec", "pack", "transfer", "converge"] as const;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { quick: { type: "boolean", default: false }, only: { type: "string" } },
  });
  if (values.only !== undefined && !parts.some((part) => part === values.only)) {
    say(`--only takes ${parts.join(", ")}, not "${values.only}".`);
    return 1;
  }
  const wants = (part: typeof parts[number]) => values.only === undefined || values.only === part;
  // Ctrl-C reaches the measuring process too, which takes its namespaces down; we wait for that.
  let interrupted = false;
  Deno.addSignalListener("SIGINT", () => interrupted = true);
  try {
    if (wants("codec")) await codec();
    if (wants("pack")) await pack(values.quick);
    const transferred = !wants("transfer") || await transfer(values.quick);
    const converged = !wants("converge") || await converge(values.quick);
    return transferred && converged ? 0 : 1;
  } catch (thrown) {
    if (!interrupted) throw thrown;
    return 130;
  }
}

async function codec(): Promise<void> {
  say("Codec\n");
  const path = decodeURIComponent(new URL("codec.ts", import.meta.url).pathname);
  const command = new Deno.Command(Deno.execPath(), { args: ["run", "--quiet", "-A", path] });
  const { code } = await command.spawn().status;
  if (code !== 0) throw new Error(`${path} ended with code ${code}`);
}

async function pack(quick: boolean): Promise<void> {
  say("\nPlan and pack: routes of three paths each, ADD-PATH, one peer");
  say("one change: the pods of one Service, or the next hops of one route; the median of several");
  say(
    "MiB: of the program when it starts; that live of the objects and, on top of them, of plan, RIB",
  );
  say("and what the peer was told; that the process held at most, with garbage\n");
  const rows = [[
    ...["source", "routes", "plan", "into RIB", "pack", "bytes"],
    ...["MiB empty", "of objects", "on top", "peak"],
    ...["one change: plan", "RIB", "UPDATE"],
  ]];
  for (const kind of ["routes", "plan"]) {
    for (const routes of quick ? [10_000] : [10_000, 100_000]) {
      const r = await measure<PackResult>("pack.ts", [kind, `${routes}`]);
      const isPlan = kind === "plan";
      rows.push([
        isPlan ? "Services" : "routes given",
        `${r.routes}`,
        isPlan ? formatTime(r.plan) : "-",
        formatTime(r.set),
        formatTime(r.pack),
        `${r.bytes}`,
        `${r.memoryEmpty}`,
        isPlan ? `${r.memoryObjects}` : "-",
        `${r.memoryAdded}`,
        `${r.memoryPeak}`,
        isPlan ? formatTime(r.onePlan) : "-",
        formatTime(r.oneSet),
        formatTime(r.onePack),
      ]);
    }
  }
  say(formatTable(rows));
}

/** Whole tables to BIRD; false when they cannot be sent here. */
async function transfer(quick: boolean): Promise<boolean> {
  if (Deno.uid() !== 0) {
    say("\nWhole tables to BIRD are left out: network namespaces need root.");
    return false;
  }
  await ensureTools(["ip", "bird", "birdc", "gobgpd", "gobgp", "setsid"]);
  try {
    for (const routes of quick ? [100_000] : [100_000, 1_000_000]) await transferOf(routes);
  } finally {
    await sweep();
  }
  return true;
}

async function transferOf(routes: number): Promise<void> {
  say(`\n${routes} routes to BIRD: from session up to all of them held; median of the runs\n`);
  const { rows, failed } = await contest(
    routes,
    (name) => measure<TransferResult>("transfer.ts", [name, `${routes}`]),
  );
  say(formatTable(rows));
  if (failed.length > 0) throw new Error(`not measured: ${failed.join("; ")}`);
}

/** Changes of many Services to many sessions; false when they cannot be measured here. */
async function converge(quick: boolean): Promise<boolean> {
  if (Deno.uid() !== 0) {
    say("\nChanges to BIRD are left out: network namespaces need root.");
    return false;
  }
  await ensureTools(["ip", "bird", "birdc", "setsid"]);
  const services = 1000;
  say(`\n${services} Services get a pod on one more node: from the change in the store until the`);
  say("Service's new path is in a session's table at the leaf, over all Services and sessions;");
  say("of three runs the one with the middle p50\n");
  const rows = [["changes", "sessions", "p50", "p99", "most", "MiB peak"]];
  try {
    for (const [words, gap] of [["all at once", 0], ["one every 5 ms", 5]] as const) {
      for (const peers of quick ? [1, 10] : [1, 10, 50]) {
        const args = [peers, services, gap].map(String);
        const runs: ConvergeResult[] = [];
        for (let i = 0; i < 3; i++) runs.push(await measure("converge.ts", args));
        runs.sort((a, b) => a.p50 - b.p50);
        const { p50 = NaN, p99 = NaN, most = NaN, memoryPeak } = runs[1] ?? {};
        rows.push([words, `${peers}`, ...[p50, p99, most].map(formatTime), `${memoryPeak}`]);
      }
    }
  } finally {
    await sweep();
  }
  say(formatTable(rows));
  return true;
}

function say(text: string): void {
  // deno-lint-ignore no-console
  console.log(text);
}

if (import.meta.main) Deno.exit(await main());
