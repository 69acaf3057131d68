import { assertEquals } from "@std/assert";
import { versionFaults, versionsIn, withVersion } from "../../scripts/version.ts";

Deno.test("every place that names porter's version says the same", async () => {
  assertEquals(await versionFaults(), []);
});

Deno.test("a version is found and put in place of another wherever the pattern says", () => {
  const text = "image: porter:0.1.0\nother: 0.1.0\nimage: porter:0.1.1\n";
  const pattern = /^image: porter:(\S+)$/gm;
  assertEquals(versionsIn(text, pattern), ["0.1.0", "0.1.1"]);
  assertEquals(
    withVersion(text, pattern, "0.2.0"),
    "image: porter:0.2.0\nother: 0.1.0\nimage: porter:0.2.0\n",
  );
});
