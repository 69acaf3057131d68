import { assertEquals, assertRejects } from "@std/assert";
import { readSizes, sizeFaults, sizeReport } from "../../scripts/sizes.ts";

const root = new URL("../..", import.meta.url);

Deno.test("sizeFaults() names the files above 300 lines", () => {
  const sizes = [{ path: "lib/a.ts", lines: 300 }, { path: "lib/b.ts", lines: 301 }];
  assertEquals(sizeFaults(sizes), ["lib/b.ts: 301 lines, more than 300"]);
  assertEquals(sizeReport(sizes), "2 files, lines: median 301, p90 301, max 301");
});

Deno.test("readSizes() counts the lines of real files", async () => {
  const sizes = await readSizes(root, ["lib/result"]);
  const text = await Deno.readTextFile(new URL("lib/result/mod.ts", root));
  assertEquals(sizes, [{ path: "lib/result/mod.ts", lines: text.trimEnd().split("\n").length }]);
});

Deno.test("readSizes() refuses folders without files", async () => {
  await assertRejects(() => readSizes(root, ["lib/nothing"]));
});
