import { assertEquals } from "@std/assert";
import { Throttle } from "../../../lib/bgp/speaker/throttle.ts";
import { FakeClock } from "../../support/fake_clock.ts";

Deno.test("a key passes once a minute and tells how often it did not", async () => {
  const clock = new FakeClock();
  const throttle = new Throttle(clock);
  assertEquals(throttle.pass("a"), { heldBack: 0 });
  assertEquals(throttle.pass("a"), undefined);
  assertEquals(throttle.pass("a"), undefined);
  assertEquals(throttle.pass("b"), { heldBack: 0 });
  await clock.advance(60_000);
  assertEquals(throttle.pass("a"), { heldBack: 2 });
  assertEquals(throttle.pass("a"), undefined);
});
