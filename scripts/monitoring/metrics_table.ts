/**
 * The tables of metrics in docs/observe.md and docs/zh/observe.md, made from the rows that the metrics are
 * made of; the Chinese texts are in scripts/chinese, by the English ones.
 *
 *     deno run -A scripts/monitoring/metrics_table.ts            write them
 *     deno run -A scripts/monitoring/metrics_table.ts --check    fail when they are not those that there are
 *
 * @module
 */

import { allFamilies, type FamilyName } from "../../lib/observe/mod.ts";
import { metricTexts } from "../chinese/metrics.ts";
import { Translator } from "../chinese/translator.ts";

const titles = {
  both: "Manager and agent",
  manager: "Manager",
  agent: "Agent",
  metallb: "Manager, with `--metrics-compat=metallb`",
} as const;

const [begin, end] = [
  "<!-- metrics: made by scripts/monitoring/metrics_table.ts -->",
  "<!-- /metrics -->",
];

/** Says an English text in the language of the document. */
type Say = (english: string) => string;

/** The document with its tables as they shall be. Throws when it has no place for them. */
export function withTables(text: string, say: Say = (english) => english): string {
  const [before, rest] = text.split(begin);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined) throw new Error(`No "${begin}" in the document`);
  const tables = (Object.keys(titles) as (keyof typeof titles)[]).map((group) =>
    [
      `### ${say(titles[group])}`,
      "",
      `| ${["metric", "type", "labels", "what"].map(say).join(" | ")} |`,
      "| --- | --- | --- | --- |",
      ...allFamilies[group].map((family) => row(family, say)),
    ].join("\n")
  );
  return `${before}${begin}\n\n${tables.join("\n\n")}\n\n${end}${after}`;
}

/** The same in Chinese, and which texts are missing or of nothing. */
export function withChineseTables(
  text: string,
): { readonly text: string; readonly faults: readonly string[] } {
  const words = new Translator(metricTexts);
  return { text: withTables(text, words.of), faults: words.faults("scripts/chinese/metrics.ts") };
}

function row({ name, type, labels, help }: FamilyName, say: Say): string {
  const list = labels.map((label) => `\`${label}\``).join(", ");
  return `| \`${name}\` | ${type} | ${list} | ${say(help)} |`;
}

/** A table says the same however its columns are aligned. */
function bare(text: string): string {
  return text.replace(/ +\|/g, " |").replace(/\| -+(?= \|)/g, "| ---");
}

async function main(check: boolean): Promise<readonly string[]> {
  const faults: string[] = [];
  for (const path of ["docs/observe.md", "docs/zh/observe.md"]) {
    const file = new URL(`../../${path}`, import.meta.url);
    const before = await Deno.readTextFile(file);
    const chinese = path.includes("/zh/") ? withChineseTables(before) : undefined;
    const wanted = chinese?.text ?? withTables(before);
    faults.push(...chinese?.faults ?? []);
    if (!check) {
      await Deno.writeTextFile(file, wanted);
      await new Deno.Command(Deno.execPath(), { args: ["fmt", "--quiet", file.pathname] }).output();
    } else if (bare(before) !== bare(wanted)) {
      faults.push(`${path} is stale; run deno run -A scripts/monitoring/metrics_table.ts`);
    }
  }
  return faults;
}

if (import.meta.main) {
  const faults = await main(Deno.args.includes("--check"));
  for (const fault of faults) console.error(fault);
  if (faults.length > 0) Deno.exit(1);
}
