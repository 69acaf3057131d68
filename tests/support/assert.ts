/**
 * The assertions that tests use, with the names of `@std/assert`, over `node:assert/strict`: JSR
 * cannot be reached where porter is built (docs/adr). Swapping it is one line in deno.json.
 *
 * @module
 */

import nodeAssert from "node:assert/strict";

/** Fails unless the condition is truthy. */
export function assert(condition: unknown, message?: string): asserts condition {
  nodeAssert.ok(condition, message);
}

/** Fails unless both are deeply and strictly equal. */
export function assertEquals<T>(actual: T, expected: T, message?: string): void {
  nodeAssert.deepStrictEqual(actual, expected, message);
}

/** Fails when both are deeply and strictly equal. */
export function assertNotEquals<T>(actual: T, unexpected: T, message?: string): void {
  nodeAssert.notDeepStrictEqual(actual, unexpected, message);
}

/** Fails unless the text contains the part. */
export function assertStringIncludes(text: string, part: string, message?: string): void {
  if (!text.includes(part)) {
    nodeAssert.fail(message ?? `Expected ${JSON.stringify(part)} in:\n${text}`);
  }
}

/** Fails unless the text matches. */
export function assertMatch(text: string, pattern: RegExp, message?: string): void {
  nodeAssert.match(text, pattern, message);
}

/** Fails unless the function throws; gives what it threw. */
export function assertThrows(fn: () => unknown, kind: ErrorConstructor = Error): Error {
  try {
    fn();
  } catch (thrown) {
    nodeAssert.ok(thrown instanceof kind, `Expected ${kind.name}, got ${String(thrown)}`);
    return thrown;
  }
  nodeAssert.fail(`Expected ${kind.name} to be thrown`);
}

/** Fails unless the promise is rejected; gives what it was rejected with. */
export async function assertRejects(
  fn: () => Promise<unknown>,
  kind: ErrorConstructor = Error,
): Promise<Error> {
  try {
    await fn();
  } catch (thrown) {
    nodeAssert.ok(thrown instanceof kind, `Expected ${kind.name}, got ${String(thrown)}`);
    return thrown;
  }
  nodeAssert.fail(`Expected ${kind.name} to be rejected with`);
}

/** Fails always. */
export function fail(message: string): never {
  nodeAssert.fail(message);
}
