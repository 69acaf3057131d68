import { assertEquals } from "@std/assert";
import { linesOf } from "../../scripts/docs/lines.ts";

Deno.test("linesOf() tells prose from code, also in an item, in a block without a name, and in one left open", () => {
  const text = "a\n```sh\nls\n```\nb\n  ```\n  x\n  ```\n```text\nend";
  assertEquals(linesOf(text).map(({ line, kind, language }) => `${line} ${kind} ${language}`), [
    ...["1 prose undefined", "2 opens sh", "3 code sh", "4 closes sh", "5 prose undefined"],
    ...["6 opens ", "7 code ", "8 closes ", "9 opens text", "10 code text"],
  ]);
});
