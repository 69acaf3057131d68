/**
 * Where objects live, as the loops see it: the Kubernetes API, a directory of manifests, or memory.
 * Whole snapshots come out, statuses go in. Every store passes tests/contract/store_contract.ts.
 *
 * @module
 */

import type { ObjectFault, Snapshot } from "../objects/mod.ts";
import type { ObjectEvent, StatusPatch } from "../plan/mod.ts";

/** A store of objects. */
export interface Store {
  /** What is known now. Immutable; an object that did not change is the same reference as before. */
  snapshot(): Snapshot;
  /** Calls back after each change of the snapshot (coalesced); the result stops that. */
  subscribe(changed: () => void): () => void;
  /**
   * Merges statuses into objects and resolves when they are safe (a reader after a crash sees them)
   * and `snapshot()` of this store shows them: who writes an assignment must read it at once.
   * A patch for an object that is gone is dropped, unless it says `ifUnchanged`. Throws when the store cannot be written; then
   * some of the patches may have been taken: plan again and give what is missing.
   *
   * Patches that stand next to each other and are of one kind may be written at the same time; the
   * next kind begins only when all of them are safe, and never when one of them failed (docs/adr/0020:
   * an address is claimed in its Eip before its Service has it).
   *
   * An object that the store cannot write for a reason of its own (it is too large, a webhook refuses it)
   * is told of in the faults of the snapshot and left out for a while, with the patches that name it in
   * `after`; nothing is thrown for it.
   *
   * Throws ConflictError when an object is not at the version its patch names with `ifUnchanged`, or
   * is there although the patch says `mustBeGone`.
   * Where a patch needs two writes (annotations, then the status) the version goes with the first one,
   * and the version that this one gave with the second.
   */
  patch(patches: readonly StatusPatch[]): Promise<void>;
  /** Keeps what happened to an object for people to read; never throws, never blocks. */
  record(event: ObjectEvent): void;
  /** Stops watching; nothing is called back afterwards. */
  close(): Promise<void>;
}

/** An object changed since it was read: what was decided from it must be decided again. */
export class ConflictError extends Error {
  override readonly name = "ConflictError";
}

/** Where objects live, nobody answered: it says nothing of what was to be written. */
export class UnreachableError extends Error {
  override readonly name: string = "UnreachableError";
}

export type { EventReason, ObjectEvent, StatusPatch } from "../plan/mod.ts";
export type { ObjectFault, Snapshot };
