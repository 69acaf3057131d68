/**
 * Child processes of the tasks: each leads a session of its own, so that an interrupt reaches this
 * process first, which then ends the child with everything it started and cleans up. setsid(2).
 *
 * @module
 */

/** How to run a child. */
export interface ChildOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Ended after so many milliseconds. */
  readonly limitMs?: number;
  /**
   * "inherit" lets it write to our stdout and stderr, "piped" gives both in one text, "both" gives the
   * text and shows it as it comes.
   */
  readonly output?: "inherit" | "piped" | "both";
}

/** How a child ended. */
export interface ChildEnd {
  readonly code: number;
  /** "" with `output: "inherit"`. */
  readonly text: string;
  /** The limit was reached. */
  readonly late: boolean;
}

/** This process was told to end. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";
  constructor(readonly signal: "SIGINT" | "SIGTERM") {
    super(`interrupted by ${signal}`);
  }
  /** The exit code a shell expects. */
  get code(): number {
    return this.signal === "SIGINT" ? 130 : 143;
  }
}

const running = new Set<Deno.ChildProcess>();
let interrupted: Interrupted | undefined;

/** From now on SIGINT and SIGTERM end the running children; `runChild` then throws Interrupted. */
export function catchSignals(): void {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(signal, () => {
      interrupted ??= new Interrupted(signal);
      for (const child of running) end(child);
    });
  }
}

/** Runs deno, or another program, to its end. Throws Interrupted when a signal came. */
export async function runChild(
  argv: readonly string[],
  options: ChildOptions = {},
): Promise<ChildEnd> {
  if (interrupted) throw interrupted;
  const [program = Deno.execPath(), ...args] = argv;
  const output = options.output ?? "inherit";
  const stream = output === "inherit" ? "inherit" : "piped";
  const child = new Deno.Command(program, {
    args,
    detached: true,
    stdin: "null",
    stdout: stream,
    stderr: stream,
    ...(options.env ? { env: { ...options.env } } : {}),
  }).spawn();
  running.add(child);
  let late = false;
  const limit = options.limitMs === undefined ? undefined : setTimeout(() => {
    late = true;
    end(child);
  }, options.limitMs);
  const show = output === "both" ? (chunk: Uint8Array) => Deno.stdout.writeSync(chunk) : () => {};
  const reading = stream === "piped" ? readAll([child.stdout, child.stderr], show) : "";
  const status = await child.status;
  clearTimeout(limit);
  // What it left running has nobody any more.
  await endGroup(child);
  running.delete(child);
  const text = await reading;
  if (interrupted) throw interrupted;
  return { code: status.code, text, late };
}

/** Asks the child's whole session to end, and insists after ten seconds. */
function end(child: Deno.ChildProcess): void {
  signalGroup(child, "SIGTERM");
  Deno.unrefTimer(setTimeout(() => signalGroup(child, "SIGKILL"), 10_000));
}

/**
 * Kills who is left in the child's session, and waits until nobody is: whoever cleans up next must not
 * take them for alive. Gives up on what cannot be killed after two seconds.
 */
async function endGroup(child: Deno.ChildProcess): Promise<void> {
  for (let tries = 0; tries < 200 && signalGroup(child, "SIGKILL"); tries++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** False when nobody is left in the child's session. */
function signalGroup(child: Deno.ChildProcess, signal: Deno.Signal): boolean {
  try {
    Deno.kill(-child.pid, signal);
    return true;
  } catch {
    return false;
  }
}

async function readAll(
  streams: readonly ReadableStream<Uint8Array>[],
  show: (chunk: Uint8Array) => void,
): Promise<string> {
  let text = "";
  await Promise.all(streams.map(async (stream) => {
    const decoder = new TextDecoder();
    for await (const chunk of stream) {
      show(chunk);
      text += decoder.decode(chunk, { stream: true });
    }
  }));
  return text;
}
