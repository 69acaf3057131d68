/**
 * One lab test: a lab of its own, taken down whatever happens.
 *
 * @module
 */

import { Lab } from "../../scripts/lab/mod.ts";

/** Registers a test that gets an empty lab. Ignored without root: namespaces cannot be made then. */
export function labTest(name: string, body: (lab: Lab) => Promise<void>): void {
  Deno.test({
    name,
    ignore: Deno.uid() !== 0,
    fn: async () => {
      const lab = await Lab.openForTest();
      try {
        await body(lab);
      } finally {
        await lab.down();
      }
    },
  });
}
