/**
 * `deno task build`: makes the one executable `./porter` with the permissions of lib/cli/permissions.ts
 * baked in. `deno compile` needs a runtime that it downloads; where that cannot be had, the same
 * program becomes one bundled file that `deno` (on PATH) runs with the same permissions (docs/adr/0016).
 *
 *     deno task build [--exec-plugin PROGRAM]... [--output FILE] [--target TRIPLE]
 *
 * With --target it is for another platform (`deno compile --help` lists them), and never a bundle.
 * With --exec-plugin a kubeconfig may name this program for credentials (client.authentication.k8s.io).
 *
 * @module
 */

import { parseArgs } from "node:util";
import { engineFlags } from "../lib/cli/engine.ts";
import { commandPermissions, permissionFlags } from "../lib/cli/permissions.ts";
import { catchSignals, Interrupted, runChild } from "./test/child.ts";

const root = new URL("..", import.meta.url);

/**
 * How the bundle is run: nothing outside the file is read as code or configuration. The kernel cuts a
 * first line after 255 bytes, so a shell takes the second one, which is a string and a comment to deno.
 */
function headOf(flags: readonly string[]): string {
  return [
    "#!/bin/sh",
    `":" //; exec deno run --quiet --ext=js --no-config --no-lock --no-remote --no-npm ` +
    `${flags.join(" ")} "$0" "$@"`,
  ].join("\n");
}

/** What is to be made. */
interface Wanted {
  readonly plugins: readonly string[];
  readonly output: string;
  /** Undefined for this platform. */
  readonly target: string | undefined;
}

/** Makes the executable; says what it made, or why not. */
async function build(folder: string, { plugins, output, target }: Wanted): Promise<number> {
  const commands = Object.keys(commandPermissions) as (keyof typeof commandPermissions)[];
  const flags = [...engineFlags, ...permissionFlags(commands, plugins)];
  const compiled = `${folder}/porter`;
  const platform = target === undefined ? [] : [`--target=${target}`];
  const compile = await deno([
    ...["compile", "--quiet", ...platform, ...flags],
    ...[`--output=${compiled}`, "main.ts"],
  ]);
  if (compile.code === 0) return await place(compiled, output, "compiled");
  const missing = runtimeMissing(compile.text);
  if (missing === undefined) return fail("deno compile", compile.text);
  if (target !== undefined) return fail("deno compile", missing);
  console.log(`${missing}\nUntil then porter is one file that deno on PATH runs.`);

  const bundled = `${folder}/bundle.js`;
  const bundle = await deno([
    "bundle",
    "--quiet",
    "--platform=deno",
    `--output=${bundled}`,
    "main.ts",
  ]);
  if (bundle.code !== 0) return fail("deno bundle", bundle.text);
  const source = (await Deno.readTextFile(bundled)).replace(/^#!.*\n/, "");
  await Deno.writeTextFile(bundled, `${headOf(flags)}\n${source}`);
  return await place(bundled, output, "bundled, needs deno on PATH");
}

/** What is missing and how to get it, by what deno compile says; undefined where its runtime is not the fault. */
export function runtimeMissing(text: string): string | undefined {
  if (!/Setting up base binary|Could not find denort/.test(text)) return undefined;
  const [, reason = "it cannot be had"] =
    /(Could not find denort at .*|error sending request .*|client error .*)/.exec(text) ?? [];
  const from = /https?:\/\/\S+\.zip/.exec(text)?.[0] ??
    `https://dl.deno.land/release/v${Deno.version.deno}`;
  return `deno compile lacks its runtime, denort: ${reason.replace(/ for url \(.*?\)/, "")}
To get it, let this machine reach ${
    new URL(from).host
  } (HTTPS_PROXY counts) and build again; or fetch denort on
another one, unpack it, and name it here:
  ${from}
  DENORT_BIN=/path/to/denort deno task build`;
}

function deno(args: readonly string[]) {
  return runChild([Deno.execPath(), ...args], { output: "piped" });
}

/** Moves it into place at once: a porter that runs keeps its own file. */
async function place(made: string, output: string, how: string): Promise<number> {
  await Deno.chmod(made, 0o755);
  await Deno.rename(made, output);
  const { size } = await Deno.stat(output);
  console.log(`${output}: ${how}, ${(size / 2 ** 20).toFixed(1)} MiB`);
  return 0;
}

/** Plugins go into a shell's line and into a list with commas between. */
function readArguments(args: readonly string[]): Wanted {
  const { values } = parseArgs({
    args: [...args],
    options: {
      "exec-plugin": { type: "string", multiple: true, default: [] },
      output: { type: "string", default: "./porter" },
      target: { type: "string" },
    },
  });
  const { output, target } = values;
  const plugins = values["exec-plugin"];
  const odd = plugins.find((each) => !/^[A-Za-z0-9._/-]+$/.test(each));
  if (odd !== undefined) throw new Error(`--exec-plugin "${odd}": no program's name or path`);
  return { plugins, output, target };
}

function fail(what: string, text: string): number {
  console.error(`${text.trim()}\n${what} failed`);
  return 1;
}

if (import.meta.main) {
  let wanted: Wanted;
  try {
    wanted = readArguments(Deno.args);
  } catch (thrown) {
    console.error(`deno task build: ${thrown instanceof Error ? thrown.message : thrown}`);
    Deno.exit(1);
  }
  Deno.chdir(root);
  catchSignals();
  await Deno.mkdir("build", { recursive: true });
  const folder = await Deno.makeTempDir({ dir: "build" });
  try {
    Deno.exitCode = await build(folder, wanted);
  } catch (thrown) {
    if (!(thrown instanceof Interrupted)) throw thrown;
    Deno.exitCode = thrown.code;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  Deno.exit();
}
