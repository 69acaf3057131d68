/**
 * Misspelt fields. Kubernetes lets unknown fields pass, so `addAaths` for `addPaths` was silently
 * ignored for years; here it is a warning that names the field that was meant.
 *
 * @module
 */

import { z } from "zod";
import { type FieldFault, fieldWarning } from "./field.ts";

/** What counts as misspelt: every unknown field, or only one that is close to a known one. */
export type Strictness = "every-unknown" | "near-misses";

/** A warning for each field of `raw` that the schema does not know. */
export function unknownFields(
  schema: z.ZodType,
  raw: unknown,
  strictness: Strictness,
  path: readonly (string | number)[] = [],
): FieldFault[] {
  const found: FieldFault[] = [];
  look(schema, raw, { strictness, path: [...path], found });
  return found;
}

/** A walk through an object; `path` leads to where it is. */
interface Walk {
  readonly strictness: Strictness;
  readonly path: (string | number)[];
  readonly found: FieldFault[];
}

function look(schema: z.ZodType, raw: unknown, walk: Walk): void {
  const inner = schema instanceof z.ZodOptional ? schema.unwrap() : schema;
  const { path, found, strictness } = walk;
  if (inner instanceof z.ZodArray && Array.isArray(raw)) {
    const item = inner.element as z.ZodType;
    for (let index = 0; index < raw.length; index++) {
      path.push(index);
      look(item, raw[index], walk);
      path.pop();
    }
    return;
  }
  if (!(inner instanceof z.ZodObject) || !isMapping(raw)) return;
  const shape: Readonly<Record<string, z.ZodType>> = inner.shape;
  for (const key of Object.keys(raw)) {
    path.push(key);
    const below = Object.hasOwn(shape, key) ? shape[key] : undefined;
    if (below !== undefined) look(below, raw[key], walk);
    else found.push(...unknownField(key, raw, Object.keys(shape), { strictness, path }));
    path.pop();
  }
}

function unknownField(
  key: string,
  raw: Readonly<Record<string, unknown>>,
  known: readonly string[],
  { strictness, path }: Pick<Walk, "strictness" | "path">,
): readonly FieldFault[] {
  const meant = nearest(key, known.filter((each) => !Object.hasOwn(raw, each)));
  const ignored = "is not a known field and is ignored";
  if (meant !== undefined) return [fieldWarning([...path], `${ignored}; did you mean ${meant}?`)];
  if (strictness === "near-misses") return [];
  return [fieldWarning([...path], `${ignored}; known here: ${known.join(", ")}`)];
}

/** The candidate that a slip of the keyboard away from `word`, if there is one. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  const allowed = word.length <= 4 ? 1 : 2;
  let best: { readonly candidate: string; readonly distance: number } | undefined;
  for (const candidate of candidates) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance <= allowed && distance < (best?.distance ?? Infinity)) {
      best = { candidate, distance };
    }
  }
  return best?.candidate;
}

/** Whether a value is a mapping, not a list and not null. */
export function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Levenshtein's distance; long words are never near anything. */
function editDistance(a: string, b: string): number {
  if (a.length > 64 || Math.abs(a.length - b.length) > 2) return Infinity;
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const swap = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? Infinity;
}
