/**
 * Reads the counts from what tests/fuzz/main.ts prints: a line for each target, and one more for a
 * target that failed.
 *
 * @module
 */

import type { Counts } from "./junit.ts";

/** Counts each target as one test; a target that made no run has failed. */
export function readFuzz(text: string): Counts {
  const targets = new Map<string, boolean>();
  for (const [, name = "", runs] of text.matchAll(/^(\S.*?): (\d+) runs\b/gm)) {
    targets.set(name, Number(runs) > 0);
  }
  for (const [, name = ""] of text.matchAll(/^(\S.*?): FAILED\b/gm)) targets.set(name, false);
  const failed = [...targets].filter(([, fine]) => !fine).map(([name]) => `fuzz target ${name}`);
  const passed = targets.size - failed.length;
  return { passed, failed: failed.length, skipped: 0, failures: failed };
}
