/** How the manager's writer tries again. */

import { assertEquals } from "@std/assert";
import { StatusWriter } from "../../lib/manager/writer.ts";
import {
  ConflictError,
  silentLog,
  type StatusPatch,
  UnreachableError,
} from "../../lib/ports/mod.ts";
import { FakeClock, settle } from "../support/fake_clock.ts";

const patch: StatusPatch = { object: { kind: "Eip", namespace: "", name: "edge" }, status: {} };

/** Milliseconds until the writer asks for a new plan, for each of so many failures in a row. */
async function waits(thrown: Error, failures: number): Promise<number[]> {
  const clock = new FakeClock();
  let asked = 0;
  const writer = new StatusWriter({
    store: { patch: () => Promise.reject(thrown) },
    clock,
    log: silentLog,
    again: () => void asked++,
  });
  const found: number[] = [];
  for (let failure = 0; failure < failures; failure++) {
    writer.write(() => [patch]);
    await settle();
    const from = clock.monotonic();
    while (asked <= failure) await clock.advance(10);
    found.push(clock.monotonic() - from);
  }
  await writer.stop();
  return found;
}

Deno.test("after a conflict the manager plans again soon: what it read is old", async () => {
  assertEquals(await waits(new ConflictError("it changed"), 3), [10, 20, 40]);
});

Deno.test("after a failure of the store the manager waits longer", async () => {
  assertEquals(await waits(new Error("the disk is full"), 2), [500, 1000]);
});

Deno.test("while nobody answers the manager asks again every two seconds", async () => {
  const found = await waits(new UnreachableError("connection refused"), 4);
  assertEquals(found, [500, 1000, 2000, 2000]);
});
