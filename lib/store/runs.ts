/**
 * The order in which patches are written: those that stand next to each other and are of one kind
 * may go at the same time, the next kind waits for all of them (docs/adr/0020).
 *
 * @module
 */

import { ConflictError, type StatusPatch } from "../ports/mod.ts";
import { formatRef } from "../refusal/mod.ts";

/** Parts patches into runs of one kind, in their order. */
export function runsOfOneKind(
  patches: readonly StatusPatch[],
): readonly (readonly StatusPatch[])[] {
  const runs: StatusPatch[][] = [];
  for (const patch of patches) {
    const last = runs.at(-1);
    if (last !== undefined && last[0]?.object.kind === patch.object.kind) last.push(patch);
    else runs.push([patch]);
  }
  return runs;
}

/** What a store throws for a patch whose object is at another version by now. */
export function conflictOf(patch: StatusPatch): ConflictError {
  const why = patch.mustBeGone === true
    ? "it is there, but was not seen"
    : "it changed since it was read";
  return new ConflictError(`Cannot go by what was read of ${formatRef(patch.object)}: ${why}`);
}
