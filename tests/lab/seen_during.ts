/**
 * Looking at a leaf switch's table all the time while something happens.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { type Lab, Load, pause } from "../../scripts/lab/mod.ts";

/**
 * Every state that the table had while `body` ran, each once, in the order in which they were first seen.
 * Throws what `body` or else a look throws; the looks have ended by then.
 */
export async function seenDuring(
  look: () => Promise<readonly string[]>,
  body: () => Promise<void>,
): Promise<readonly string[]> {
  const seen = new Set<string>();
  let goesOn = true;
  const watching = (async () => {
    while (goesOn) {
      seen.add((await look()).join(" "));
      await pause(1);
    }
  })();
  // Nobody waits for it yet.
  watching.catch(() => {});
  try {
    await body();
  } catch (thrown) {
    goesOn = false;
    // What happened to the body is why; the lab may be gone for a look.
    await watching.catch(() => {});
    throw thrown;
  }
  goesOn = false;
  await watching;
  return [...seen];
}

/**
 * Requests to an EIP, and the leaf's next hops for it, while something happens: neither may show that it did.
 * `wanted` are the next hops, in order; `look` gives them.
 */
export async function assertUnseen(
  { lab, eip, wanted, look }: {
    readonly lab: Lab;
    readonly eip: string;
    readonly wanted: readonly string[];
    readonly look: () => Promise<readonly string[]>;
  },
  body: () => Promise<void>,
): Promise<void> {
  const load = await Load.start(lab, eip, 80, 200);
  const seen = await seenDuring(look, async () => {
    await pause(500);
    await body();
    await pause(200);
  });
  const tally = await load.stop();
  assert(tally.requests > 50, `${tally.requests} requests`);
  assertEquals(tally.failures, []);
  assertEquals(seen, [wanted.join(" ")]);
}
