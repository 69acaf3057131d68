import { assertEquals } from "@std/assert";
import { backoff, retryAfter } from "../../../lib/store/kubernetes/backoff.ts";

Deno.test("retryAfter() reads seconds and dates, and believes no more than it is told to", () => {
  const now = Date.parse("2026-01-31T12:00:00Z");
  const at = { now, most: 30_000 };
  assertEquals(retryAfter("7", at), 7000);
  assertEquals(retryAfter("9999", at), 30_000);
  assertEquals(retryAfter("Sat, 31 Jan 2026 12:00:05 GMT", at), 5000);
  assertEquals(retryAfter("Sat, 31 Jan 2026 11:00:00 GMT", at), 0);
  for (const none of [null, "", "soon", "-1", "1.5"]) assertEquals(retryAfter(none, at), undefined);
});

Deno.test("backoff() grows to its bound, half of it by chance", () => {
  const times = { first: 100, last: 1000 };
  assertEquals([1, 2, 3, 9].map((n) => backoff(n, times, () => 1)), [100, 200, 400, 1000]);
  assertEquals([1, 2, 3, 9].map((n) => backoff(n, times, () => 0)), [50, 100, 200, 500]);
});
