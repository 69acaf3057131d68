import { assert, assertEquals, assertMatch } from "@std/assert";
import { type Import, readImports, sourceFiles } from "../../scripts/imports.ts";
import { emptyRows, layerFaults } from "../../scripts/layers.ts";

const root = new URL("../..", import.meta.url);

function file(from: string, to: string): Import {
  return { from, line: 7, specifier: `(${to})`, to };
}

function package_(from: string, specifier: string): Import {
  return { from, line: 7, specifier, to: undefined };
}

const good = file("lib/plan/plan.ts", "lib/net/mod.ts");

const cases: { name: string; imports: Import[]; fault: RegExp | undefined }[] = [
  { name: "an import inwards", imports: [good], fault: undefined },
  {
    name: "an import within a folder",
    imports: [file("lib/store/mod.ts", "lib/store/directory/watch.ts")],
    fault: undefined,
  },
  {
    name: "an import outwards",
    imports: [file("lib/plan/plan.ts", "lib/store/mod.ts")],
    fault: /^lib\/plan\/plan\.ts:7: lib\/plan \(ring 0\) imports lib\/store \(ring 3\)/,
  },
  {
    name: "a loop that imports an adapter",
    imports: [file("lib/manager/manager.ts", "lib/system/mod.ts")],
    fault: /ring 2.*ring 3/,
  },
  {
    name: "an import past mod.ts",
    imports: [file("lib/plan/plan.ts", "lib/net/address.ts")],
    fault: /name its mod\.ts/,
  },
  {
    name: "an import into a folder below",
    imports: [file("lib/cli/manager.ts", "lib/store/directory/mod.ts")],
    fault: /reaches into lib\/store/,
  },
  {
    name: "a BGP speaker that knows Kubernetes",
    imports: [file("lib/bgp/rib/diff.ts", "lib/objects/mod.ts")],
    fault: /stands on its own/,
  },
  {
    name: "two folders that import each other",
    imports: [
      good,
      file("lib/net/x.ts", "lib/host/mod.ts"),
      file("lib/host/x.ts", "lib/plan/mod.ts"),
    ],
    fault: /lib\/plan -> lib\/net -> lib\/host -> lib\/plan/,
  },
  {
    name: "a folder without a row",
    imports: [good, file("lib/utils/x.ts", "lib/net/mod.ts")],
    fault: /"lib\/utils\/x\.ts" is in no folder/,
  },
  {
    name: "an import out of lib",
    imports: [file("lib/net/x.ts", "tests/support/assert.ts")],
    fault: /leaves lib\//,
  },
  {
    name: "zod at the door",
    imports: [good, package_("lib/objects/x.ts", "zod")],
    fault: undefined,
  },
  {
    name: "zod beyond the door",
    imports: [good, package_("lib/plan/x.ts", "zod")],
    fault: /"zod" may not be used in lib\/plan/,
  },
  {
    name: "Node in an adapter",
    imports: [good, package_("lib/system/x.ts", "node:net")],
    fault: undefined,
  },
  {
    name: "Node in a loop",
    imports: [good, package_("lib/bgp/speaker/x.ts", "node:net")],
    fault: /rings 3 and 4/,
  },
  { name: "nothing", imports: [], fault: /nothing was checked/ },
  {
    name: "packages only",
    imports: [package_("lib/objects/x.ts", "zod")],
    fault: /nothing was checked/,
  },
];

for (const { name, imports, fault } of cases) {
  Deno.test(`layerFaults() ${fault ? "refuses" : "allows"} ${name}`, () => {
    const faults = layerFaults(imports);
    assertEquals(faults.length, fault ? 1 : 0, faults.join("\n"));
    if (fault) assertMatch(faults[0] ?? "", fault);
  });
}

Deno.test("emptyRows() names a folder that is gone", () => {
  assert(emptyRows(["lib/net/mod.ts"]).some((fault) => fault.includes('"lib/plan"')));
  assert(!emptyRows(["lib/net/mod.ts"]).some((fault) => fault.includes('"lib/net"')));
});

Deno.test("readImports() sees type imports, re-exports and packages of the real source", async () => {
  const files = await sourceFiles(root);
  const imports = await readImports(root, files);
  const has = (from: string, to: string) =>
    imports.some((found) => found.from === from && found.to === to);
  assert(has("lib/net/mod.ts", "lib/net/address.ts"), "a re-export");
  assert(has("lib/ports/kernel.ts", "lib/host/mod.ts"), "a type import");
  assert(imports.length >= files.length, `${imports.length} imports of ${files.length} files`);
});
