/**
 * Patches that change what porter says and nothing else. A field of a status becomes an RFC 7386 merge
 * patch that removes what is no longer said; conditions are a list that many write to, so what is
 * carried is the change of porter's own.
 *
 * @module
 */

import { sameValue } from "../../objects/mod.ts";
import { isRecord, listOf, type Raw, text } from "./raw.ts";

/**
 * The merge patch that makes `before` into `wanted`: what differs, and a null for what goes. An Eip's
 * claims are thousands, of which one changes.
 */
export function mergePatch(before: unknown, wanted: unknown): unknown {
  if (!isRecord(wanted) || !isRecord(before)) return wanted;
  const patch: Record<string, unknown> = {};
  for (const key in wanted) {
    const [value, was] = [wanted[key], before[key]];
    if (value === undefined || sameValue(was, value)) continue;
    patch[key] = mergePatch(was, value);
  }
  for (const key of Object.keys(before)) {
    if (wanted[key] === undefined) patch[key] = null;
  }
  return patch;
}

/** How a list of conditions shall change. */
export interface ConditionChanges {
  /** New, or other than before. */
  readonly set: readonly Raw[];
  /** The types of those that shall go. */
  readonly removed: readonly string[];
}

/** What turns the conditions as they were shown into the wanted ones. */
export function conditionChanges(before: unknown, wanted: unknown): ConditionChanges {
  const old = byType(before);
  const now = byType(wanted);
  return {
    set: [...now].filter(([type, each]) => !sameValue(old.get(type), each)).map(([, each]) => each),
    removed: [...old.keys()].filter((type) => !now.has(type)),
  };
}

/** The conditions after the changes; those of others keep their places. */
export function changedConditions(now: unknown, changes: ConditionChanges): readonly Raw[] {
  const result = byType(now);
  for (const type of changes.removed) result.delete(type);
  for (const each of changes.set) result.set(text(each.type), each);
  return [...result.values()];
}

/** The changes as a strategic merge patch, which the built-in kinds take, says them. */
export function strategicConditions(changes: ConditionChanges): readonly Raw[] {
  return [
    ...changes.set,
    ...changes.removed.map((type) => ({ $patch: "delete", type })),
  ];
}

function byType(conditions: unknown): Map<string, Raw> {
  return new Map(listOf(conditions).filter(isRecord).map((each) => [text(each.type), each]));
}
