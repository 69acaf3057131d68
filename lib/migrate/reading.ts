/**
 * One raw object being read. Every field that is looked at is remembered, so that those nobody looked
 * at can be told: nothing of an object is lost in silence.
 *
 * @module
 */

import { fieldBelow, formatPath } from "../objects/mod.ts";
import type { Note, RawObject } from "./model.ts";

/** Where a field is. */
export type FieldPath = readonly (string | number)[];

/** Reads one object's fields and notes what became of them. */
export class Reading {
  /** The object as it was given. */
  readonly raw: RawObject;
  readonly #notes: Note[] = [];
  readonly #seen = new Set<string>();

  /** Starts to read; nothing was looked at. */
  constructor(raw: RawObject) {
    this.raw = raw;
  }

  /** The object's kind. */
  get kind(): string {
    return textOf(this.raw.kind) ?? "";
  }

  /** metadata.name. */
  get name(): string {
    return textOf(mappingOf(this.raw.metadata).name) ?? "";
  }

  /** metadata.namespace, "" where there is none. */
  get namespace(): string {
    return textOf(mappingOf(this.raw.metadata).namespace) ?? "";
  }

  /** The object in messages. */
  get title(): string {
    return `${this.kind} ${this.namespace === "" ? "" : `${this.namespace}/`}${this.name}`;
  }

  /** Text, or a number as text; undefined where there is neither. */
  text(...path: FieldPath): string | undefined {
    const value = this.value(path);
    return typeof value === "number" ? String(value) : textOf(value);
  }

  /** A number, also one that is written as text. */
  number(...path: FieldPath): number | undefined {
    const value = this.value(path);
    const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
    return typeof number === "number" && Number.isFinite(number) ? number : undefined;
  }

  /** True or false. */
  flag(...path: FieldPath): boolean | undefined {
    const value = this.value(path);
    return typeof value === "boolean" ? value : undefined;
  }

  /** A list as it is; empty where there is none. */
  list(...path: FieldPath): readonly unknown[] {
    const value = this.value(path);
    return Array.isArray(value) ? value : [];
  }

  /** The texts of a list. */
  texts(...path: FieldPath): readonly string[] {
    return this.list(...path).flatMap((each) => textOf(each) ?? []);
  }

  /** A mapping as it is; undefined where there is none, or nothing in it. */
  mapping(...path: FieldPath): RawObject | undefined {
    const value = mappingOf(this.value(path));
    return Object.keys(value).length === 0 ? undefined : value;
  }

  /** Notes that something did not come along. */
  lost(path: FieldPath, message: string): void {
    this.#note("lost", path, message);
  }

  /** Notes that something is not quite what it was. */
  check(path: FieldPath, message: string): void {
    this.#note("check", path, message);
  }

  /** All notes, and one for each field of `spec` that nobody looked at. */
  notes(): readonly Note[] {
    const { title: object } = this;
    const message = "porter has nothing like it";
    const lost = untouched(this.raw.spec, "spec", this.#seen)
      .map((field): Note => ({ kind: "lost", object, field, message }));
    return [...this.#notes, ...lost];
  }

  /** The value at the path; it counts as looked at from now on. */
  value(path: FieldPath): unknown {
    this.#seen.add(formatPath(path));
    let value: unknown = this.raw;
    for (const part of path) {
      value = typeof part === "number"
        ? (Array.isArray(value) ? value[part] : undefined)
        : mappingOf(value)[part];
    }
    return value;
  }

  #note(kind: Note["kind"], path: FieldPath, message: string): void {
    this.#seen.add(formatPath(path));
    this.#notes.push({ kind, object: this.title, field: formatPath(path), message });
  }
}

/**
 * The fields at and below one that say something and that were not seen, nor anything around them:
 * false, "", 0 and empty lists are what nothing is. Each field's text is made from the one around it,
 * so that time grows with the size of what is told, however deeply it is nested.
 */
function untouched(value: unknown, field: string, seen: ReadonlySet<string>): string[] {
  if (seen.has(field)) return [];
  if (Array.isArray(value)) {
    return value.flatMap((each, at) => untouched(each, fieldBelow(field, at), seen));
  }
  if (typeof value === "object" && value !== null) {
    return Object.entries(value)
      .flatMap(([key, each]) => untouched(each, fieldBelow(field, key), seen));
  }
  const nothing = value === undefined || value === null || value === false || value === "" ||
    value === 0;
  return nothing ? [] : [field];
}

/** A value as a mapping; anything else counts as an empty one. */
export function mappingOf(value: unknown): RawObject {
  const mapping = typeof value === "object" && value !== null && !Array.isArray(value);
  return mapping ? value as RawObject : {};
}

/** Text that is not empty. */
export function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** The mapping without what is undefined, an empty mapping or an empty list. */
export function present(fields: RawObject): RawObject {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => {
      if (value === undefined) return false;
      return typeof value !== "object" || value === null || Object.keys(value).length > 0;
    }),
  );
}

/** What of metadata goes with the object to another cluster. */
export function portableMetadata(raw: RawObject): RawObject {
  const { name, namespace, labels, annotations } = mappingOf(raw.metadata);
  const kept = Object.entries(mappingOf(annotations))
    .filter(([key]) => key !== "kubectl.kubernetes.io/last-applied-configuration");
  return present({ name, namespace, labels, annotations: Object.fromEntries(kept) });
}
