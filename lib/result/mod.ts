/**
 * Expected outcomes as values: what a caller must look at is returned, not thrown. Exceptions are
 * left for a world that failed (sockets, files, subprocesses) and for bugs.
 *
 * @module
 */

/** Either a value, or the reason there is none. */
export type Result<T, E = string> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: E };

/** Wraps a value. */
export function ok<T>(value: T): { readonly ok: true; readonly value: T } {
  return { ok: true, value };
}

/** Wraps a reason. */
export function err<E>(error: E): { readonly ok: false; readonly error: E } {
  return { ok: false, error };
}

/** What was thrown says, whatever it was. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
