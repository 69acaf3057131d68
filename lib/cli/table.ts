/**
 * Answers as tables for people, and as JSON or YAML for programs.
 *
 * @module
 */

import { Option } from "@commander-js/extra-typings";
import { stringify } from "yaml";

/** How an answer is printed; wide has more columns. */
export const outputs = ["table", "wide", "json", "yaml"] as const;

/** How an answer is printed. */
export type Output = typeof outputs[number];

/** `-o`. */
export const outputOption = new Option("-o, --output <FORM>", "how to print it")
  .choices(outputs).default("table" as const);

/** A column: its title and what stands in it. */
export interface Column<Row> {
  readonly title: string;
  readonly of: (row: Row) => string | number;
  /** Only with -o wide. */
  readonly wide?: true;
}

/** Writes rows under titles, every column as wide as it must be; one line says that there are none. */
export function table<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  { wide, none }: { readonly wide: boolean; readonly none: string },
): string {
  if (rows.length === 0) return none;
  const shown = columns.filter((column) => wide || column.wide !== true);
  const lines = [
    shown.map(({ title }) => title),
    ...rows.map((row) => shown.map(({ of }) => String(of(row)).replaceAll("\n", " ") || "-")),
  ];
  const widths = shown.map((_, at) => Math.max(...lines.map((line) => line[at]?.length ?? 0)));
  return lines.map((line) =>
    line.map((text, at) => at === line.length - 1 ? text : text.padEnd(widths[at] ?? 0)).join("  ")
      .trimEnd()
  ).join("\n");
}

/** Writes a value for programs. */
export function data(value: unknown, output: "json" | "yaml"): string {
  return output === "json"
    ? JSON.stringify(value, null, 2)
    : stringify(value, { lineWidth: 0, aliasDuplicateObjects: false }).trimEnd();
}

/** A span of time in at most two units: "3d4h", "5m", "12s". */
export function span(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const [d, h, m, s] = [
    Math.floor(seconds / 86_400),
    Math.floor(seconds / 3600) % 24,
    Math.floor(seconds / 60) % 60,
    seconds % 60,
  ];
  if (d > 0) return `${d}d${h}h`;
  if (h > 0) return `${h}h${m}m`;
  return m > 0 ? `${m}m${s}s` : `${s}s`;
}
