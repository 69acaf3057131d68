/**
 * Other programs: one that is run to its end, with bounds on time and output, and one that is
 * followed line by line. Errors are one clear line that names the program.
 *
 * @module
 */

import { messageOf } from "../result/mod.ts";

/** How a program ended and what it said. */
export interface CommandResult {
  /** The exit code; 128 + N when signal N ended it. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** How to run a program to its end. */
export interface RunOptions {
  /** What it reads; nothing by default. */
  readonly stdin?: string;
  /** Ends it early; then `run` rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Milliseconds; 30 seconds by default. */
  readonly timeout?: number;
  /** Bytes of stdout and of stderr each; 64 MiB by default. */
  readonly maxOutput?: number;
}

/** How to follow a program. */
export interface FollowOptions {
  readonly onLine: (line: string) => void;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/** Runs programs; tests count them, or send them into a network namespace. */
export interface Commands {
  /** Runs to the end; a non-zero code is no error here. Throws CommandError. */
  run(command: string, args: readonly string[], options?: RunOptions): Promise<CommandResult>;
  /** Resolves when the program has ended, also when by the signal. Throws CommandError. */
  follow(
    command: string,
    args: readonly string[],
    options: FollowOptions,
  ): Promise<CommandResult>;
}

/** The program could not be run, took too long, or said too much. */
export class CommandError extends Error {
  override readonly name = "CommandError";
}

const defaultTimeout = 30_000;
const defaultMaxOutput = 64 * 1024 * 1024;
/** A followed program's line and stderr are cut here, in bytes. */
const maxLine = 64 * 1024;

/**
 * The system's programs; `prefix` is put before each, for example
 * `["ip", "netns", "exec", "node1"]`.
 */
export function systemCommands(prefix: readonly string[] = []): Commands {
  const words = (command: string, args: readonly string[]): [string, ...string[]] => {
    const [first, ...rest] = [...prefix, command, ...args];
    return [first ?? command, ...rest];
  };
  return {
    run: (command, args, options = {}) => runCommand(words(command, args), options),
    follow: (command, args, options) => followCommand(words(command, args), options),
  };
}

/** Runs a program, given with its arguments, to its end. */
export async function runCommand(
  words: readonly [string, ...string[]],
  options: RunOptions = {},
): Promise<CommandResult> {
  const [command] = words;
  options.signal?.throwIfAborted();
  const child = spawn(words, options.stdin === undefined ? "null" : "piped");
  const timeout = options.timeout ?? defaultTimeout;
  let failure: unknown;
  const end = (why: unknown): void => {
    failure ??= why;
    kill(child);
  };
  const abort = (): void => end(options.signal?.reason);
  options.signal?.addEventListener("abort", abort);
  const timer = setTimeout(
    () => end(new CommandError(`Cannot wait for ${command}: no end after ${timeout} ms`)),
    timeout,
  );
  const limit = options.maxOutput ?? defaultMaxOutput;
  const tooMuch = (): void =>
    end(new CommandError(`Cannot take the output of ${command}: more than ${limit} bytes`));
  try {
    const [stdout, stderr, status] = await Promise.all([
      readText(child.stdout, limit, tooMuch),
      readText(child.stderr, limit, tooMuch),
      child.status,
      options.stdin === undefined ? undefined : feed(child, options.stdin),
    ]);
    if (failure !== undefined) throw failure;
    return { code: status.code, stdout, stderr };
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener("abort", abort);
  }
}

/** Runs a program, given with its arguments, and hands out its lines until it ends. */
export async function followCommand(
  words: readonly [string, ...string[]],
  options: FollowOptions,
): Promise<CommandResult> {
  if (options.signal.aborted) return { code: 0, stdout: "", stderr: "" };
  const child = spawn(words, "null");
  const abort = (): void => kill(child);
  options.signal.addEventListener("abort", abort);
  try {
    const [, stderr, status] = await Promise.all([
      readLines(child.stdout, options.onLine),
      readText(child.stderr, maxLine, () => {}),
      child.status,
    ]);
    return { code: status.code, stdout: "", stderr };
  } finally {
    options.signal.removeEventListener("abort", abort);
  }
}

function spawn(
  [command, ...args]: readonly [string, ...string[]],
  stdin: "null" | "piped",
): Deno.ChildProcess {
  try {
    return new Deno.Command(command, { args, stdin, stdout: "piped", stderr: "piped" }).spawn();
  } catch (cause) {
    throw new CommandError(`Cannot run ${command}: ${whyNot(cause, command)}`, { cause });
  }
}

function whyNot(cause: unknown, command: string): string {
  if (cause instanceof Deno.errors.NotFound) return "it is not installed, or not on PATH";
  if (cause instanceof Deno.errors.NotCapable) {
    return `porter was started without --allow-run=${command}`;
  }
  return messageOf(cause);
}

function kill(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGKILL");
  } catch {
    // It has ended already.
  }
}

async function feed(child: Deno.ChildProcess, text: string): Promise<void> {
  try {
    await ReadableStream.from([new TextEncoder().encode(text)]).pipeTo(child.stdin);
  } catch {
    // It ended without reading all; its exit code and stderr say why.
  }
}

/** Reads to the end; beyond the limit nothing is kept and `tooMuch` is called. */
async function readText(
  stream: ReadableStream<Uint8Array>,
  limit: number,
  tooMuch: () => void,
): Promise<string> {
  const decoder = new TextDecoder();
  let size = 0;
  let text = "";
  for await (const chunk of stream) {
    size += chunk.length;
    if (size > limit) tooMuch();
    else text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

async function readLines(
  stream: ReadableStream<Uint8Array>,
  onLine: (line: string) => void,
): Promise<void> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of stream) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = (lines.pop() ?? "").slice(0, maxLine);
    for (const line of lines) onLine(line);
  }
  if (rest !== "") onLine(rest);
}
