/**
 * The imports of porter's source, as `deno info --json` resolves them.
 *
 * @module
 */

import { fromFileUrl, walk } from "./files.ts";

/** One import or re-export of a file. */
export interface Import {
  /** The importing file, relative to the checkout. */
  readonly from: string;
  /** Counted from 1. */
  readonly line: number;
  /** As written. */
  readonly specifier: string;
  /** The imported file, relative to the checkout; undefined for a package. */
  readonly to: string | undefined;
}

/** main.ts and every .ts file of lib/, relative to the checkout, sorted. */
export async function sourceFiles(root: URL): Promise<string[]> {
  const files = await walk(root, "lib", ".ts");
  const main = await Deno.stat(new URL("main.ts", root)).then(() => ["main.ts"], () => []);
  return [...files, ...main].sort();
}

interface InfoModule {
  readonly specifier: string;
  readonly error?: string;
  readonly dependencies?: readonly InfoDependency[];
}

interface InfoDependency {
  readonly specifier: string;
  readonly code?: Resolved;
  readonly type?: Resolved;
}

interface Resolved {
  readonly specifier?: string;
  readonly error?: string;
  readonly span: { readonly start: { readonly line: number } };
}

/** Every import of these files. Throws when a file cannot be read, parsed or resolved. */
export async function readImports(root: URL, files: readonly string[]): Promise<Import[]> {
  // One entry module in memory, so that files nothing imports are looked at as well.
  const entry = files.map((file) => `import ${JSON.stringify(new URL(file, root).href)};`).join("");
  const ran = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", `data:application/typescript,${encodeURIComponent(entry)}`],
    cwd: fromFileUrl(root),
  }).output();
  if (!ran.success) throw new Error(`deno info: ${new TextDecoder().decode(ran.stderr).trim()}`);
  const info: { modules: InfoModule[] } = JSON.parse(new TextDecoder().decode(ran.stdout));
  const wanted = new Map(files.map((file) => [new URL(file, root).href, file]));
  const imports: Import[] = [];
  for (const module of info.modules) {
    const from = wanted.get(module.specifier);
    if (from === undefined) continue;
    if (module.error) throw new Error(`${from}: ${module.error}`);
    for (const dependency of module.dependencies ?? []) {
      imports.push(readImport(root, from, dependency));
    }
  }
  return imports;
}

function readImport(root: URL, from: string, dependency: InfoDependency): Import {
  const resolved = dependency.code ?? dependency.type;
  const line = (resolved?.span.start.line ?? 0) + 1;
  if (resolved?.specifier === undefined) {
    throw new Error(`${from}:${line}: Cannot resolve "${dependency.specifier}"`);
  }
  const inside = resolved.specifier.startsWith(root.href);
  const to = inside ? resolved.specifier.slice(root.href.length) : undefined;
  return { from, line, specifier: dependency.specifier, to };
}
