import { assertEquals, assertStringIncludes } from "@std/assert";
import { Translator } from "../../scripts/chinese/translator.ts";
import { pictureTexts } from "../../scripts/chinese/pictures.ts";
import { chinesePicture } from "../../scripts/pictures.ts";
import { withChineseTables } from "../../scripts/monitoring/metrics_table.ts";
import { chineseReference } from "../../scripts/reference.ts";

Deno.test("a text without Chinese is told, and Chinese that nothing says any more", () => {
  const words = new Translator({ "peer": "对等体", "gone": "没有了" });
  assertEquals([words.of("peer"), words.of("new"), words.of("constructor")], [
    ...["对等体", "new", "constructor"],
  ]);
  assertEquals(words.faults("here.ts"), [
    "here.ts: has no Chinese for: new",
    "here.ts: has no Chinese for: constructor",
    "here.ts: nothing says any more: gone",
  ]);
});

Deno.test("the reference and the metrics are in Chinese, all of them", () => {
  const reference = chineseReference();
  assertEquals(reference.faults, []);
  assertStringIncludes(reference.text, "| `spec.address`（必填） | 字符串 | ");
  const place = "<!-- metrics: made by scripts/monitoring/metrics_table.ts --><!-- /metrics -->";
  const metrics = withChineseTables(place);
  assertEquals(metrics.faults, []);
  assertStringIncludes(metrics.text, "### manager 与 agent");
});

Deno.test("a Chinese picture is the English drawing, and a word without Chinese is told", async () => {
  for (const [name, texts] of Object.entries(pictureTexts)) {
    const file = new URL(`../../docs/images/${name}.svg`, import.meta.url);
    const english = await Deno.readTextFile(file);
    const { svg, faults } = chinesePicture(english, texts);
    assertEquals(faults, []);
    const lines = (text: string) => [...text.matchAll(/<(path|rect|text|g)\b[^>]*/g)].map(String);
    assertEquals(lines(svg), lines(english));
  }
  const more = chinesePicture("<svg><text>new word</text></svg>", {});
  assertEquals(more.faults, ["scripts/chinese/pictures.ts: has no Chinese for: new word"]);
});
