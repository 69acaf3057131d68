/**
 * What could not be read, as refusals beside all others.
 *
 * @module
 */

import type { ObjectFault } from "../objects/mod.ts";
import type { ObjectRef, Refusal } from "../refusal/mod.ts";

/** A refusal for each fault that is an error; a file too broken to name an object stands for it. */
export function faultRefusals(faults: readonly ObjectFault[]): readonly Refusal[] {
  return faults.filter((each) => each.severity === "error").map((fault) => ({
    object: fault.object ?? fileRef(fault),
    reason: "InvalidObject",
    message: `Cannot use ${fault.field === "" ? "this" : fault.field}: ${fault.message}${
      at(fault)
    }`,
  }));
}

function fileRef(fault: ObjectFault): ObjectRef {
  return { kind: "File", namespace: "", name: fault.file ?? "unknown" };
}

function at({ file, line }: ObjectFault): string {
  if (file === undefined) return "";
  return line === undefined ? ` (${file})` : ` (${file}:${line})`;
}
