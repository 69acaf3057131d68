/**
 * The kinds of fields that schemas are made of. Each says what is wrong in words that a person
 * understands who never saw the schema library: what must stand there, and what does.
 *
 * @module
 */

import { z } from "zod";

/** One thing wrong with one field of an object. */
export interface FieldFault {
  readonly severity: "error" | "warning";
  /** From the root of the object; numbers index lists. */
  readonly path: readonly (string | number)[];
  /** The path as text, for example "spec.ports[0].port"; "" for the whole object. */
  readonly field: string;
  /** What is wrong, starting in lower case, no full stop. */
  readonly message: string;
}

/** Makes a fault of an error. */
export function fieldError(path: readonly (string | number)[], message: string): FieldFault {
  return { severity: "error", path, field: formatPath(path), message };
}

/** Makes a fault of a warning. */
export function fieldWarning(path: readonly (string | number)[], message: string): FieldFault {
  return { severity: "warning", path, field: formatPath(path), message };
}

/** Writes a path as people do: `spec.ports[0].port`, `metadata.annotations[a.example/b]`. */
export function formatPath(path: readonly (string | number)[]): string {
  return path.reduce<string>(fieldBelow, "");
}

/** The text of the path that is one step longer: `spec` and `ports` give `spec.ports`. */
export function fieldBelow(field: string, part: string | number): string {
  if (typeof part !== "string" || !/^[A-Za-z_][A-Za-z0-9_]*$/.test(part)) {
    return `${field}[${part}]`;
  }
  return field === "" ? part : `${field}.${part}`;
}

/** A value as it is quoted in a message: JSON, cut when it is long; lists and mappings by name. */
export function quoted(value: unknown): string {
  const text = typeof value === "object" && value !== null
    ? Array.isArray(value) ? "a list" : "a mapping"
    : JSON.stringify(typeof value === "bigint" ? Number(value) : value) ?? typeof value;
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

/** The error of a field that must be so: "is required" when it is missing. */
function mustBe(what: string): { error: (issue: { input?: unknown }) => string } {
  return {
    error: ({ input }) =>
      input === undefined ? `is required: ${what}` : `must be ${what}, not ${quoted(input)}`,
  };
}

/** A whole number within bounds, both included. */
export function wholeNumber(min: number, max: number): z.ZodInt {
  const words = mustBe(`a whole number from ${min} to ${max}`);
  return z.int(words).min(min, words).max(max, words);
}

/** True or false. */
export function flag(): z.ZodBoolean {
  return z.boolean(mustBe("true or false"));
}

/** Any text. */
export function text(): z.ZodString {
  return z.string(mustBe("text (numbers and true or false need quotes)"));
}

/** Text that a test accepts; `what` completes "must be ...". */
export function textThat(what: string, test: (text: string) => boolean): z.ZodString {
  return z.string(mustBe(what)).refine(test, mustBe(what));
}

/** One of a few words. */
export function oneOf<const W extends readonly [string, ...string[]]>(
  ...words: W
): z.ZodEnum<{ [K in W[number]]: K }> {
  const said = words.filter((word) => word !== "");
  const what = [said.slice(0, -1).join(", "), said.at(-1)].filter((part) => part !== "").join(
    " or ",
  );
  return z.enum(words, mustBe(what));
}

/** A list. */
export function list<T extends z.ZodType>(item: T): z.ZodArray<T> {
  return z.array(item, mustBe("a list"));
}

/** A mapping of any keys to text, as labels and annotations are. */
export function textMap(): z.ZodRecord<z.ZodString, z.ZodString> {
  return z.record(z.string(), text(), mustBe("a mapping of names to text"));
}

/** A mapping with known fields; others pass, and are looked at by `unknownFields`. */
export function section<S extends z.ZodRawShape>(shape: S): z.ZodObject<S, z.core.$loose> {
  return z.looseObject(shape, mustBe("a mapping of fields"));
}
