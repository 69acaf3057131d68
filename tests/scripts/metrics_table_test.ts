import { assertStringIncludes, assertThrows } from "@std/assert";
import { withTables } from "../../scripts/monitoring/metrics_table.ts";

Deno.test("a document without a place for the tables is told", () => {
  assertStringIncludes(assertThrows(() => withTables("# Watching")).message, "metrics_table.ts");
});
