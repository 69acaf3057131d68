/**
 * Running the programs that read and change the kernel's state, with errors that say what to do.
 *
 * @module
 */

import { CommandError, type CommandResult, type Commands, type RunOptions } from "./command.ts";

/** The programs, and the Debian packages they are in. */
const packages = { ip: "iproute2", ss: "iproute2", nft: "nftables" } as const;

/** The kernel's state could not be read or changed; the message is one line for the log. */
export class KernelError extends Error {
  override readonly name = "KernelError";
}

/** Runs a program; of one that is missing it says which package has it. */
export async function run(
  commands: Commands,
  command: keyof typeof packages,
  args: readonly string[],
  options?: RunOptions,
): Promise<CommandResult> {
  try {
    return await commands.run(command, args, options);
  } catch (cause) {
    if (!(cause instanceof CommandError)) throw cause;
    const hint = cause.cause instanceof Deno.errors.NotFound
      ? `; install the package ${packages[command]}`
      : "";
    throw new KernelError(`${cause.message}${hint}`, { cause });
  }
}

/** An error of a program that ended badly: its first line, and what is missing. */
export function failed(what: string, result: CommandResult): KernelError {
  const line = result.stderr.split("\n").find((text) => text.trim() !== "") ??
    `exit code ${result.code}`;
  return new KernelError(`Cannot run ${what}: ${line.trim()}${hint(result.stderr)}`);
}

/** What to do about what was said on stderr; "" where nothing is known. */
export function hint(stderr: string): string {
  return /not permitted|must be root/i.test(stderr)
    ? "; porter agent needs root or CAP_NET_ADMIN"
    : "";
}
