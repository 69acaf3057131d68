import { assertEquals } from "@std/assert";
import { contest } from "../../scripts/bench/contest.ts";
import type { SenderName } from "../../scripts/bench/senders.ts";
import type { TransferResult } from "../../scripts/bench/transfer.ts";

const took: Readonly<Record<SenderName, number>> = {
  "bare": 100,
  "porter": 200,
  "porter-live": 250,
  "bird": 3000,
  "gobgp": 1600,
};

/** A measurement in which those of `failing` fail at the run of that number. */
function measuring(failing: Partial<Record<SenderName, number>>) {
  const runs = new Map<SenderName, number>();
  return (name: SenderName): Promise<TransferResult> => {
    const run = (runs.get(name) ?? 0) + 1;
    runs.set(name, run);
    if (run === failing[name]) return Promise.reject(new Error(`${name} broke off`));
    return Promise.resolve({ ms: took[name] + run, memoryPeak: 40 + run });
  };
}

Deno.test("a bench keeps the rows of the others when one sender fails, and says who did", async () => {
  const { rows, failed } = await contest(100_000, measuring({ "porter-live": 2 }));
  assertEquals(failed, ["porter, from setRoutes on an open session: porter-live broke off"]);
  assertEquals(rows.slice(1), [
    ["bare Deno program, prepared bytes", "3", "102 ms", "101 ms", "103 ms", "43", "1.0 x"],
    ["porter, routes before the session", "3", "202 ms", "201 ms", "203 ms", "43", "2.0 x"],
    ["BIRD (its last UPDATE waits 3 s)", "3", "3.00 s", "3.00 s", "3.00 s", "43", "29.4 x"],
    ["GoBGP", "3", "1.60 s", "1.60 s", "1.60 s", "43", "15.7 x"],
  ]);
});

Deno.test("a bench compares with nothing when the yardstick fails", async () => {
  const { rows, failed } = await contest(1_000_000, measuring({ "bare": 1 }));
  assertEquals(failed, ["bare Deno program, prepared bytes: bare broke off"]);
  assertEquals(rows.slice(1).map((row) => row.at(-1)), ["-", "-", "-", "-"]);
  assertEquals(rows.at(-1)?.[1], "1", "GoBGP sends a million routes once");
});
