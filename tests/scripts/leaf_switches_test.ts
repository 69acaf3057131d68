/**
 * docs/leaf_switches.md shows, letter for letter, what the lab's routers load. `PORTER_UPDATE=1 deno test
 * -A tests/scripts/leaf_switches_test.ts` writes the texts anew.
 */

import { assert, assertEquals } from "@std/assert";
import { birdText, frrText, topologies } from "../../scripts/lab/topologies/mod.ts";

const file = new URL("../../docs/leaf_switches.md", import.meta.url);

/** What the lab loads, by "topology role". */
const loaded: ReadonlyMap<string, string> = new Map(
  topologies.flatMap(({ name, routers }) =>
    routers.map(({ role, software, spec }) =>
      [`${name} ${role}`, software === "bird" ? birdText(spec) : frrText(spec)] as const
    )
  ),
);

const block = /(<!-- lab: (\S+ \S+) -->\n\n```text\n)([\s\S]*?)(```\n)/g;

/** The document with what the lab loads in its marked blocks. */
function written(text: string): string {
  return text.replace(block, (_, head: string, name: string, _old: string, tail: string) => {
    const config = loaded.get(name);
    assert(config !== undefined, `the lab has no router "${name}"`);
    return `${head}${config}${tail}`;
  });
}

Deno.test("the leaf switches' configurations are what the lab loads", async () => {
  const text = await Deno.readTextFile(file);
  const expected = written(text);
  if (Deno.env.get("PORTER_UPDATE") === "1") await Deno.writeTextFile(file, expected);
  else assertEquals(text, expected);
});

Deno.test("every topology's leaf switches are shown, of BIRD and of FRR", async () => {
  const text = await Deno.readTextFile(file);
  const shown = new Set(Array.from(text.matchAll(block), (match) => match[2] ?? ""));
  // Of those over IPv6 one of each kind is enough: they differ in words only.
  const leaves = [...loaded].filter(([name]) => /^(?!.*-v6 ).* leaf\d$/.test(name));
  assert(leaves.length >= 8);
  assert([...shown].filter((name) => name.includes("-v6 ")).length >= 2);
  const configs = [...shown].map((name) => loaded.get(name) ?? "");
  assertEquals(leaves.filter(([, config]) => !configs.includes(config)), []);
  assert(configs.some((config) => config.startsWith("log stderr")), "none of BIRD");
  assert(configs.some((config) => config.includes("\nrouter bgp ")), "none of FRR");
});
