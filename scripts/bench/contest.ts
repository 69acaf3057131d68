/**
 * Several senders of the same table, one after the other, as rows of one table.
 *
 * @module
 */

import { formatTime } from "./measure.ts";
import type { SenderName } from "./senders.ts";
import type { TransferResult } from "./transfer.ts";

/** Who sends, in words; the first is the yardstick. */
const contestants: readonly (readonly [SenderName, string])[] = [
  ["bare", "bare Deno program, prepared bytes"],
  ["porter", "porter, routes before the session"],
  ["porter-live", "porter, from setRoutes on an open session"],
  ["bird", "BIRD (its last UPDATE waits 3 s)"],
  ["gobgp", "GoBGP"],
];

/** What was measured, with a head row, and who could not be and why. */
export interface Contest {
  readonly rows: readonly (readonly string[])[];
  readonly failed: readonly string[];
}

/** Lets each send, several times. What the others took is not lost over one that fails. */
export async function contest(
  routes: number,
  run: (name: SenderName) => Promise<TransferResult>,
): Promise<Contest> {
  const rows = [["sender", "runs", "median", "least", "most", "MiB peak", "of bare"]];
  const failed: string[] = [];
  let bare: number | undefined;
  for (const [name, words] of contestants) {
    const runs = name === "gobgp" && routes > 100_000 ? 1 : 3;
    const results: TransferResult[] = [];
    try {
      for (let i = 0; i < runs; i++) results.push(await run(name));
    } catch (thrown) {
      failed.push(`${words}: ${thrown instanceof Error ? thrown.message : thrown}`);
      continue;
    }
    const times = results.map((result) => result.ms).sort((a, b) => a - b);
    const median = times[times.length >> 1] ?? 0;
    if (name === "bare") bare = median;
    rows.push([
      words,
      `${runs}`,
      ...[median, times[0] ?? 0, times.at(-1) ?? 0].map(formatTime),
      `${Math.max(...results.map((result) => result.memoryPeak))}`,
      bare === undefined ? "-" : `${(median / bare).toFixed(1)} x`,
    ]);
  }
  return { rows, failed };
}
