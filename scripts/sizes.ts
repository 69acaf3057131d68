/**
 * File lengths: a report, and a fault for every file of lib/ and scripts/ above the ceiling.
 *
 * @module
 */

import { walk } from "./files.ts";

/** No file is longer, in lines. */
export const ceiling = 300;

/** A file and its lines. */
export interface Size {
  readonly path: string;
  readonly lines: number;
}

/** The lengths of all files of these folders. Throws when there are none. */
export async function readSizes(root: URL, folders: readonly string[]): Promise<Size[]> {
  const paths = (await Promise.all(folders.map((folder) => walk(root, folder, ".ts")))).flat();
  if (paths.length === 0) throw new Error(`No files in ${folders.join(", ")}`);
  return await Promise.all(paths.map(async (path) => {
    const text = await Deno.readTextFile(new URL(path, root));
    return { path, lines: text.split("\n").length - 1 };
  }));
}

/** The files above the ceiling, one line each. */
export function sizeFaults(sizes: readonly Size[]): string[] {
  return sizes.filter(({ lines }) => lines > ceiling)
    .map(({ path, lines }) => `${path}: ${lines} lines, more than ${ceiling}`);
}

/** Median, p90 and maximum in one line. */
export function sizeReport(sizes: readonly Size[]): string {
  const sorted = sizes.map(({ lines }) => lines).sort((a, b) => a - b);
  const at = (part: number) =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];
  return `${sorted.length} files, lines: median ${at(0.5)}, p90 ${at(0.9)}, max ${sorted.at(-1)}`;
}

if (import.meta.main) {
  const sizes = await readSizes(new URL("..", import.meta.url), ["lib", "scripts"]);
  const faults = sizeFaults(sizes);
  for (const fault of faults) console.error(fault);
  console.log(sizeReport(sizes));
  Deno.exit(faults.length === 0 ? 0 : 1);
}
