/**
 * Writes patches of statuses: each object's own file, replaced as a whole. The file is read again
 * before it is merged into, so that what others wrote there survives.
 *
 * @module
 */

import { ConflictError, type StatusPatch } from "../../ports/mod.ts";
import { type ObjectRef, refKey } from "../../refusal/mod.ts";
import {
  emptyOverlay,
  isEmptyOverlay,
  type Overlay,
  patchedOverlay,
  sameOverlay,
} from "../overlay.ts";
import { conflictOf, runsOfOneKind } from "../runs.ts";
import { reasonOf, StoreError } from "./files.ts";
import type { DirectoryObjects } from "./objects.ts";
import { type StatusFiles, statusPath } from "./status_files.ts";
import type { StatusReader } from "./status_reader.ts";

/** So many files are written at a time. */
const writersAtOnce = 16;

interface Failure {
  readonly ref: ObjectRef;
  readonly thrown: unknown;
}

/** The writer of one status directory. */
export class StatusWriter {
  readonly #files: StatusFiles;
  readonly #objects: DirectoryObjects;
  readonly #reader: StatusReader;

  /** `reader` need not read again what is written here. */
  constructor(options: {
    readonly files: StatusFiles;
    readonly objects: DirectoryObjects;
    readonly reader: StatusReader;
  }) {
    this.#files = options.files;
    this.#objects = options.objects;
    this.#reader = options.reader;
  }

  /**
   * Writes patches and puts them into the objects, kind after kind. One that fails keeps no other of
   * its run from being written, but all later ones; then it throws StoreError, which names the first,
   * or ConflictError when that was all.
   */
  async write(patches: readonly StatusPatch[]): Promise<void> {
    for (const run of runsOfOneKind(patches)) await this.#writeRun(run);
  }

  async #writeRun(patches: readonly StatusPatch[]): Promise<void> {
    const waiting = [...byObject(patches)];
    const written: ObjectRef[] = [];
    const failures: Failure[] = [];
    const writer = async (): Promise<void> => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        const [ref, ofObject] = next;
        try {
          if (await this.#write(ref, ofObject)) written.push(ref);
        } catch (thrown) {
          failures.push({ ref, thrown });
        }
      }
    };
    await Promise.all(Array.from({ length: writersAtOnce }, writer));
    try {
      await this.#files.sync(written);
    } catch (thrown) {
      failures.push(...written.slice(0, 1).map((ref) => ({ ref, thrown })));
    }
    const broken = failures.filter(({ thrown }) => !(thrown instanceof ConflictError));
    if (broken.length > 0) throw this.#error(broken);
    for (const { thrown } of failures) throw thrown;
  }

  /** Writes the patches of one object; false when there was nothing to write. */
  async #write(ref: ObjectRef, patches: readonly StatusPatch[]): Promise<boolean> {
    const key = refKey(ref);
    const base = this.#objects.raw(key);
    if (base === undefined) {
      for (const patch of patches) if (patch.ifUnchanged !== undefined) throw conflictOf(patch);
      return false;
    }
    const read = await this.#files.read(ref);
    const known = this.#objects.overlay(key);
    const before = "problem" in read ? known : read.overlay;
    for (const patch of patches) {
      if (patch.ifUnchanged === undefined) continue;
      const unseen = !sameOverlay(before ?? emptyOverlay, known ?? emptyOverlay);
      if (unseen || !this.#objects.isAt(key, patch.ifUnchanged)) throw conflictOf(patch);
    }
    let after: Overlay = before ?? emptyOverlay;
    for (const patch of patches) after = patchedOverlay(after, patch, base);
    const same = !("problem" in read) && sameOverlay(before ?? emptyOverlay, after);
    if (!same) this.#reader.wrote(ref, await this.#files.write(ref, after));
    this.#objects.setOverlay(key, ref, isEmptyOverlay(after) ? undefined : after);
    for (const patch of patches) if (patch.mustBeGone === true) throw conflictOf(patch);
    return !same;
  }

  #error(failures: readonly Failure[]): StoreError {
    const [first] = failures;
    if (first === undefined) throw new TypeError("There is no failure to tell of");
    const others = failures.length > 1 ? ` (and ${failures.length - 1} more)` : "";
    return new StoreError(
      `Cannot write "${this.#files.root}/${statusPath(first.ref)}"${others}: ${
        reasonOf(first.thrown)
      }`,
      { cause: first.thrown },
    );
  }
}

/** The patches of each object together, in their order. */
function byObject(
  patches: readonly StatusPatch[],
): Iterable<readonly [ObjectRef, readonly StatusPatch[]]> {
  const found = new Map<string, [ObjectRef, StatusPatch[]]>();
  for (const patch of patches) {
    const key = refKey(patch.object);
    const ofObject = found.get(key);
    if (ofObject === undefined) found.set(key, [patch.object, [patch]]);
    else ofObject[1].push(patch);
  }
  return found.values();
}
