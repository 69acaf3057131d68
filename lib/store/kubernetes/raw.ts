/**
 * Raw objects of the API: plain data that nobody has checked.
 *
 * @module
 */

/** A mapping of raw data. */
export type Raw = Readonly<Record<string, unknown>>;

/** Whether a value is a mapping, not a list and not null. */
export function isRecord(value: unknown): value is Raw {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A value as a mapping; anything else counts as an empty one. */
export function record(value: unknown): Raw {
  return isRecord(value) ? value : {};
}

/** A value as text; anything else counts as "". */
export function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** A value as a list; anything else counts as an empty one. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/**
 * The very object, without who wrote which field of it: half of what an API server sends, which nobody
 * here reads, and which would be kept for as long as the object waits.
 */
export function withoutManagers(raw: Raw): Raw {
  const metadata: { managedFields?: unknown } = record(raw.metadata);
  // Not `delete`, which makes an object slow to read.
  if (metadata.managedFields !== undefined) metadata.managedFields = undefined;
  return raw;
}

/** metadata.resourceVersion: opaque, compared for equality only. */
export function versionOf(raw: Raw): string {
  return text(record(raw.metadata).resourceVersion);
}

/** metadata.uid. */
export function uidOf(raw: Raw): string {
  return text(record(raw.metadata).uid);
}
