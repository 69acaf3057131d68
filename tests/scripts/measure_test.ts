import { assertEquals } from "@std/assert";
import { formatSpread, percentile } from "../../scripts/bench/measure.ts";

Deno.test("percentile() is of the values in order, its last the largest, of none not a number", () => {
  const values = [9, 1, 5, 3, 7];
  assertEquals([0, 0.5, 0.99, 1].map((part) => percentile(values, part)), [1, 5, 9, 9]);
  assertEquals(values, [9, 1, 5, 3, 7]);
  assertEquals(percentile([], 0.5), NaN);
  assertEquals(formatSpread(values), "5.00 ms p50, 9.00 ms at most");
});
