/** @module */

import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { PrefixTable } from "../../../lib/bgp/rib/prefix_table.ts";
import { formatPrefix, hostPrefix, ipv4, ipv6, type Prefix, prefix } from "../../../lib/net/mod.ts";

const prefixes: fc.Arbitrary<Prefix> = fc.oneof(
  // Few values and lengths, so that the same prefix and its covering ones come often.
  fc.tuple(fc.integer({ min: 0, max: 40 }), fc.constantFrom(0, 8, 31, 32))
    .map(([n, length]) => prefix(ipv4(0xffffff00 + n), length)),
  fc.tuple(fc.bigInt({ min: 0n, max: 9n }), fc.constantFrom(0, 32, 127, 128))
    .map(([n, length]) => prefix(ipv6((0x20010db8n << 96n) + n), length)),
);

Deno.test("PrefixTable finds, inserts and removes as a map of texts would", () => {
  const steps = fc.array(fc.record({ prefix: prefixes, remove: fc.boolean() }), { maxLength: 300 });
  fc.assert(fc.property(steps, (all) => {
    const table = new PrefixTable();
    const model = new Map<string, number>();
    let next = 0;
    for (const { prefix, remove } of all) {
      const text = formatPrefix(prefix);
      assertEquals(table.find(prefix), model.get(text) ?? -1);
      if (remove) {
        table.remove(prefix);
        model.delete(text);
      } else if (!model.has(text)) {
        table.insert(prefix, next);
        model.set(text, next++);
      }
    }
    for (const { prefix } of all) {
      assertEquals(table.find(prefix), model.get(formatPrefix(prefix)) ?? -1);
    }
  }));
});

Deno.test("PrefixTable grows past its first size and keeps every slot, also after removals", () => {
  const table = new PrefixTable();
  const all = Array.from({ length: 5000 }, (_, i) => hostPrefix(ipv4(0x64400000 + i * 3)));
  all.forEach((prefix, slot) => table.insert(prefix, slot));
  all.forEach((prefix, slot) => assertEquals(table.find(prefix), slot));
  all.forEach((prefix, slot) => slot % 2 === 0 && table.remove(prefix));
  all.forEach((prefix, slot) => assertEquals(table.find(prefix), slot % 2 === 0 ? -1 : slot));
});
