/**
 * The text of one file of manifests as documents and objects, each fault with its line. Pure: the
 * file system is elsewhere.
 *
 * A file is cut at the lines `---` before it is parsed, as kubectl does it. So a document whose text
 * did not change is not parsed again, and its objects stay the same references.
 *
 * @module
 */

import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node as YamlNode,
  parseAllDocuments,
  type ScalarTag,
  visit,
} from "yaml";
import { type FieldFault, type Noun, parseObject } from "../../objects/mod.ts";
import { type ObjectRef, refKey } from "../../refusal/mod.ts";
import { mapping, type RawObject } from "../overlay.ts";

/** A fault and the line it is on, counted from 0 at the start of its document. */
export interface LineFault {
  readonly line: number;
  readonly fault: Pick<FieldFault, "severity" | "field" | "message">;
}

/** One object of a document, also one that cannot be read. */
export interface ManifestEntry {
  readonly line: number;
  /** Undefined when it cannot be told which object it is. */
  readonly ref: ObjectRef | undefined;
  /** `refKey` of `ref`. */
  readonly key: string | undefined;
  readonly raw: RawObject;
  /** Undefined when it cannot be read. */
  readonly noun: Noun | undefined;
  readonly faults: readonly LineFault[];
}

/** One document of a file. Objects of kinds that porter does not read are left out. */
export interface ManifestDocument {
  readonly text: string;
  readonly entries: readonly ManifestEntry[];
  /** What is wrong with the text itself. */
  readonly faults: readonly LineFault[];
  /** Some of it cannot even be told to be which object. */
  readonly unidentified: boolean;
}

/** A document and the line of the file it starts on, counted from 0. */
export interface PlacedDocument {
  readonly line: number;
  readonly document: ManifestDocument;
}

/** Cuts text at the lines that start a document, `---`. Pieces without content are left out. */
export function splitDocuments(text: string): { readonly line: number; readonly text: string }[] {
  const pieces: { line: number; text: string }[] = [];
  let line = 0;
  for (const piece of text.split(/^(?=---(?:[ \t\r]|$))/m)) {
    // Directives ("%YAML 1.2") stand before the marker of the document they are about.
    if (/^(?!%|---[ \t]*(?:#.*)?\r?$)[ \t]*[^\s#]/m.test(piece)) pieces.push({ line, text: piece });
    line += countLines(piece);
  }
  return pieces;
}

/** Parses one document. Never throws, whatever the text. */
export function readDocument(text: string): ManifestDocument {
  const lines = new LineCounter();
  try {
    const documents = parseAllDocuments(text, {
      lineCounter: lines,
      prettyErrors: false,
      // Warnings are faults here, not text on standard error.
      logLevel: "error",
      merge: true,
      // The parser's own check takes quadratic time: minutes for a mapping of 50,000 keys.
      uniqueKeys: false,
      customTags: (tags) => [yesOrNo, ...tags],
    });
    const parts = ("empty" in documents ? [] : documents).map((each) => readPart(each, lines));
    return {
      text,
      entries: parts.flatMap((part) => part.entries),
      faults: parts.flatMap((part) => part.faults),
      unidentified: parts.some((part) => part.unidentified),
    };
  } catch (thrown) {
    // The parser recurses: text made to exhaust the stack ends here, and only here.
    if (!(thrown instanceof RangeError)) throw thrown;
    const fault = { severity: "error", field: "", message: "is nested too deeply" } as const;
    return { text, entries: [], faults: [{ line: 0, fault }], unidentified: true };
  }
}

type Part = Omit<ManifestDocument, "text">;

function readPart(document: Document.Parsed, lines: LineCounter): Part {
  const syntax = syntaxFaults(document, lines);
  if (syntax.some(({ fault }) => fault.severity === "error")) {
    return { entries: [], faults: syntax, unidentified: true };
  }
  let raw: unknown;
  try {
    raw = document.toJS({ maxAliasCount: 100 });
  } catch (thrown) {
    if (!(thrown instanceof Error)) throw thrown;
    // Aliases that would grow without bound, or that stand where their text cannot.
    const message = thrown instanceof ReferenceError
      ? "uses aliases too often, or one that is not there"
      : syntaxMessage(thrown.message);
    const fault = { severity: "error", field: "", message } as const;
    return { entries: [], faults: [{ line: 0, fault }], unidentified: true };
  }
  const entries = raw === null || raw === undefined ? [] : objectsOf(raw, []).flatMap((found) => {
    const entry = readEntry(found, document, lines);
    return entry === undefined ? [] : [entry];
  });
  return { entries, faults: syntax, unidentified: entries.some((each) => each.key === undefined) };
}

/** So many faults of one text are told: the first few are the cause of the rest. */
const maxSyntaxFaults = 5;

function syntaxFaults(document: Document.Parsed, lines: LineCounter): LineFault[] {
  const told = (severity: "error" | "warning", offset: number, message: string): LineFault => ({
    line: lineOf(lines, offset),
    fault: { severity, field: "", message },
  });
  const faults = [
    ...document.errors.map(({ pos, message }) => told("error", pos[0], syntaxMessage(message))),
    ...badKeys(document).map(({ offset, message }) => told("error", offset, message)),
    ...document.warnings.map(({ pos, message }) => told("warning", pos[0], syntaxMessage(message))),
  ];
  const more = faults.length - maxSyntaxFaults;
  const last = faults[maxSyntaxFaults - 1];
  if (more <= 0 || last === undefined) return faults;
  const message = `${last.fault.message} (and ${more} more)`;
  return [...faults.slice(0, maxSyntaxFaults - 1), { ...last, fault: { ...last.fault, message } }];
}

/** Keys that stand twice in one mapping, or are mappings or lists themselves. */
function badKeys(
  document: Document.Parsed,
): { readonly offset: number; readonly message: string }[] {
  const found: { offset: number; message: string }[] = [];
  const bad = (key: unknown, message: string): void =>
    void found.push({ offset: startOf(key) ?? 0, message: `is not YAML: ${message}` });
  visit(document, {
    Map(_, map) {
      const keys = new Set<string>();
      for (const { key } of map.items) {
        if (!isScalar(key)) bad(key, "a key must be plain text");
        // The parser gives a merge key as text or as a symbol, depending on where it stands.
        else if (key.value === "<<" || typeof key.value === "symbol") continue;
        else if (keys.has(String(key.value))) {
          bad(key, `the key ${String(key.value)} stands twice in one mapping`);
        } else keys.add(String(key.value));
      }
    },
  });
  return found;
}

interface FoundObject {
  readonly raw: unknown;
  readonly path: readonly (string | number)[];
}

/** The objects of a document: itself, or the items when it is a list of whatever kind. */
function objectsOf(raw: unknown, path: readonly (string | number)[]): FoundObject[] {
  const { kind, items } = mapping(raw);
  if (
    typeof kind !== "string" || !kind.endsWith("List") || !Array.isArray(items) || path.length > 8
  ) {
    return [{ raw, path }];
  }
  return items.flatMap((item, index) => objectsOf(item, [...path, "items", index]));
}

function readEntry(
  { raw, path }: FoundObject,
  document: Document.Parsed,
  lines: LineCounter,
): ManifestEntry | undefined {
  const parsed = parseObject(raw);
  if (parsed.ok && parsed.value.kind === "Ignored") return undefined;
  const found = parsed.ok
    ? parsed.value.kind === "Ignored" ? [] : parsed.value.warnings
    : parsed.error.faults;
  const noun = parsed.ok && parsed.value.kind !== "Ignored"
    ? withoutFinalizers(parsed.value)
    : undefined;
  const ref = noun?.object.ref ?? (parsed.ok ? undefined : parsed.error.ref);
  return {
    line: lineOfPath(document, lines, path),
    ref,
    key: ref === undefined ? undefined : refKey(ref),
    raw: rawWithoutFinalizers(mapping(raw)),
    noun,
    faults: found.map(({ severity, field, message, path: inner }) => ({
      line: lineOfPath(document, lines, [...path, ...inner]),
      fault: { severity, field, message },
    })),
  };
}

/** An object of a file is gone when its file is, whatever its finalizers say. */
function withoutFinalizers(noun: Noun): Noun {
  if (noun.object.finalizers.length === 0) return noun;
  return { ...noun, object: { ...noun.object, finalizers: [] } } as Noun;
}

function rawWithoutFinalizers(raw: RawObject): RawObject {
  const { finalizers, ...metadata } = mapping(raw.metadata);
  return finalizers === undefined ? raw : { ...raw, metadata };
}

/** The line of the field, or of the closest field around it when it is missing. */
function lineOfPath(
  document: Document.Parsed,
  lines: LineCounter,
  path: readonly (string | number)[],
): number {
  let node: unknown = document.contents;
  let offset = startOf(node) ?? 0;
  for (const part of path) {
    if (isAlias(node)) node = node.resolve(document);
    if (isMap(node)) {
      const pair = node.items.find(({ key }) =>
        isScalar(key) && String(key.value) === String(part)
      );
      if (pair === undefined) break;
      offset = startOf(pair.key) ?? offset;
      node = pair.value;
    } else if (isSeq(node) && typeof part === "number") {
      node = node.items[part];
      offset = startOf(node) ?? offset;
    } else break;
  }
  return lineOf(lines, offset);
}

function startOf(node: unknown): number | undefined {
  return (node as YamlNode | null | undefined)?.range?.[0];
}

function lineOf(lines: LineCounter, offset: number): number {
  return Math.max(0, lines.linePos(offset).line - 1);
}

function countLines(text: string): number {
  return text.split("\n").length - 1;
}

/** The parser's words in the middle of a sentence of ours. */
function syntaxMessage(message: string): string {
  if (/call stack/i.test(message)) return "is nested too deeply";
  const line = (message.split("\n")[0] ?? "").replace(/[.:]$/, "");
  return `is not YAML: ${line.charAt(0).toLowerCase()}${line.slice(1)}`;
}

/** kubectl reads YAML 1.1, where these words are booleans; the same text must mean the same here. */
const yesOrNo: ScalarTag = {
  tag: "tag:yaml.org,2002:bool",
  default: true,
  test: /^(?:yes|Yes|YES|no|No|NO|on|On|ON|off|Off|OFF)$/,
  resolve: (text) => /^(?:yes|on)$/i.test(text),
};
