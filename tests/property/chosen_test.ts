/**
 * The choice among next hops: as many as may be, one member moves for one node, and a node that leaves
 * never leaves fewer behind than the floor.
 */

import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { type Path, plainAttributes } from "../../lib/bgp/model/mod.ts";
import { addressKey, hostPrefix, ipv4, ipv6, type Prefix } from "../../lib/net/mod.ts";
import { chosenPaths } from "../../lib/plan/chosen.ts";

const nobody: ReadonlySet<number | bigint> = new Set();

function path(last: number): Path {
  return { nextHop: ipv4(0x0a000000 + last), attributes: plainAttributes };
}

const prefix: fc.Arbitrary<Prefix> = fc.oneof(
  fc.nat(0xffff).map((low) => hostPrefix(ipv4(0xcb007100 + low))),
  fc.nat(0xffff).map((low) => hostPrefix(ipv6((0x20010db8n << 96n) + BigInt(low)))),
);
const nodes = fc.uniqueArray(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 30 });
const max = fc.integer({ min: 1, max: 8 });

function chosen(paths: readonly Path[], prefix: Prefix, max: number): readonly Path[] {
  return chosenPaths(paths, { prefix, max, floor: 1, drained: nobody, leaving: nobody });
}

Deno.test("a node that comes or goes moves one member of a choice at most", () => {
  fc.assert(fc.property(prefix, nodes, max, (prefix, numbers, max) => {
    const [gone, ...others] = numbers.map(path);
    const before = chosen([gone, ...others].filter((each) => each !== undefined), prefix, max);
    const after = chosen(others, prefix, max);
    assertEquals(before.length, Math.min(max, numbers.length));
    assertEquals(after.length, Math.min(max, others.length));
    const kept = before.filter((each) => each !== gone);
    assert(kept.every((each) => after.includes(each)), "a node that stays has lost its place");
    assert(after.filter((each) => !before.includes(each)).length <= 1);
  }));
});

Deno.test("the order of nodes does not matter, and every node is chosen about as often", () => {
  const paths = Array.from({ length: 10 }, (_, index) => path(index + 1));
  const counts = new Map<Path, number>();
  for (let low = 0; low < 3000; low++) {
    const prefix = hostPrefix(ipv4(0xcb007100 + low));
    const some = chosen(paths, prefix, 3);
    assertEquals(new Set(chosen(paths.toReversed(), prefix, 3)), new Set(some));
    for (const each of some) counts.set(each, (counts.get(each) ?? 0) + 1);
  }
  // 900 each on the whole.
  for (const count of counts.values()) assert(count > 750 && count < 1050, `${count}`);
  assertEquals(counts.size, 10);
});

Deno.test("drained nodes give way before they leave, and the floor stays", () => {
  const phases = fc.array(fc.constantFrom("sound", "sound", "drained", "leaving"), {
    minLength: 1,
    maxLength: 12,
  });
  fc.assert(
    fc.property(prefix, phases, fc.option(max), fc.nat(4), (prefix, phases, max, floor) => {
      const paths = phases.map((_, index) => path(index + 1));
      const of = (phase: string) => paths.filter((_, index) => phases[index] === phase);
      const keys = (list: readonly Path[]) => new Set(list.map((each) => addressKey(each.nextHop)));
      const some = chosenPaths(paths, {
        prefix,
        max: max ?? undefined,
        floor,
        drained: keys([...of("drained"), ...of("leaving")]),
        leaving: keys(of("leaving")),
      });
      const most = max ?? Infinity;
      const sound = some.filter((each) => of("sound").includes(each));
      assertEquals(sound.length, Math.min(most, of("sound").length));
      assert(some.length >= Math.min(floor, most, paths.length));
      const staying = of("sound").length + of("drained").length;
      const left = some.filter((each) => of("leaving").includes(each));
      assert(left.length <= Math.max(0, floor - staying));
    }),
  );
});
