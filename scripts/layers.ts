/**
 * Checks the rings (docs/adr, scripts/rings.ts) over every import of lib/ and main.ts: inwards only,
 * across folders by `mod.ts`, no cycle between folders, packages only where they are allowed. It
 * fails when it finds no imports at all, and when a row of the table has lost its folder.
 *
 *     deno task layers
 *
 * @module
 */

import { readImports, sourceFiles } from "./imports.ts";
import type { Import } from "./imports.ts";
import { aloneMayUse, folderOf, packages, ringOf, rings, standingAlone } from "./rings.ts";

/** Everything that is wrong with these imports, one line each. */
export function layerFaults(imports: readonly Import[]): string[] {
  if (!imports.some((found) => found.to !== undefined)) {
    return ["No import between files was found, so nothing was checked"];
  }
  const faults = imports.flatMap((found) => {
    const fault = importFault(found);
    return fault === undefined ? [] : [`${found.from}:${found.line}: ${fault}`];
  });
  const cycle = folderCycle(imports);
  if (cycle) faults.push(`The folders import each other: ${cycle.join(" -> ")}`);
  return faults;
}

function importFault({ from, to, specifier }: Import): string | undefined {
  const folder = folderOf(from);
  if (folder === undefined) return `"${from}" is in no folder of scripts/rings.ts; add a row`;
  if (to === undefined) return packageFault(folder, specifier);
  const target = folderOf(to);
  if (target === undefined) return `"${specifier}" leaves lib/`;
  if (target === folder) return undefined;
  const [ring, targetRing] = [rings[folder] ?? 0, rings[target] ?? 0];
  if (targetRing > ring) {
    return `${folder} (ring ${ring}) imports ${target} (ring ${targetRing}); imports go inwards only`;
  }
  const alone = standingAlone.find((part) => isWithin(folder, part));
  if (alone !== undefined && !isWithin(target, alone) && !aloneMayUse.includes(target)) {
    return `${folder} imports ${target}; ${alone} stands on its own`;
  }
  if (to !== `${target}/mod.ts`) return `"${specifier}" reaches into ${target}; name its mod.ts`;
  return undefined;
}

function isWithin(folder: string, part: string): boolean {
  return folder === part || folder.startsWith(`${part}/`);
}

function packageFault(folder: string, specifier: string): string | undefined {
  if (specifier.startsWith("node:")) {
    return (rings[folder] ?? 0) >= 3 ? undefined : `"${specifier}" is for rings 3 and 4`;
  }
  if (packages[specifier]?.includes(folder)) return undefined;
  return `"${specifier}" may not be used in ${folder} (scripts/rings.ts, packages)`;
}

/** A round trip through folders, the first folder repeated at the end; undefined when there is none. */
function folderCycle(imports: readonly Import[]): string[] | undefined {
  const next = new Map<string, Set<string>>();
  for (const { from, to } of imports) {
    const [folder, target] = [folderOf(from), to === undefined ? undefined : folderOf(to)];
    if (folder === undefined || target === undefined || folder === target) continue;
    next.set(folder, (next.get(folder) ?? new Set()).add(target));
  }
  const done = new Set<string>();
  const walk = (folder: string, path: string[]): string[] | undefined => {
    const start = path.indexOf(folder);
    if (start >= 0) return [...path.slice(start), folder];
    if (done.has(folder)) return undefined;
    for (const target of next.get(folder) ?? []) {
      const cycle = walk(target, [...path, folder]);
      if (cycle) return cycle;
    }
    done.add(folder);
    return undefined;
  };
  for (const folder of next.keys()) {
    const cycle = walk(folder, []);
    if (cycle) return cycle;
  }
  return undefined;
}

/** Rows of the ring table that no file belongs to. */
export function emptyRows(files: readonly string[]): string[] {
  const used = new Set(files.map(folderOf));
  return Object.keys(rings).filter((folder) => !used.has(folder))
    .map((folder) => `scripts/rings.ts: "${folder}" has no file`);
}

if (import.meta.main) {
  const root = new URL("..", import.meta.url);
  const files = await sourceFiles(root);
  const imports = await readImports(root, files);
  const faults = [...layerFaults(imports), ...emptyRows(files)];
  for (const fault of faults) console.error(fault);
  const edges = imports.filter((found) => found.to !== undefined).length;
  const inner = files.filter((file) => ringOf(file) === 0).length;
  console.log(
    `${edges} imports of ${files.length} files (${inner} in ring 0): ` +
      (faults.length === 0 ? "inwards only" : `${faults.length} faults`),
  );
  Deno.exit(faults.length === 0 ? 0 : 1);
}
