/**
 * Where objects live, as the loops see it: the Kubernetes API, a directory of manifests, or memory.
 * Whole snapshots come out, statuses go in. Every store passes tests/contract/store_contract.ts.
 *
 * @module
 */

import type { ObjectFault, Snapshot } from "../objects/mod.ts";
import type { ObjectRef, RefusalReason } from "../refusal/mod.ts";

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
   * any prefix of the patches may have been taken.
   */
  patch(patches: readonly StatusPatch[]): Promise<void>;
  /** Keeps what happened to an object for people to read; never throws, never blocks. */
  record(event: ObjectEvent): void;
  /** Stops watching; nothing is called back afterwards. */
  close(): Promise<void>;
}

/** What porter says of one object. A merge patch (RFC 7386): other people's fields survive. */
export interface StatusPatch {
  readonly object: ObjectRef;
  /** Annotations to set (text) or to remove (null). */
  readonly annotations?: Readonly<Record<string, string | null>>;
  /** The status, merged at the top level of `.status`; null removes a field. */
  readonly status?: Readonly<Record<string, unknown>>;
}

/** A fact about an object, for people. */
export interface ObjectEvent {
  readonly object: ObjectRef;
  readonly type: "Normal" | "Warning";
  readonly reason: RefusalReason | EventReason;
  readonly message: string;
}

/** Names of the facts that are no refusals. */
export type EventReason =
  | "AddressAssigned"
  | "AddressReleased"
  | "Announced"
  | "Withdrawn"
  | "DeprecatedAnnotation";

export type { ObjectFault, Snapshot };
