/**
 * What porter says of objects: statuses that a store merges, facts that it records.
 *
 * @module
 */

import type { ObjectRef, RefusalReason } from "../refusal/mod.ts";

/** What porter says of one object. A merge patch (RFC 7386): other people's fields survive. */
export interface StatusPatch {
  readonly object: ObjectRef;
  /**
   * The resourceVersion that the object must still have (docs/adr/0020). Where it has another one by
   * now, or is gone, the patch is not applied and the store throws ConflictError, also when the patch
   * would change nothing. Left out, the patch applies to whatever version there is, and is dropped
   * when the object is gone.
   */
  readonly ifUnchanged?: string;
  /**
   * The object must be gone (docs/adr/0020). Where it is not, the patch is applied, so that the object
   * has a new version and is seen, and the store throws ConflictError.
   */
  readonly mustBeGone?: true;
  /**
   * Objects of which earlier patches of the same call must be written: where the store could not write one
   * of them for a reason of its own, this one is left out, too.
   */
  readonly after?: readonly ObjectRef[];
  /** Annotations to set (text) or to remove (null). */
  readonly annotations?: Readonly<Record<string, string | null>>;
  /**
   * metadata.finalizers as they shall be, others' as they were read: only together with `ifUnchanged`.
   * A store whose objects have no finalizers (a directory) passes over it.
   */
  readonly finalizers?: readonly string[];
  /** The status, merged at the top level of `.status` only: a field is replaced whole, null removes it. */
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
  | "WithdrawalsReleased"
  | "DeprecatedAnnotation";
