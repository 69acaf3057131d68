/**
 * JSON that a tool printed, which may be anything.
 *
 * @module
 */

import { err, ok, type Result } from "../result/mod.ts";

/** Reads JSON; the error says that it is none. */
export function parseJson(text: string): Result<unknown> {
  try {
    return ok(JSON.parse(text) as unknown);
  } catch {
    return err("no JSON");
  }
}

/** Whether a value is an object with names, not a list. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
