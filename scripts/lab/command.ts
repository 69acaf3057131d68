/**
 * Running programs for the lab: wait for the whole output, or throw with what they said.
 *
 * @module
 */

/** What a program left. */
export interface Output {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** How to run a program. */
export interface RunOptions {
  readonly stdin?: string;
  readonly cwd?: string;
  /** Set beside what this process has. */
  readonly env?: Readonly<Record<string, string>>;
  /** Kills the program when aborted. */
  readonly signal?: AbortSignal;
}

/** A program ended with a code other than 0. */
export class CommandError extends Error {
  override readonly name = "CommandError";
}

/** Runs a program to its end; never throws for its exit code. */
export async function run(argv: readonly string[], options: RunOptions = {}): Promise<Output> {
  const [program, ...args] = argv;
  if (program === undefined) throw new Error("nothing to run");
  options.signal?.throwIfAborted();
  const child = new Deno.Command(program, {
    args,
    stdin: options.stdin === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.env === undefined ? {} : { env: { ...options.env } }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  }).spawn();
  if (options.stdin !== undefined) {
    const writer = child.stdin.getWriter();
    // A program that ends early says why on stderr; its broken pipe would only hide that.
    await writer.write(new TextEncoder().encode(options.stdin)).catch(() => {});
    await writer.close().catch(() => {});
  }
  const { code, stdout, stderr } = await child.output();
  options.signal?.throwIfAborted();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

/** Runs a program and gives its output; throws a CommandError when it fails. */
export async function must(argv: readonly string[], options: RunOptions = {}): Promise<string> {
  const output = await run(argv, options);
  if (output.code !== 0) {
    const said = (output.stderr.trim() || output.stdout.trim()).slice(0, 2000);
    throw new CommandError(`${argv.join(" ")}: exit code ${output.code}: ${said}`);
  }
  return output.stdout;
}
