/**
 * The tables of metrics in docs/observe.md, made from the rows that the metrics are made of.
 *
 *     deno run -A scripts/monitoring/metrics_table.ts
 *
 * @module
 */

import { allFamilies, type FamilyName } from "../../lib/observe/mod.ts";

const document = new URL("../../docs/observe.md", import.meta.url);

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

/** The document with its tables as they shall be. Throws when it has no place for them. */
export function withTables(text: string): string {
  const [before, rest] = text.split(begin);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined) throw new Error(`No "${begin}" in the document`);
  const tables = (Object.keys(titles) as (keyof typeof titles)[]).map((group) =>
    [
      `### ${titles[group]}`,
      "",
      "| metric | type | labels | what |",
      "| --- | --- | --- | --- |",
      ...allFamilies[group].map(row),
    ].join("\n")
  );
  return `${before}${begin}\n\n${tables.join("\n\n")}\n\n${end}${after}`;
}

function row({ name, type, labels, help }: FamilyName): string {
  const list = labels.map((label) => `\`${label}\``).join(", ");
  return `| \`${name}\` | ${type} | ${list} | ${help} |`;
}

if (import.meta.main) {
  await Deno.writeTextFile(document, withTables(await Deno.readTextFile(document)));
  await new Deno.Command(Deno.execPath(), { args: ["fmt", "--quiet", document.pathname] }).output();
}
