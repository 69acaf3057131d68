/**
 * All objects of a directory by file and by name: which version of an object counts, and every
 * fault. The last good version of an object stays while its file is broken; of two files that have
 * the same object, the first by name counts.
 *
 * @module
 */

import type { ObjectFault } from "../../objects/mod.ts";
import { formatRef, type ObjectRef } from "../../refusal/mod.ts";
import type { LineFault, ManifestEntry, PlacedDocument } from "./manifest.ts";

/** An object in its file; `line` is counted from 1. */
interface PlacedEntry {
  readonly entry: ManifestEntry;
  readonly line: number;
}

interface FileState {
  /** What counts of this file, also last good versions of what is broken now. */
  readonly good: ReadonlyMap<string, PlacedEntry>;
  readonly faults: readonly ObjectFault[];
  /** Objects that are named but cannot be read. */
  readonly broken: ReadonlySet<string>;
  /** Some of it cannot even be told to be which object. */
  readonly unidentified: boolean;
}

const lastGood = "; the last good version stays in force";

/** The table. Every change is followed by `takeChanged`. */
export class ManifestTable {
  readonly #files = new Map<string, FileState>();
  /** Which files have an object, sorted by name. */
  readonly #owners = new Map<string, string[]>();
  readonly #changed = new Set<string>();

  /** The names of all files. */
  get files(): Iterable<string> {
    return this.#files.keys();
  }

  /** How many objects a file has. */
  sizeOf(file: string): number {
    return this.#files.get(file)?.good.size ?? 0;
  }

  /** Puts what a file says now. */
  setFile(file: string, documents: readonly PlacedDocument[]): void {
    this.#put(file, readFileState(file, documents, this.#files.get(file)));
  }

  /** Says that a file cannot be read at all: its objects stay. */
  setProblem(file: string, message: string): void {
    const good = this.#files.get(file)?.good ?? new Map<string, PlacedEntry>();
    const text = good.size > 0 ? message + lastGood : message;
    const fault: ObjectFault = { severity: "error", file, field: "", message: text };
    this.#put(file, { good, faults: [fault], broken: new Set(), unidentified: true });
  }

  /** Forgets a file. */
  removeFile(file: string): void {
    this.#put(file, undefined);
  }

  /** The names of the objects that may have changed since the last call. */
  takeChanged(): readonly string[] {
    const changed = [...this.#changed];
    this.#changed.clear();
    return changed;
  }

  /** The version of an object that counts. */
  get(key: string): ManifestEntry | undefined {
    const file = this.#owners.get(key)?.[0];
    return file === undefined ? undefined : this.#files.get(file)?.good.get(key)?.entry;
  }

  /** Whether the object may well be there, in a text that cannot be read now. */
  mayHave(key: string): boolean {
    for (const state of this.#files.values()) {
      if (state.unidentified || state.broken.has(key)) return true;
    }
    return false;
  }

  /** Every fault, in the order of files and lines. */
  faults(): ObjectFault[] {
    const faults = [...this.#files.values()].flatMap((state) => state.faults);
    for (const [key, files] of this.#owners) {
      if (files.length > 1) faults.push(...this.#duplicates(key, files));
    }
    return faults.sort((a, b) => {
      const [left, right] = [a.file ?? "", b.file ?? ""];
      return left === right ? (a.line ?? 0) - (b.line ?? 0) : left < right ? -1 : 1;
    });
  }

  #duplicates(key: string, files: readonly string[]): ObjectFault[] {
    const places = files.flatMap((file) => {
      const placed = this.#files.get(file)?.good.get(key);
      return placed === undefined ? [] : [{ file, ...placed }];
    });
    const [first, ...others] = places;
    return first === undefined ? [] : others.map(({ file, line, entry }) => ({
      severity: "error",
      ...(entry.ref === undefined ? {} : { object: entry.ref }),
      file,
      line,
      field: "",
      message: `is ignored: ${first.file}:${first.line} has the same object and is first by name`,
    }));
  }

  #put(file: string, state: FileState | undefined): void {
    const before = this.#files.get(file)?.good ?? new Map<string, PlacedEntry>();
    const now = state?.good ?? new Map<string, PlacedEntry>();
    if (state === undefined) this.#files.delete(file);
    else this.#files.set(file, state);
    for (const [key, { entry }] of now) {
      if (!before.has(key)) this.#own(key, file);
      if (before.get(key)?.entry !== entry) this.#changed.add(key);
    }
    for (const key of before.keys()) {
      if (now.has(key)) continue;
      this.#disown(key, file);
      this.#changed.add(key);
    }
  }

  #own(key: string, file: string): void {
    const files = this.#owners.get(key);
    if (files === undefined) this.#owners.set(key, [file]);
    else files.push(file), files.sort();
  }

  #disown(key: string, file: string): void {
    const files = (this.#owners.get(key) ?? []).filter((each) => each !== file);
    if (files.length === 0) this.#owners.delete(key);
    else this.#owners.set(key, files);
  }
}

/** What a file says: its readable objects, and last good versions for what cannot be read. */
function readFileState(
  file: string,
  documents: readonly PlacedDocument[],
  before: FileState | undefined,
): FileState {
  const good = new Map<string, PlacedEntry>();
  const broken = new Set<string>();
  const faults: ObjectFault[] = [];
  const unidentified = documents.some(({ document }) => document.unidentified);
  const entries = documents.flatMap(({ line, document }) =>
    document.entries.map((entry) => ({ entry, offset: line + 1 }))
  );
  for (const { entry, offset } of entries) {
    if (entry.key === undefined || entry.ref === undefined) continue;
    if (entry.noun === undefined) broken.add(entry.key);
    else if (!good.has(entry.key)) good.set(entry.key, { entry, line: entry.line + offset });
    else faults.push(repeated({ file, entry, ref: entry.ref, offset, first: good.get(entry.key) }));
  }
  const stays = [...before?.good ?? []].filter(([key]) =>
    !good.has(key) && (unidentified || broken.has(key))
  );
  for (const [key, placed] of stays) good.set(key, placed);
  const staying = new Set(stays.map(([key]) => key));
  for (const { entry, offset } of entries) {
    const kept = entry.key !== undefined && staying.has(entry.key);
    faults.push(
      ...entry.faults.map((each) => placedFault({ file, offset, each, ref: entry.ref, kept })),
    );
  }
  for (const { line, document } of documents) {
    const kept = staying.size > 0;
    faults.push(
      ...document.faults.map((each) =>
        placedFault({ file, offset: line + 1, each, ref: undefined, kept })
      ),
    );
  }
  return { good, faults, broken, unidentified };
}

function placedFault(options: {
  readonly file: string;
  readonly offset: number;
  readonly each: LineFault;
  readonly ref: ObjectRef | undefined;
  readonly kept: boolean;
}): ObjectFault {
  const { severity, field, message } = options.each.fault;
  return {
    severity,
    ...(options.ref === undefined ? {} : { object: options.ref }),
    file: options.file,
    line: options.each.line + options.offset,
    field,
    message: severity === "error" && options.kept ? message + lastGood : message,
  };
}

function repeated(options: {
  readonly file: string;
  readonly entry: ManifestEntry;
  readonly ref: ObjectRef;
  readonly offset: number;
  readonly first: PlacedEntry | undefined;
}): ObjectFault {
  return {
    severity: "error",
    object: options.ref,
    file: options.file,
    line: options.entry.line + options.offset,
    field: "",
    message: `is ignored: line ${options.first?.line} of the same file has ${
      formatRef(options.ref)
    } too`,
  };
}
