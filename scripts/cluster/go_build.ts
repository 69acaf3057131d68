/**
 * Builds a program of a recipe with the machine's Go, visibly: how many packages of how many are
 * compiled, and how long it has taken.
 *
 * @module
 */

import { messageOf } from "../../lib/result/mod.ts";
import { must, run } from "../lab/command.ts";
import { formatMs } from "../lab/wait.ts";
import { buildFlags, goMod, goVersion, linkerFlags, type Program, type Recipe } from "./recipes.ts";

/** The message says what is missing and how to get it. */
export class GoMissing extends Error {
  override readonly name = "GoMissing";
  /** `found` is the version of a Go that is too old, `cause` why another one could not be fetched. */
  constructor(readonly found: string | undefined, cause?: unknown) {
    super(
      `The test cluster is built from source with Go ${goVersion} or newer; ` +
        (found === undefined ? "there is no go on PATH.\n" : `go on PATH is ${found}.\n`) +
        "Unpack the archive of https://go.dev/dl/ to /usr/local/go and run this again,\n" +
        "or set KUBEBUILDER_ASSETS to a folder that has the programs." +
        (cause === undefined ? "" : `\nOne could not be fetched: ${messageOf(cause)}`),
      { cause },
    );
  }
}

/** A Go that can build the recipes. */
export interface Go {
  readonly command: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Finds Go on PATH, or where its installation notes put it. Throws GoMissing. */
export async function findGo(): Promise<Go> {
  let found: string | undefined;
  for (const command of ["go", "/usr/local/go/bin/go"]) {
    const said = await run([command, "env", "GOVERSION"]).catch(() => undefined);
    if (said?.code !== 0) continue;
    const version = said.stdout.trim().replace(/^go/, "");
    found ??= version;
    const env = goEnv(version);
    if (env !== undefined) return { command, env };
  }
  throw new GoMissing(found);
}

/** What to run a Go of this version with; undefined for one that is too old to help itself. */
export function goEnv(version: string): Readonly<Record<string, string>> | undefined {
  const common = { CGO_ENABLED: "0", GOWORK: "off", GOFLAGS: "" };
  const minor = (text: string) => Number(/^1\.(\d+)/.exec(text)?.[1] ?? 0);
  if (minor(version) >= minor(goVersion)) return common;
  // Since 1.21 an older Go fetches the newer one that a go.mod asks for, when it is let.
  return minor(version) >= 21 ? { ...common, GOTOOLCHAIN: "auto" } : undefined;
}

/**
 * Builds `program` into `folder`, which is empty and whose rest is of no use afterwards. Throws what
 * Go complains of, and the signal's reason once Go has ended.
 */
export async function build(
  go: Go,
  recipe: Recipe,
  program: Program,
  folder: string,
  signal?: AbortSignal,
): Promise<string> {
  const source = `${folder}/source`;
  const temporary = `${folder}/go-build`;
  const goFolders = { ...go, env: { ...go.env, GOTMPDIR: temporary } };
  await Deno.mkdir(source, { recursive: true });
  await Deno.mkdir(temporary, { recursive: true });
  const progress = new Progress(`${program.file} ${recipe.version}`);
  progress.say("downloading its source");
  const itsGoMod = await downloaded(goFolders, recipe, source);
  await Deno.writeTextFile(`${source}/go.mod`, goMod(recipe, itsGoMod));
  const list = await ask(goFolders, source, ["list", "-mod=mod", "-deps", program.package]);
  progress.say(`compiling; the first time this takes minutes`);
  progress.total = list.trim().split("\n").length;
  const output = `${folder}/${program.file}`;
  const flags = [...buildFlags, "-v", `-ldflags=${linkerFlags(recipe)}`, "-o", output];
  await compile(goFolders, source, ["build", ...flags, program.package], {
    progress,
    signal,
  });
  progress.say("built");
  return output;
}

/** The text of the module's own go.mod. */
async function downloaded(go: Go, recipe: Recipe, cwd: string): Promise<string> {
  const name = `${recipe.module}@${recipe.version}`;
  const told = JSON.parse(await ask(go, cwd, ["mod", "download", "-json", name]));
  return await Deno.readTextFile((told as { readonly GoMod: string }).GoMod);
}

async function ask(go: Go, cwd: string, args: readonly string[]): Promise<string> {
  return await must([go.command, ...args], { cwd, env: go.env });
}

/** Go names each package on stderr when it begins with it (-v); all else there are its complaints. */
async function compile(
  go: Go,
  cwd: string,
  args: readonly string[],
  { progress, signal }: { readonly progress: Progress; readonly signal: AbortSignal | undefined },
): Promise<void> {
  signal?.throwIfAborted();
  const child = new Deno.Command(go.command, {
    args: [...args],
    cwd,
    env: { ...go.env },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  // On an interrupt, and on nothing else, Go ends the compilers that it has started.
  const interrupt = () => child.kill("SIGINT");
  signal?.addEventListener("abort", interrupt);
  const said: string[] = [];
  let rest = "";
  for await (const text of child.stderr.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    said.push(...lines);
    progress.compiled(lines.filter((line) => /^\S+$/.test(line)).length);
  }
  const { code } = await child.status;
  signal?.removeEventListener("abort", interrupt);
  signal?.throwIfAborted();
  if (code === 0) return;
  const complaints = [...said, rest].filter((line) => !/^\S*$/.test(line));
  throw new Error(`go ${args.join(" ")}: exit code ${code}:\n${complaints.slice(-40).join("\n")}`);
}

/** Tells on stderr, at most every ten seconds beside what is new. */
class Progress {
  total = 0;
  readonly #what: string;
  readonly #start = performance.now();
  #compiled = 0;
  #told = performance.now();

  constructor(what: string) {
    this.#what = what;
  }

  say(text: string): void {
    const time = formatMs(performance.now() - this.#start);
    Deno.stderr.writeSync(new TextEncoder().encode(`${this.#what}: ${text} (${time})\n`));
  }

  compiled(count: number): void {
    this.#compiled += count;
    if (performance.now() - this.#told < 10_000) return;
    this.#told = performance.now();
    this.say(`${this.#compiled} of at most ${this.total} packages`);
  }
}
