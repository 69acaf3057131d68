import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { delta, SortedView } from "../../lib/plan/order.ts";

/** Values that are ordered by number and told apart by reference. */
interface Value {
  readonly number: number;
  readonly name: string;
}

function byNumber(a: Value, b: Value): number {
  return a.number - b.number || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
}

const values = fc.uniqueArray(
  fc.record({ number: fc.nat(30), name: fc.constantFrom("a", "b", "c") }),
  { selector: ({ number, name }) => `${number} ${name}`, maxLength: 80, size: "max" },
);

Deno.test("a SortedView is its list, sorted, whether few or many values come and go", () => {
  const sizes = { few: 0, many: 0 };
  fc.assert(
    fc.property(
      values,
      fc.array(fc.tuple(values, fc.nat(80)), { maxLength: 5 }),
      (first, steps) => {
        const view = new SortedView(byNumber);
        let list: readonly Value[] = first;
        assertEquals(view.update(list), [...list].sort(byNumber));
        for (const [more, cut] of steps) {
          const kept = list.slice(Math.min(cut, list.length));
          const added = more.filter((each) => !kept.some((other) => byNumber(each, other) === 0));
          const change = delta(list, [...kept, ...added]);
          sizes[change.removed.size + change.added.length > 32 ? "many" : "few"]++;
          list = [...kept, ...added];
          assertEquals(view.update(list), [...list].sort(byNumber));
        }
        for (const each of list) {
          assert(view.find((other) => byNumber(other, each)) === each);
        }
        assertEquals(view.find(({ number }) => number - 99), undefined);
      },
    ),
    { numRuns: 300 },
  );
  assert(sizes.few > 100 && sizes.many > 100, JSON.stringify(sizes));
});

Deno.test("a SortedView is the same array as long as nothing comes or goes", () => {
  const view = new SortedView<number>((a, b) => a - b);
  const sorted = view.update([3, 1, 2]);
  assert(view.update([2, 3, 1]) === sorted);
  assert(view.apply({ removed: new Set(), added: [] }) === sorted);
});

Deno.test("a SortedView refuses to lose what it does not have", () => {
  const view = new SortedView<number>((a, b) => a - b);
  view.update([1, 2, 3]);
  assertThrows(() => view.apply({ removed: new Set([7]), added: [] }));
  assertEquals(view.sorted, [1, 2, 3]);
});
