import { assert, assertEquals, assertMatch } from "@std/assert";
import { checkDocument, type Promised } from "../../scripts/docs/markdown.ts";
import { readDocs, sourceFaults } from "../../scripts/docs/source.ts";

const promised: Promised = {
  tasks: new Set(["lab", "crds:check"]),
  commands: new Map([
    ["", new Set(["-h", "--help"])],
    ["plan", new Set(["-o", "--output"])],
  ]),
  exists: (path) => ["docs/a.md", "docs/adr/b.md", "lib/net", "lib/net/mod.ts"].includes(path),
};

const documents: { name: string; text: string; fault: RegExp | undefined; path?: string }[] = [
  { name: "a link that leads somewhere", text: "[a](docs/a.md#part)", fault: undefined },
  { name: "a link that leads nowhere", text: "[a](docs/x.md)", fault: /docs\/x\.md leads nowhere/ },
  {
    name: "a link from a folder",
    text: "[b](../adr/b.md)",
    path: "docs/adr/c.md",
    fault: undefined,
  },
  { name: "a task", text: "`deno task crds:check`", fault: undefined },
  {
    name: "a task by npx",
    text: "```sh\nnpx --yes deno@2.9.6 task lab  # x\n```",
    fault: undefined,
  },
  { name: "no such task", text: "```sh\ndeno task lob\n```", fault: /no task "lob"/ },
  { name: "a command with a flag", text: "`./porter plan DIR -o json`", fault: undefined },
  { name: "porter's own flag", text: "`porter --help`", fault: undefined },
  { name: "no such command", text: "```sh\nporter paln x\n```", fault: /no command "porter paln"/ },
  { name: "no such flag", text: "`porter plan --json`", fault: /"porter plan" has no flag --json/ },
  { name: "a file", text: "`lib/net/mod.ts`", fault: undefined },
  { name: "no such file", text: "`lib/net/nod.ts`", fault: /no lib\/net\/nod\.ts/ },
];

for (const { name, text, fault, path } of documents) {
  Deno.test(`checkDocument() ${fault ? "refuses" : "allows"} ${name}`, () => {
    const { faults, promises } = checkDocument(path ?? "README.md", text, promised);
    assertEquals(promises > 0, true, "found nothing to check");
    assertEquals(faults.length, fault ? 1 : 0, faults.join("\n"));
    if (fault) assertMatch(faults[0] ?? "", fault);
  });
}

Deno.test("checkDocument() counts no promise in plain prose", () => {
  const text = "porter paln is prose; so is https://example.com/x and [x](https://example.com).";
  assertEquals(checkDocument("README.md", text, promised), { faults: [], promises: 0 });
});

const good = `/**
 * What it is for.
 *
 * @module
 */

/** Adds. */
export function add(a: number, b: number): number {
  return a + b;
}

/** A thing. */
export class Thing {
  /** Does it. */
  run(): void {}
  #hidden(): void {}
}
`;

const sources: { name: string; text: string; faults: RegExp[] }[] = [
  { name: "a documented file", text: good, faults: [] },
  {
    name: "a re-export",
    text: `/**\n * A face.\n *\n * @module\n */\n\nexport { add } from "./good.ts";\n`,
    faults: [],
  },
  { name: "no module block", text: "/** X. */\nexport const x = 1;\n", faults: [/does not open/] },
  { name: "no @module", text: good.replace(" * @module\n", ""), faults: [/does not open/] },
  {
    name: "a symbol without a comment",
    text: good.replace("/** Adds. */\n", ""),
    faults: [/:7: add has no doc comment/],
  },
  {
    name: "a method without a comment",
    text: good.replace("  /** Does it. */\n", ""),
    faults: [/Thing\.run has no doc comment/],
  },
];

for (const { name, text, faults } of sources) {
  Deno.test(`sourceFaults() tells of ${name}`, async () => {
    const dir = await Deno.makeTempDir();
    try {
      await Deno.writeTextFile(`${dir}/good.ts`, good);
      await Deno.writeTextFile(`${dir}/x.ts`, text);
      const root = new URL(`file://${dir}/`);
      const found = sourceFaults(root, await readDocs(root, ["x.ts"]), ["x.ts"]);
      assertEquals(found.length, faults.length, found.join("\n"));
      faults.forEach((fault, at) => assertMatch(found[at] ?? "", fault));
    } finally {
      await Deno.remove(dir, { recursive: true });
    }
  });
}

Deno.test("sourceFaults() tells of a file that was not read", () => {
  const faults = sourceFaults(new URL("file:///x/"), { nodes: {} }, ["lib/a.ts"]);
  assert(faults[0]?.includes("does not know it"), faults.join());
});
