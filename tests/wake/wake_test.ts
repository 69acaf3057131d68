import { assertEquals } from "@std/assert";
import { Wake } from "../../lib/wake/mod.ts";
import { FakeClock } from "../support/fake_clock.ts";

function bench() {
  const clock = new FakeClock();
  const calls: number[] = [];
  const wake = new Wake(clock, () => void calls.push(clock.monotonic()));
  return { clock, calls, wake };
}

Deno.test("Wake comes once for all who asked, when the first of them wants it", async () => {
  const { clock, calls, wake } = bench();
  wake.within(100);
  wake.within(20);
  wake.within(50);
  assertEquals([wake.at, clock.pending], [20, 1]);
  await clock.advance(200);
  assertEquals([calls, wake.at], [[20], undefined]);
  wake.within(30);
  await clock.advance(30);
  assertEquals(calls, [20, 230]);
});

Deno.test("Wake that was called off does not come, and may be asked again", async () => {
  const { clock, calls, wake } = bench();
  wake.within(10);
  wake.cancel();
  await clock.advance(50);
  assertEquals([calls, clock.pending], [[], 0]);
  wake.within(10);
  await clock.advance(10);
  assertEquals(calls, [60]);
});

Deno.test("Wake may be asked from within its own call", async () => {
  const clock = new FakeClock();
  let left = 3;
  const wake: Wake = new Wake(clock, () => {
    if (--left > 0) wake.within(5);
  });
  wake.within(5);
  await clock.advance(100);
  assertEquals([left, wake.at], [0, undefined]);
});
