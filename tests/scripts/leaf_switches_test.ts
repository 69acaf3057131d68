/**
 * docs/leaf_switches.md shows, letter for letter, what the lab's routers load. `PORTER_UPDATE=1 deno test
 * -A tests/scripts/leaf_switches_test.ts` writes the texts anew.
 */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { leafConfig, leafFacts, subjectOf } from "../../lib/report/mod.ts";
import { birdText, frrText, topologies } from "../../scripts/lab/topologies/mod.ts";
import { addressOf, cluster } from "../support/objects.ts";

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

Deno.test("EOS and NX-OS wait in the same words as in router-config, and tell nothing", async () => {
  const text = await Deno.readTextFile(file);
  const said = (vendor: string) =>
    new RegExp(`${vendor}[^]*?\`\`\`text\n([^]*?)\`\`\``).exec(text)?.[1] ?? "";
  const subject = subjectOf(cluster());
  const facts = leafFacts(subject, undefined, [addressOf("10.0.0.11")]);
  assert(facts.ok, "no facts");
  const passive = (config: string) => /^ +(?:neighbor \S+ )?(.*passive)$/m.exec(config)?.[1];
  for (const [vendor, name] of [["eos", "Arista EOS:"], ["nxos", "Cisco NX-OS \\("]] as const) {
    const [shown, printed] = [said(name), leafConfig(vendor, facts.value)];
    assert(passive(shown) !== undefined, shown);
    assertEquals(passive(shown), passive(printed));
    for (const config of [shown, printed]) assertMatch(config, /prefix-list \S+ out$/m);
  }
});

/** The sections of the page and the topologies that they are of. */
const sections = [
  ["One leaf switch, with ADD-PATH", ["one-leaf", "one-leaf-frr"]],
  ["One leaf switch, without ADD-PATH", ["one-leaf-no-add-path", "one-leaf-no-add-path-frr"]],
  ["Two leaf switches, every node on both", ["two-leaves"]],
  ["Spines and leaves, an AS for each rack", ["spine-leaf"]],
  ["Route reflectors", ["route-reflector"]],
] as const;

for (const [title, names] of sections) {
  Deno.test(`"${title}" has every vendor, with the addresses and AS numbers of the lab`, async () => {
    const text = await Deno.readTextFile(file);
    const [, section = ""] = text.split(`\n## ${title}\n`);
    const part = section.split("\n## ")[0] ?? "";
    assertStringIncludes(part, "SONiC");
    const shown = names.flatMap((name) =>
      [...loaded].flatMap(([key, config]) => key.startsWith(`${name} `) ? [config] : [])
    ).join("\n");
    const known = (pattern: RegExp, config: string) =>
      new Set(Array.from(config.matchAll(pattern), ([, found]) => found ?? ""));
    const addresses = /(?<![\d.])(\d+\.\d+\.\d+\.\d+)(?![\d.])/g;
    const numbers = /(?:\bas|router bgp|remote-as|peer-as|autonomous-system) (\d+)/g;
    for (const vendor of ["Arista EOS", "Cisco NX-OS", "Junos"]) {
      const blocks = Array.from(
        part.matchAll(new RegExp(`\\n${vendor}[^\\n]*:\\n\\n\`\`\`text\\n([^]*?)\`\`\``, "g")),
        ([, config]) => config ?? "",
      );
      assert(blocks.length > 0, `${title} lacks ${vendor}`);
      const config = blocks.join("\n");
      const odd = [
        ...known(addresses, config).difference(known(addresses, `${shown} 0.0.0.0`)),
        ...known(numbers, config).difference(known(numbers, shown)),
      ];
      assertEquals(odd, [], vendor);
      // Each takes the pool alone from porter, and tells it nothing; a spine hears no porter.
      for (const each of blocks.filter((one) => /NODES|MANAGERS|EIPS/.test(one))) {
        assertMatch(
          each,
          vendor === "Junos" ? /import EIPS[^]*export NONE/ : /EIPS in[^]*NONE out/,
        );
      }
    }
  });
}
