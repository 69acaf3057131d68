/**
 * `deno task soak`: a million changes of routes over ten minutes with flaps of the session, against a
 * real BIRD in network namespaces (needs root).
 *
 *     deno task soak [--minutes 10] [--changes 1000000]
 *
 * Ends with 1 when the leaf's table is not the plan's at a pause, or when memory grows.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { ensureTools } from "../install.ts";
import { Lab } from "../lab/mod.ts";
import { allowedGrowth, mebi } from "./growth.ts";
import { soak, type SoakReport } from "./soak.ts";

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      minutes: { type: "string", default: "10" },
      changes: { type: "string", default: "1000000" },
    },
  });
  const [minutes, changes] = [Number(values.minutes), Number(values.changes)];
  if (!(minutes > 0) || !(changes >= 1000)) {
    say("--minutes takes a number above 0, --changes one of 1000 and more.");
    return 1;
  }
  if (Deno.uid() !== 0) {
    say("Network namespaces need root.");
    return 1;
  }
  await ensureTools(["ip", "bird", "birdc", "setsid"]);
  const lab = await Lab.openForTest();
  Deno.addSignalListener("SIGINT", () => lab.down().then(() => Deno.exit(130)));
  const start = performance.now();
  // A pause takes as long as the leaf needs after a flap, some two seconds of each round's ten.
  const rounds = Math.max(6, Math.round(minutes * 6));
  try {
    const report = await soak(lab, {
      changes,
      rounds,
      roundMs: minutes * 60_000 / rounds - 2000,
      onRound: (round) =>
        say(
          `${`${round.changes}`.padStart(8)} changes, ${round.flap}: ${round.routes} routes ` +
            `as planned after ${Math.round(round.settledMs)} ms; heap ` +
            `${megabytes(round.heap)}, resident ${megabytes(round.resident)} MiB`,
        ),
    });
    return conclude(report, performance.now() - start);
  } finally {
    await lab.down();
  }
}

function conclude({ rounds, growth }: SoakReport, ms: number): number {
  const changes = rounds.at(-1)?.changes ?? 0;
  say(
    `${changes} changes and ${rounds.length} flaps in ${
      (ms / 1000).toFixed(0)
    } s; growth over the ` +
      `second half: heap ${megabytes(growth.heap)}, resident ${megabytes(growth.resident)} MiB`,
  );
  const grew = growth.heap > allowedGrowth.heap || growth.resident > allowedGrowth.resident;
  if (grew) say("Memory grows.");
  return grew ? 1 : 0;
}

function megabytes(bytes: number): string {
  return (bytes / mebi).toFixed(1);
}

function say(text: string): void {
  // deno-lint-ignore no-console
  console.log(text);
}

if (import.meta.main) Deno.exit(await main());
