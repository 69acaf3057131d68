/**
 * What porter says of an object, kept apart from what the user says: a merge of two sides on every
 * read. Statuses are porter's, so they win; annotations are the user's, so theirs win, but for the
 * record of what a Service holds, which nobody else may write.
 *
 * @module
 */

import { recordAnnotation, sameValue } from "../objects/mod.ts";
import type { StatusPatch } from "../ports/mod.ts";

/** Porter's side of one object. A null hides what the user's side has under that name. */
export interface Overlay {
  readonly annotations: Readonly<Record<string, string | null>>;
  readonly status: Readonly<Record<string, unknown>>;
}

/** Nothing said. */
export const emptyOverlay: Overlay = { annotations: {}, status: {} };

/** A mapping of raw data. */
export type RawObject = Readonly<Record<string, unknown>>;

/** Whether nothing is said. */
export function isEmptyOverlay(overlay: Overlay): boolean {
  return Object.keys(overlay.annotations).length === 0 && Object.keys(overlay.status).length === 0;
}

/** Whether both say the same. */
export function sameOverlay(a: Overlay, b: Overlay): boolean {
  return sameValue(a, b);
}

/** Porter's side after a patch; `base` is the user's side of the object. */
export function patchedOverlay(overlay: Overlay, patch: StatusPatch, base: RawObject): Overlay {
  const metadata = mapping(base.metadata);
  return {
    annotations: merged(
      overlay.annotations,
      patch.annotations ?? {},
      mapping(metadata.annotations),
    ) as Overlay["annotations"],
    status: merged(overlay.status, patch.status ?? {}, mapping(base.status)),
  };
}

/** The object as porter's readers see it: the user's side with porter's laid over it. */
export function withOverlay(base: RawObject, overlay: Overlay): RawObject {
  const metadata = mapping(base.metadata);
  const annotations: Record<string, unknown> = {
    ...withoutNulls(overlay.annotations),
    ...mapping(metadata.annotations),
  };
  const record = overlay.annotations[recordAnnotation];
  if (record === null) delete annotations[recordAnnotation];
  else if (record !== undefined) annotations[recordAnnotation] = record;
  return {
    ...base,
    metadata: { ...metadata, annotations },
    status: withoutNulls({ ...mapping(base.status), ...overlay.status }),
  };
}

/** A value as a mapping; anything else counts as an empty one. */
export function mapping(value: unknown): RawObject {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? value as RawObject
    : {};
}

/** One level of RFC 7386; a null is kept only where it has something of the user's to hide. */
function merged(said: RawObject, patch: RawObject, base: RawObject): RawObject {
  const kept = Object.entries({ ...said, ...patch })
    .filter(([key, value]) => value !== undefined && (value !== null || Object.hasOwn(base, key)));
  return Object.fromEntries(kept);
}

function withoutNulls(values: RawObject): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null));
}
