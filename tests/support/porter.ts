/**
 * The executable that was built, for tests: the one that PORTER names, or `./porter` of the checkout,
 * built anew when the sources are newer.
 *
 * @module
 */

import { walk } from "../../scripts/files.ts";

const root = new URL("../..", import.meta.url);

const given = Deno.env.get("PORTER") || undefined;

/** The path of the executable. */
export const executable: string = given ?? new URL("porter", root).pathname;

/** What a run came to. */
export interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** How to run it. */
export interface RunOptions {
  readonly stdin?: string | Uint8Array;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

let built: Promise<void> | undefined;

/** Runs porter to its end. */
export async function porter(args: readonly string[], options: RunOptions = {}): Promise<Run> {
  const child = await start(args, options);
  const writer = child.stdin.getWriter();
  const { stdin = "" } = options;
  await writer.write(typeof stdin === "string" ? new TextEncoder().encode(stdin) : stdin)
    .then(() => writer.close())
    // It ended without reading.
    .catch(() => {});
  const { code, stdout, stderr } = await child.output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

/** Starts porter with pipes. */
export async function start(
  args: readonly string[],
  options: RunOptions = {},
): Promise<Deno.ChildProcess> {
  await (built ??= build());
  return new Deno.Command(executable, {
    args: [...args],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.env === undefined ? {} : { env: { ...options.env } }),
  }).spawn();
}

/** Builds it unless it was given, or is there and newer than every source. */
export async function build(): Promise<void> {
  if (given !== undefined) return;
  const sources = [...await walk(root, "lib", ".ts"), "main.ts", "deno.json", "scripts/build.ts"];
  const times = await Promise.all(sources.map(modified));
  const made = await modified("porter").catch(() => 0);
  if (times.every((time) => time < made)) return;
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", new URL("scripts/build.ts", root).pathname],
  }).output();
  if (!success) throw new Error([stdout, stderr].map((b) => new TextDecoder().decode(b)).join(""));
}

async function modified(path: string): Promise<number> {
  const { mtime } = await Deno.stat(new URL(path, root));
  return mtime?.getTime() ?? 0;
}
