/**
 * A long-running program in a lab's namespace: started, watched, stopped, its output in a file, so
 * that it may outlive the process that started it (`--keep`).
 *
 * @module
 */

import { until } from "./wait.ts";

/** How to start a program. */
export interface SpawnOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** One running program. */
export class Process {
  readonly pid: number;
  readonly log: string;
  /** Resolves with the exit code; 128 + n when a signal ended it. */
  readonly ended: Promise<number>;
  readonly #child: Deno.ChildProcess;
  #code: number | undefined;

  constructor(child: Deno.ChildProcess, log: string) {
    this.#child = child;
    this.pid = child.pid;
    this.log = log;
    this.ended = child.status.then((status) => {
      this.#code = status.code;
      return status.code;
    });
  }

  /** The exit code, once it has ended. */
  get code(): number | undefined {
    return this.#code;
  }

  /** Sends a signal; harmless when it has ended. */
  kill(signal: Deno.Signal): void {
    try {
      this.#child.kill(signal);
    } catch {
      // Ended already.
    }
  }

  /** Ends it: SIGTERM, and SIGKILL after so many milliseconds. Gives the exit code. */
  async stop(graceMs = 5_000): Promise<number> {
    this.kill("SIGTERM");
    const timer = setTimeout(() => this.kill("SIGKILL"), graceMs);
    const code = await this.ended;
    clearTimeout(timer);
    return code;
  }

  /** Everything it has written to stdout and stderr. */
  async output(): Promise<string> {
    return await Deno.readTextFile(this.log).catch(() => "");
  }

  /** Waits for a line that matches, and gives the match; fails at once when the program ends. */
  async says(pattern: RegExp, timeout = 20_000): Promise<RegExpMatchArray> {
    const { value } = await until(`${this.log} says ${pattern}`, async () => {
      const text = await this.output();
      const match = pattern.exec(text);
      if (match === null && this.#code !== undefined) {
        throw new Error(`ended with code ${this.#code} before it said ${pattern}:\n${text}`);
      }
      return match ?? undefined;
    }, { timeout, otherwise: () => this.output() });
    return value;
  }

  /** This process no longer waits for it. */
  letGo(): void {
    this.#child.unref();
  }
}

/**
 * Starts a program in a namespace. It gets a session of its own, so that Ctrl-C at the terminal
 * reaches the lab only, which then ends things in order.
 */
export function spawnIn(
  ns: string,
  log: string,
  argv: readonly string[],
  options: SpawnOptions,
): Process {
  return spawn(["ip", "netns", "exec", ns], log, argv, options);
}

/** The variable that says which lab a process belongs to. */
const mark = "PORTER_LAB";

/**
 * The same in the namespace of this process. No namespace tells whose it is then, so it carries the
 * lab's name in its environment, which whatever it starts inherits.
 */
export function spawnHere(
  lab: string,
  log: string,
  argv: readonly string[],
  options: SpawnOptions,
): Process {
  return spawn([], log, argv, { ...options, env: { ...options.env, [mark]: lab } });
}

/** The processes of a lab that `spawnHere` started, and what they started. proc(5), environ. */
export async function pidsHere(lab: string): Promise<readonly number[]> {
  const found: number[] = [];
  for await (const { name } of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    // Gone meanwhile, or somebody else's.
    const environ = await Deno.readTextFile(`/proc/${name}/environ`).catch(() => "");
    if (environ.split("\0").includes(`${mark}=${lab}`)) found.push(Number(name));
  }
  return found;
}

function spawn(
  before: readonly string[],
  log: string,
  argv: readonly string[],
  options: SpawnOptions,
): Process {
  const shell = ["sh", "-c", 'exec "$@" >>"$0" 2>&1 </dev/null', log, ...argv];
  const child = new Deno.Command("setsid", {
    args: [...before, ...shell],
    stdin: "null",
    stdout: "null",
    stderr: "null",
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.env === undefined ? {} : { env: { ...options.env } }),
  }).spawn();
  return new Process(child, log);
}
