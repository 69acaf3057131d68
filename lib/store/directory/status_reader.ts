/**
 * Keeps in memory what the status files say, also when another process writes them.
 *
 * @module
 */

import type { Log } from "../../ports/mod.ts";
import { type ObjectRef, refKey } from "../../refusal/mod.ts";
import type { DirectoryObjects } from "./objects.ts";
import { type StatusFiles, statusPath, statusRef } from "./status_files.ts";

/** The reader of one status directory. */
export class StatusReader {
  readonly #files: StatusFiles;
  readonly #objects: DirectoryObjects;
  readonly #log: Log;
  /** Of each file as it was last read. */
  readonly #signatures = new Map<string, string>();

  constructor(options: {
    readonly files: StatusFiles;
    readonly objects: DirectoryObjects;
    readonly log: Log;
  }) {
    this.#files = options.files;
    this.#objects = options.objects;
    this.#log = options.log;
  }

  /** Looks at one path, relative to the status directory: a file, or a folder that appeared. */
  async look(path: string): Promise<void> {
    const ref = statusRef(path);
    if (ref !== undefined) return await this.#readChanged(ref, await this.#files.signature(path));
    if (/\.[^/]*$/.test(path)) return;
    for (const [file, signature] of await this.#files.list(path)) {
      const found = statusRef(file);
      if (found !== undefined) await this.#readChanged(found, signature);
    }
  }

  /** Looks at every file, and reads those that may have changed. */
  async lookAtAll(): Promise<void> {
    const files = await this.#files.list();
    for (const [path, signature] of files) {
      const ref = statusRef(path);
      if (ref !== undefined) await this.#readChanged(ref, signature);
    }
    for (const ref of this.#objects.overlaid()) {
      if (!files.has(statusPath(ref))) await this.#read(ref, undefined);
    }
  }

  /** This process wrote a file itself: what it says is known. */
  wrote(ref: ObjectRef, signature: string | undefined): void {
    if (signature === undefined) this.#signatures.delete(statusPath(ref));
    else this.#signatures.set(statusPath(ref), signature);
  }

  async #readChanged(ref: ObjectRef, signature: string | undefined): Promise<void> {
    if (this.#signatures.get(statusPath(ref)) !== signature) await this.#read(ref, signature);
  }

  async #read(ref: ObjectRef, signature: string | undefined): Promise<void> {
    const path = statusPath(ref);
    const read = await this.#files.read(ref);
    this.wrote(ref, signature);
    if ("problem" in read) {
      // What was known stays: an address in use must not be forgotten over a slip in a file.
      this.#log.error("status.unreadable", { path, reason: read.problem });
    } else this.#objects.setOverlay(refKey(ref), ref, read.overlay);
  }
}
