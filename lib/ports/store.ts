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
   * A patch for an object that is gone is dropped. Throws when the store cannot be written; then
   * some of the patches may have been taken: give all of them again.
   */
  patch(patches: readonly StatusPatch[]): Promise<void>;
  /** Keeps what happened to an object for people to read; never throws, never blocks. */
  record(event: ObjectEvent): void;
  /** Stops watching; nothing is called back afterwards. */
  close(): Promise<void>;
}

export type { EventReason, ObjectEvent, StatusPatch } from "../plan/mod.ts";
export type { ObjectFault, Snapshot };
