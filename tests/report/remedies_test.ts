import { assert, assertEquals } from "@std/assert";
import { completables } from "../../lib/cli/completion/model.ts";
import { createProgram } from "../../lib/cli/program.ts";
import { chainReasons } from "../../lib/report/mod.ts";
import { type ChainReason, remedy } from "../../lib/report/remedies.ts";
import { refusalMeanings } from "../../lib/refusal/mod.ts";

const reasons = [...Object.keys(refusalMeanings), ...Object.keys(chainReasons)] as ChainReason[];

Deno.test("what is told to do next names only commands that there are", () => {
  const commands = new Set(completables(createProgram(() => {})).map(({ name }) => name));
  const told = reasons.flatMap((reason) => remedy(reason) ?? []);
  assert(told.length > 30);
  const named = told.flatMap((text) =>
    [...text.matchAll(/\bporter ((?:[a-z]+-)*[a-z]+)\b/g)].map(([, name = ""]) => name)
  );
  assert(named.length > 5);
  assertEquals(named.filter((name) => !commands.has(name)), []);
});

Deno.test("every reason of a chain that is no refusal has a next step", () => {
  const without = Object.keys(chainReasons).filter((each) =>
    remedy(each as ChainReason) === undefined
  );
  assertEquals(without, []);
});
