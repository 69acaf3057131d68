import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { withTables } from "../../scripts/monitoring/metrics_table.ts";

/** A table says the same however its columns are aligned. */
const bare = (text: string) => text.replace(/ +\|/g, " |").replace(/\| -+(?= \|)/g, "| ---");

Deno.test("docs/observe.md lists the metrics that there are", async () => {
  const text = await Deno.readTextFile(new URL("../../docs/observe.md", import.meta.url));
  assertEquals(bare(withTables(text)), bare(text));
});

Deno.test("a document without a place for the tables is told", () => {
  assertStringIncludes(assertThrows(() => withTables("# Watching")).message, "metrics_table.ts");
});
