/**
 * How a command fails: one clear line on stderr and an exit code.
 *
 * @module
 */

/** The exit codes of porter. */
export const exitCodes = {
  fine: 0,
  /** It could not be done. */
  failed: 1,
  /** Done, but something is refused or faulty (plan) or did not come along (import). */
  refusals: 2,
} as const;

/** A failure whose message says all there is to say. */
export class Failure extends Error {
  override readonly name = "Failure";
}

/** Names of failures whose messages are written for users by the adapters that throw them. */
const told = new Set([
  "Failure",
  "ListenError",
  "KernelError",
  "CommandError",
  "StoreError",
  "ClusterConfigError",
]);

/**
 * The one line for what was thrown; undefined when the reader of stdout has gone away, which is no
 * failure (`porter plan | head`). A bug is told with its stack, for the one who will mend it.
 */
export function failureLine(thrown: unknown): string | undefined {
  if (thrown instanceof Deno.errors.BrokenPipe) return undefined;
  if (!(thrown instanceof Error)) return `internal error: ${String(thrown)}`;
  if (told.has(thrown.name)) return thrown.message;
  if (isOfWorld(thrown)) return firstLine(thrown.message);
  return `internal error, please report it: ${thrown.stack ?? thrown.message}`;
}

/** Whether the system said no, as opposed to porter being wrong. */
export function isOfWorld(thrown: unknown): boolean {
  return Object.values(Deno.errors).some((kind) => thrown instanceof kind);
}

/** What a file or folder is refused for, in words; undefined when it is none of these. */
export function fileProblem(thrown: unknown): string | undefined {
  if (thrown instanceof Deno.errors.NotFound) return "does not exist";
  if (thrown instanceof Deno.errors.NotADirectory) return "is not a directory";
  if (thrown instanceof Deno.errors.IsADirectory) return "is a directory";
  if (thrown instanceof Deno.errors.PermissionDenied) return "no permission";
  if (thrown instanceof Deno.errors.NotCapable) {
    return "Deno was started without permission for it";
  }
  return undefined;
}

function firstLine(text: string): string {
  return text.split("\n")[0] ?? text;
}
