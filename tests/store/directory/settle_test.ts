/**
 * When a change of files counts as over.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { SettlingPaths } from "../../../lib/store/directory/settle.ts";
import { FakeClock } from "../../support/fake_clock.ts";

function rig(): { clock: FakeClock; settling: SettlingPaths; given: string[][] } {
  const clock = new FakeClock();
  const given: string[][] = [];
  const settling = new SettlingPaths(clock, (paths) => void given.push([...paths].sort()));
  return { clock, settling, given };
}

Deno.test("a file that was closed is given out at once, one that is being written is not", async () => {
  const { clock, settling, given } = rig();
  settling.touch("written", "create");
  settling.touch("closed", "create");
  settling.touch("closed", "modify");
  settling.touch("closed", "access");
  await clock.advance(5);
  assertEquals(given, [["closed"]]);
  settling.touch("written", "access");
  await clock.advance(5);
  assertEquals(given, [["closed"], ["written"]]);
  await clock.advance(10_000);
  assertEquals(given.length, 2);
});

Deno.test("a file that is written without end is given out all the same", async () => {
  const { clock, settling, given } = rig();
  for (let at = 0; at < 1000; at += 50) {
    settling.touch("log", "modify");
    await clock.advance(50);
  }
  assertEquals(given.length, 2);
});

Deno.test("what goes and comes back at once is one change", async () => {
  const { clock, settling, given } = rig();
  settling.touch("a", "remove");
  await clock.advance(20);
  settling.touch("a", "create");
  settling.touch("a", "access");
  await clock.advance(1000);
  assertEquals(given, [["a"]]);
});

Deno.test("both sides of a rename are given out together", async () => {
  const { clock, settling, given } = rig();
  settling.touch("old", "remove");
  settling.touch("new", "rename");
  await clock.advance(1000);
  assertEquals(given, [["new", "old"]]);
});

Deno.test("a stream of removals holds up nobody for long", async () => {
  const { clock, settling, given } = rig();
  settling.touch("edited", "access");
  let waited = 0;
  for (; !given.flat().includes("edited") && waited < 5000; waited += 10) {
    settling.touch(`removed-${waited}`, "remove");
    await clock.advance(10);
  }
  assertEquals(waited <= 600, true);
});

Deno.test("nothing is given out once it is closed", async () => {
  const { clock, settling, given } = rig();
  settling.touch("a", "access");
  settling.close();
  await clock.advance(1000);
  assertEquals([given, clock.pending], [[], 0]);
});
