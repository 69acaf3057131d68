/**
 * Keeps the table of objects as the manifest files say, reading only files that may have changed, and
 * of those parsing only documents that did.
 *
 * @module
 */

import type { ObjectFault } from "../../objects/mod.ts";
import type { Clock } from "../../ports/mod.ts";
import { isManifestName, joinPath, lookAtTree, readText, signatureOf } from "./files.ts";
import {
  type ManifestDocument,
  type PlacedDocument,
  readDocument,
  splitDocuments,
} from "./manifest.ts";
import type { ManifestTable } from "./table.ts";

/** A file that had objects and is empty now is believed after so many milliseconds. */
const emptyAfter = 2000;

/** Parsing gives way to other work after so many milliseconds. */
const sliceMs = 10;

interface KnownFile {
  readonly signature: string | undefined;
  readonly documents: ReadonlyMap<string, ManifestDocument>;
}

/** How far the first look at a directory is. */
export interface ReadSoFar {
  readonly files: number;
  /** How many files there are. */
  readonly of: number;
  readonly documents: number;
}

/** The manifest files of one directory. */
export class ManifestFiles {
  readonly #root: string;
  readonly #directory: string;
  readonly #clock: Clock;
  readonly #table: ManifestTable;
  readonly #known = new Map<string, KnownFile>();
  readonly #emptySince = new Map<string, number>();
  #problems: readonly ObjectFault[] = [];
  readonly #onRead: ((read: ReadSoFar) => void) | undefined;
  #soFar = { files: 0, of: 0, documents: 0 };

  /** `directory` is how the user calls `root`; faults name files by it. */
  constructor(options: {
    readonly root: string;
    readonly directory: string;
    readonly clock: Clock;
    readonly table: ManifestTable;
    /** Told again and again while files are read. */
    readonly onRead?: ((read: ReadSoFar) => void) | undefined;
  }) {
    this.#root = options.root;
    this.#directory = options.directory;
    this.#clock = options.clock;
    this.#table = options.table;
    this.#onRead = options.onRead;
  }

  /**
   * Looks at paths relative to the directory: files, or folders that came or went. Gives those that
   * must be looked at again soon.
   */
  async look(paths: readonly string[]): Promise<readonly string[]> {
    const again: string[] = [];
    if (!(await this.#rootIsThere())) return again;
    for (const path of paths) {
      if (isManifestName(path.slice(path.lastIndexOf("/") + 1))) {
        if (await this.#read(path, await signatureOf(joinPath(this.#root, path)))) again.push(path);
      } else await this.#lookBelow(path);
    }
    return again;
  }

  /** Looks at every file, and reads those that may have changed. Gives what cannot be looked at. */
  async lookAtAll(): Promise<readonly ObjectFault[]> {
    this.#problems = await this.#lookBelow("");
    return this.#problems;
  }

  async #lookBelow(folder: string): Promise<readonly ObjectFault[]> {
    const { files, problems } = await lookAtTree(this.#root, folder);
    this.#soFar = { files: 0, of: files.size, documents: 0 };
    for (const [path, signature] of files) {
      if (this.#known.get(path)?.signature !== signature) await this.#read(path, signature);
      this.#soFar.files++;
      this.#onRead?.(this.#soFar);
    }
    const hidden = [...problems.keys()];
    for (const path of [...this.#known.keys()]) {
      const below = folder === "" || path.startsWith(`${folder}/`);
      const unseen = hidden.some((each) => each === "" || path.startsWith(`${each}/`));
      if (below && !unseen && !files.has(path)) this.#forget(path);
    }
    return [...problems].map(([each, reason]) => ({
      severity: "error",
      file: joinPath(this.#directory, each),
      field: "",
      message: `cannot be read: ${reason}; the last good version of what is in it stays in force`,
    }));
  }

  /** Reads a file into the table; whether it must be looked at again soon. */
  async #read(path: string, signature: string | undefined): Promise<boolean> {
    const name = joinPath(this.#directory, path);
    const text = await readText(joinPath(this.#root, path));
    if (text === undefined) {
      this.#forget(path);
      return false;
    }
    if (!text.ok) {
      this.#known.set(path, {
        signature,
        documents: this.#known.get(path)?.documents ?? new Map(),
      });
      this.#table.setProblem(name, text.error);
      return false;
    }
    if (this.#isBeingWritten(path, name, text.value)) return true;
    const known = this.#known.get(path)?.documents ?? new Map<string, ManifestDocument>();
    const documents = await this.#parse(text.value, known);
    const byText = new Map(documents.map(({ document }) => [document.text, document]));
    this.#known.set(path, { signature, documents: byText });
    this.#table.setFile(name, documents);
    return false;
  }

  async #parse(
    text: string,
    known: ReadonlyMap<string, ManifestDocument>,
  ): Promise<PlacedDocument[]> {
    const documents: PlacedDocument[] = [];
    let started = this.#clock.monotonic();
    for (const piece of splitDocuments(text)) {
      const document = known.get(piece.text) ?? readDocument(piece.text);
      documents.push({ line: piece.line, document });
      this.#soFar.documents++;
      if (this.#clock.monotonic() - started < sliceMs) continue;
      this.#onRead?.(this.#soFar);
      await new Promise<void>((resolve) => void setTimeout(resolve, 0));
      started = this.#clock.monotonic();
    }
    return documents;
  }

  /** A file that was emptied just now is most likely about to be filled. */
  #isBeingWritten(path: string, name: string, text: string): boolean {
    if (text !== "" || this.#table.sizeOf(name) === 0) {
      this.#emptySince.delete(path);
      return false;
    }
    const now = this.#clock.monotonic();
    const since = this.#emptySince.get(path) ?? now;
    this.#emptySince.set(path, since);
    return now - since < emptyAfter;
  }

  #forget(path: string): void {
    this.#emptySince.delete(path);
    if (this.#known.delete(path)) this.#table.removeFile(joinPath(this.#directory, path));
  }

  /** A directory that is gone as a whole was not emptied by its user: it is being replaced. */
  async #rootIsThere(): Promise<boolean> {
    try {
      return (await Deno.stat(this.#root)).isDirectory;
    } catch (thrown) {
      if (thrown instanceof Error) return false;
      throw thrown;
    }
  }
}
