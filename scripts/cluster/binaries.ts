/**
 * The programs of the test cluster: those of KUBEBUILDER_ASSETS when that is set, else built once from
 * source into a cache outside the checkout, `$XDG_CACHE_HOME/porter` or `~/.cache/porter`, by version.
 *
 *     deno run -A scripts/cluster/binaries.ts [kubeApiserver etcd kubeProxy kubectl helm]
 *
 * builds what is missing and prints where each is.
 *
 * @module
 */

import { build, findGo, type Go, GoMissing } from "./go_build.ts";
import { cachedGo } from "./go_toolchain.ts";
import { type BinaryName, buildFlags, type Recipe, recipeOf, recipes } from "./recipes.ts";

export type { BinaryName } from "./recipes.ts";
export { type Go, GoMissing } from "./go_build.ts";

/** Every program there is a recipe for. */
export const binaryNames: readonly BinaryName[] = recipes.flatMap((recipe) =>
  Object.keys(recipe.programs) as BinaryName[]
);

/** Where each program is; builds those that are nowhere, which takes minutes. Throws GoMissing. */
export async function ensureBinaries<Name extends BinaryName>(
  names: readonly Name[],
  signal?: AbortSignal,
): Promise<Readonly<Record<Name, string>>> {
  const paths: Partial<Record<Name, string>> = {};
  for (const name of names) paths[name] = await findBinary(name) ?? await buildOnce(name, signal);
  return paths as Record<Name, string>;
}

/** Where a program is; undefined when it has yet to be built. */
export async function findBinary(name: BinaryName): Promise<string | undefined> {
  const { file } = recipeOf(name).program;
  const assets = Deno.env.get("KUBEBUILDER_ASSETS");
  const candidates = [await cached(name)];
  if (assets !== undefined && assets !== "") candidates.unshift(`${assets}/${file}`);
  // Any kubectl will do; the others stand for their version.
  if (name === "kubectl") candidates.push(...pathFolders().map((folder) => `${folder}/${file}`));
  for (const path of candidates) {
    if (await isFile(path)) return path;
  }
  return undefined;
}

/** The cache's folder. Throws when neither XDG_CACHE_HOME nor HOME is set. */
export function cacheFolder(): string {
  const base = Deno.env.get("XDG_CACHE_HOME");
  if (base !== undefined && base.startsWith("/")) return `${base}/porter`;
  const home = Deno.env.get("HOME");
  if (home === undefined || home === "") throw new Error("neither XDG_CACHE_HOME nor HOME is set");
  return `${home}/.cache/porter`;
}

/** Another recipe, be it of the same version, is another folder. */
async function cached(name: BinaryName): Promise<string> {
  const { recipe, program } = recipeOf(name);
  return `${cacheFolder()}/${recipe.name}-${await fingerprint(recipe)}/${program.file}`;
}

async function fingerprint({ programs: _, ...recipe }: Recipe): Promise<string> {
  const text = new TextEncoder().encode(JSON.stringify([recipe, buildFlags]));
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", text));
  return digest.slice(0, 4).toHex();
}

/** Builds under a lock, beside its place, and moves it there when it is whole. */
async function buildOnce(name: BinaryName, signal?: AbortSignal): Promise<string> {
  const { recipe, program } = recipeOf(name);
  const path = await cached(name);
  const scratch = `${cacheFolder()}/building`;
  await Deno.mkdir(cacheFolder(), { recursive: true });
  // flock(2): the kernel lets go of it when its holder dies.
  using lock = await Deno.open(`${cacheFolder()}/lock`, { create: true, write: true });
  await takeLock(lock);
  try {
    // Whoever had the lock before may have built it.
    if (await isFile(path)) return path;
    await removeAll(scratch);
    const go = await anyGo(signal);
    const built = await build(go, recipe, program, scratch, signal);
    await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    await Deno.rename(built, path);
    return path;
  } finally {
    await removeAll(scratch);
  }
}

/** The machine's Go, else one of our own; what it downloads and compiles stays in the cache. Throws GoMissing. */
export async function anyGo(signal?: AbortSignal): Promise<Go> {
  const cache = cacheFolder();
  const { command, env } = await findGo().catch(async (missing: unknown) => {
    if (!(missing instanceof GoMissing)) throw missing;
    const own = await cachedGo(cache, signal).catch((thrown: unknown) => {
      signal?.throwIfAborted();
      throw new GoMissing(missing.found, thrown);
    });
    if (own === undefined) throw missing;
    return own;
  });
  return { command, env: { ...env, GOPATH: `${cache}/go-path`, GOCACHE: `${cache}/go-cache` } };
}

async function takeLock(lock: Deno.FsFile): Promise<void> {
  if (await lock.tryLock(true)) return;
  console.error("Another process builds the test cluster's programs; waiting for it");
  await lock.lock(true);
}

function pathFolders(): readonly string[] {
  return (Deno.env.get("PATH") ?? "").split(":").filter((folder) => folder !== "");
}

async function isFile(path: string): Promise<boolean> {
  return await Deno.stat(path).then((info) => info.isFile, () => false);
}

async function removeAll(path: string): Promise<void> {
  await Deno.remove(path, { recursive: true }).catch((thrown) => {
    if (!(thrown instanceof Deno.errors.NotFound)) throw thrown;
  });
}

if (import.meta.main) {
  const wanted = Deno.args.length === 0 ? binaryNames : Deno.args;
  const unknown = wanted.filter((name) => !binaryNames.includes(name as BinaryName));
  if (unknown.length > 0) {
    console.error(`Unknown: ${unknown.join(", ")}; there are ${binaryNames.join(", ")}`);
    Deno.exit(1);
  }
  const interrupted = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(signal, () => interrupted.abort());
  }
  try {
    const paths = await ensureBinaries(wanted as BinaryName[], interrupted.signal);
    for (const [name, path] of Object.entries(paths)) console.log(`${name} ${path}`);
    Deno.exit(0);
  } catch (thrown) {
    if (interrupted.signal.aborted) Deno.exit(130);
    console.error(thrown instanceof GoMissing ? thrown.message : String(thrown));
    Deno.exit(1);
  }
}
