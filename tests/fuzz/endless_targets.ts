/**
 * Targets for the test of what becomes of one that never comes back.
 *
 * @module
 */

import type { FuzzTarget } from "./runner.ts";

/** The first has an input that it never comes back from. */
export const fuzzTargets: readonly FuzzTarget[] = [
  {
    name: "endless",
    seeds: [Uint8Array.of(1), Uint8Array.of(77, 78)],
    run(bytes) {
      while (bytes[0] === 77);
    },
  },
  { name: "fine", seeds: [Uint8Array.of(1)], run() {} },
];
