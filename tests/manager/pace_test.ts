import { assertEquals } from "@std/assert";
import { Pace } from "../../lib/manager/pace.ts";

Deno.test("a change is planned at once, one on its heels with all that come meanwhile", () => {
  const pace = new Pace();
  assertEquals(pace.wait(100), 0);
  pace.planned(101);
  assertEquals([pace.wait(102), pace.wait(103), pace.wait(104)], [2, 1, 0]);
});

Deno.test("changes that never pause are gathered for longer, up to 24 ms, and one after a pause is not", () => {
  const pace = new Pace();
  let now = 0;
  const rests: number[] = [];
  for (let pass = 0; pass < 6; pass++) {
    const wait = pace.wait(now);
    rests.push(wait);
    now += wait;
    pace.planned(now);
  }
  assertEquals(rests, [0, 3, 6, 12, 24, 24]);
  assertEquals(pace.wait(now + 30), 0);
  pace.planned(now + 30);
  assertEquals(pace.wait(now + 30), 3);
});
