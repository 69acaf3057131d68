import { assertEquals, assertMatch } from "@std/assert";
import { placeFaults, translated, twinFaults, twinOf } from "../../scripts/docs/twins.ts";

const english = `# BFD

English | [中文](zh/bfd.md)

It sees a loss after \`3\` packets ([the lab](lab.md), [why](adr/0013.md),
<https://example.com/>): 300 ms.

- one
- two

\`\`\`sh
porter plan DIR    # look first
porter peers
\`\`\`

| a | b |
| - | - |
| 1 | 2 |

## Not done

Echo.
`;

const chinese = `# BFD

[English](../bfd.md) | 中文

丢失 \`3\` 个报文（[实验](lab.md)、[原因](../adr/0013.md)、<https://example.com/>）后发现：300 ms。

- 一
- 二

\`\`\`sh
porter plan DIR  # 先看看
porter peers
\`\`\`

| 甲 | 乙 |
| -- | -- |
| 1  | 2  |

## 没有做的

Echo。
`;

const faultsOf = (text: string) => twinFaults("docs/bfd.md", english, text);

Deno.test("twinFaults() allows a page that differs in words only", () => {
  assertEquals(faultsOf(chinese), []);
});

const changes: { name: string; from: string; to: string; fault: RegExp }[] = [
  {
    name: "a heading of another level",
    from: "## 没",
    to: "### 没",
    fault: /^docs\/zh\/bfd\.md:19: heading ###, but heading ## in docs\/bfd\.md:20$/,
  },
  {
    name: "a paragraph that is missing",
    from: "\nEcho。\n",
    to: "",
    fault: /^docs\/zh\/bfd\.md: lacks paragraph of docs\/bfd\.md:22$/,
  },
  {
    name: "a paragraph too many",
    from: "Echo。\n",
    to: "Echo。\n\n还有。\n",
    fault: /^docs\/zh\/bfd\.md:23: paragraph: not in docs\/bfd\.md$/,
  },
  {
    name: "an item that is missing",
    from: "- 二\n",
    to: "",
    fault: /:9: code block "sh", but item/,
  },
  {
    name: "another language of a code block",
    from: "```sh",
    to: "```bash",
    fault: /:10: code block "bash", but code block "sh" in docs\/bfd\.md:11$/,
  },
  {
    name: "other code",
    from: "porter peers",
    to: "porter peer",
    fault: /:12: code "porter peer", but code "porter peers" in docs\/bfd\.md:13$/,
  },
  {
    name: "a comment that is missing",
    from: "  # 先看看",
    to: "",
    fault: /:11: code "porter plan/,
  },
  { name: "a row that is missing", from: "| 1  | 2  |\n", to: "", fault: /but table row of 2/ },
  {
    name: "a column that is missing",
    from: "| 甲 | 乙 |",
    to: "| 甲 |",
    fault: /:15: table row of 1 columns, but table row of 2 columns/,
  },
  {
    name: "a link to the English page where there is a twin",
    from: "(lab.md)",
    to: "(../lab.md)",
    fault: /:5: docs\/lab\.md, but docs\/zh\/lab\.md in docs\/bfd\.md:5$/,
  },
  {
    name: "a link that was not adjusted to the folder",
    from: "(../adr",
    to: "(adr",
    fault: /:5: docs\/zh\/adr\/0013\.md, but docs\/adr\/0013\.md/,
  },
  {
    name: "a link to elsewhere that is missing",
    from: "、<https://example.com/>",
    to: "",
    fault: /lacks https:\/\/example\.com\/ of docs\/bfd\.md:6$/,
  },
  {
    name: "no link to the other language",
    from: "[English](../bfd.md)",
    to: "[English](bfd.md)",
    fault: /^docs\/zh\/bfd\.md:3: is not "\[English\]\(\.\.\/bfd\.md\) \| 中文"$/,
  },
];

for (const { name, from, to, fault } of changes) {
  Deno.test(`twinFaults() refuses ${name}`, () => {
    const changed = chinese.replace(from, to);
    assertEquals(changed === chinese, false);
    assertMatch(faultsOf(changed)[0] ?? "no fault", fault);
  });
}

Deno.test("twinFaults() names what only one side has of code spans and numbers", () => {
  assertEquals(faultsOf(chinese.replace("`3`", "`4`").replace("300 ms", "400 ms，IPv4")), [
    "docs/bfd.md:5: `3`: not in docs/zh/bfd.md",
    "docs/zh/bfd.md:5: `4`: not in docs/bfd.md",
    "docs/bfd.md:6: number 300: not in docs/zh/bfd.md",
    "docs/zh/bfd.md:5: number 400: not in docs/bfd.md",
  ]);
});

const all = [...translated, ...translated.map(twinOf), "CONTRIBUTING.md", "docs/adr/0001-x.md"];

Deno.test("placeFaults() allows each page with its twin, and pages that need none", () => {
  assertEquals(placeFaults(all), []);
});

const places: { name: string; documents: string[]; fault: RegExp }[] = [
  {
    name: "a twin that is missing",
    documents: all.filter((path) => path !== "README_zh.md"),
    fault: /^README\.md: its twin README_zh\.md is missing$/,
  },
  {
    name: "a page that went and left its twin",
    documents: all.filter((path) => path !== "docs/faq.md"),
    fault: /^docs\/faq\.md: is not there/,
  },
  {
    name: "an extra twin",
    documents: [...all, "docs/zh/x.md"],
    fault: /^docs\/zh\/x\.md: is in no/,
  },
  {
    name: "a new page",
    documents: [...all, "docs/new.md"],
    fault: /^docs\/new\.md: is in no list/,
  },
];

for (const { name, documents, fault } of places) {
  Deno.test(`placeFaults() tells of ${name}`, () => {
    const faults = placeFaults(documents);
    assertEquals(faults.length, 1, faults.join("\n"));
    assertMatch(faults[0] ?? "", fault);
  });
}
