import { assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  changedConditions,
  conditionChanges,
  mergePatch,
  strategicConditions,
} from "../../../lib/store/kubernetes/merge.ts";

/** RFC 7386, as its section 2 has it. */
function applied(target: unknown, patch: unknown): unknown {
  if (typeof patch !== "object" || patch === null || Array.isArray(patch)) return patch;
  const base = typeof target === "object" && target !== null && !Array.isArray(target)
    ? { ...target } as Record<string, unknown>
    : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete base[key];
    else base[key] = applied(base[key], value);
  }
  return base;
}

Deno.test("mergePatch() makes of any status the wanted one", () => {
  const { tree } = fc.letrec((tie) => ({
    tree: fc.dictionary(fc.constantFrom("a", "b", "c", "d"), tie("node"), {
      noNullPrototype: true,
    }),
    node: fc.oneof(
      { maxDepth: 4 },
      fc.nat(3),
      fc.constantFrom("x", "y"),
      fc.array(fc.nat(2)),
      tie("tree"),
    ),
  }));
  fc.assert(fc.property(tree, tree, (before, wanted) => {
    assertEquals(applied(before, mergePatch(before, wanted)), wanted);
  }));
});

Deno.test("mergePatch() says nothing of what stays", () => {
  const used = Object.fromEntries(
    Array.from({ length: 5000 }, (_, i) => [`100.64.${i >> 8}.${i & 255}`, `default/web-${i}`]),
  );
  const before = { usage: 5000, occupied: false, used };
  const { "100.64.0.7": _, ...others } = used;
  const wanted = { usage: 5000, occupied: false, used: { ...others, "100.64.200.1": "shop/web" } };
  assertEquals(mergePatch(before, wanted), {
    used: { "100.64.0.7": null, "100.64.200.1": "shop/web" },
  });
});

Deno.test("changes of conditions keep those that others wrote meanwhile", () => {
  const of = (type: string, status = "True") => ({ type, status });
  const shown = [of("Mine"), of("Old")];
  const changes = conditionChanges(shown, [of("Mine", "False"), of("New")]);
  const meanwhile = [of("Theirs"), of("Mine"), of("Old")];
  assertEquals(changedConditions(meanwhile, changes), [
    of("Theirs"),
    of("Mine", "False"),
    of("New"),
  ]);
  assertEquals(strategicConditions(changes), [
    of("Mine", "False"),
    of("New"),
    { $patch: "delete", type: "Old" },
  ]);
  assertEquals(conditionChanges(shown, null).removed, ["Mine", "Old"]);
});
