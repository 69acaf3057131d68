import { assertEquals } from "@std/assert";
import type { Failure, Tally } from "../../scripts/lab/web.ts";
import { inexcusable } from "../../scripts/lab/words.ts";

const changed = { from: 1000, to: 1100 };

function failed(at: number, ms: number): Failure {
  return { at, ms, kind: "ConnectionReset" };
}

function tally(mostAtOnce: number, ...failures: Failure[]): Tally {
  return { requests: 200, answers: { node1: 200 }, failures, slowest: 1, mostAtOnce, ms: 1000 };
}

Deno.test("only a request that was under way while the next hops changed may fail", () => {
  const excused = [failed(990, 20), failed(1050, 2000), failed(1100, 1), failed(900, 300)];
  assertEquals(inexcusable(tally(4, ...excused), changed), []);
  const [before, after] = [failed(900, 50), failed(1101, 1)];
  assertEquals(inexcusable(tally(9, before, ...excused, after), changed), [before, after]);
});

Deno.test("no more requests may fail than were ever under way at once", () => {
  const [first, second, third] = [failed(990, 20), failed(991, 20), failed(992, 20)];
  assertEquals(inexcusable(tally(2, first, second, third), changed), [third]);
});
