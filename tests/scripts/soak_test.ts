import { assert, assertEquals } from "@std/assert";
import { slope } from "../../scripts/soak/growth.ts";
import { SoakPlan } from "../../scripts/soak/plan.ts";

Deno.test("slope() finds the line, also through noise", () => {
  assertEquals(slope([[0, 5], [1, 7], [2, 9]]), 2);
  assertEquals(slope([[0, 1], [1, 3], [2, 1], [3, 3], [4, 1]]), 0);
  assertEquals(slope([]), 0);
  assertEquals(slope([[3, 1]]), 0);
});

Deno.test("a soak's plan is the same for whoever computes it, in whatever steps", () => {
  const [one, two] = [new SoakPlan(7), new SoakPlan(7)];
  one.change(5000);
  for (let step = 0; step < 50; step++) two.change(100);
  assertEquals(one.table(), two.table());
  assert(one.table().length > 1000);
  const before = one.table();
  one.change(1);
  const after = new Set(one.table());
  assert(before.filter((line) => !after.has(line)).length <= 1);
  assert(one.table().join() !== before.join(), "a change changes something");
});
