/**
 * What of a raw object a schema knows, in one walk. Of an object whose fields somebody else has checked,
 * as the API server has, that is all there is to look at; the rest (`managedFields` above all) is most
 * of it.
 *
 * @module
 */

import { z } from "zod";
import { isMapping } from "./spelling.ts";

/** No object of any kind here comes near this; text made to exhaust the stack does. */
export const maxDepth = 100;

/** What there is below a value that must be known before it is walked again. */
export type Below = "plain" | "nulls" | "too-deep";

/** Whether a field below is null, or something is nested deeper than `maxDepth`. */
export function below(value: unknown, depth = maxDepth): Below {
  if (typeof value !== "object" || value === null) return "plain";
  if (depth === 0) return "too-deep";
  let found: Below = "plain";
  if (Array.isArray(value)) {
    for (const each of value) {
      const there = below(each, depth - 1);
      if (there === "too-deep") return there;
      if (there === "nulls") found = there;
    }
    return found;
  }
  for (const key in value) {
    const each = (value as Readonly<Record<string, unknown>>)[key];
    const there = each === null ? "nulls" : below(each, depth - 1);
    if (there === "too-deep") return there;
    if (there === "nulls") found = there;
  }
  return found;
}

/** Kubernetes takes a field that is null for one that is not there; lists keep theirs. */
export function withoutNulls<T>(value: T): T {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(withoutNulls) as T;
  const kept = Object.entries(value).filter(([, each]) => each !== null);
  return Object.fromEntries(kept.map(([key, each]) => [key, withoutNulls(each)])) as T;
}

/**
 * What of `raw` the schema knows, without nulls. What is not as the schema says stays as it is, to be
 * found so; what is nested deeper than any object of Kubernetes counts as unknown.
 */
export function knownFields(schema: z.ZodType, raw: unknown): unknown {
  return readerOf(schema)(raw);
}

type Reader = (raw: unknown) => unknown;

const readers = new WeakMap<z.ZodType, Reader>();

function readerOf(schema: z.ZodType): Reader {
  const made = readers.get(schema) ?? readerFor(schema);
  readers.set(schema, made);
  return made;
}

function readerFor(schema: z.ZodType): Reader {
  const inner = schema instanceof z.ZodOptional ? schema.unwrap() : schema;
  if (inner instanceof z.ZodArray) {
    const item = readerOf(inner.element as z.ZodType);
    return (raw) => Array.isArray(raw) ? raw.map(item) : readValue(raw);
  }
  if (!(inner instanceof z.ZodObject)) return readValue;
  const fields = Object.entries(inner.shape as Readonly<Record<string, z.ZodType>>)
    .map(([key, below]) => [key, readerOf(below)] as const);
  return (raw) => {
    if (!isMapping(raw)) return readValue(raw);
    const known: Record<string, unknown> = {};
    for (const [key, read] of fields) {
      const value = raw[key];
      if (value === undefined || value === null) continue;
      const now = read(value);
      if (now !== undefined) known[key] = now;
    }
    return known;
  };
}

/** A value of which the schema says no more; undefined when it is nested too deep. */
function readValue(raw: unknown): unknown {
  const there = below(raw);
  if (there === "too-deep") return undefined;
  // Hardly a value has one, and copies of all of them cost more than reading them.
  return there === "nulls" ? withoutNulls(raw) : raw;
}
