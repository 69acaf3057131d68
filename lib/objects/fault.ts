/**
 * Faults as text.
 *
 * @module
 */

import { formatRef } from "../refusal/mod.ts";
import type { ObjectFault } from "./model.ts";

/** Writes "file:line: object: field: what is wrong"; parts that are not known are left out. */
export function formatFault(fault: ObjectFault): string {
  const place = fault.file === undefined
    ? undefined
    : fault.line === undefined
    ? fault.file
    : `${fault.file}:${fault.line}`;
  const object = fault.object === undefined ? undefined : formatRef(fault.object);
  const field = fault.field === "" ? undefined : fault.field;
  const message = fault.severity === "warning" ? `warning: ${fault.message}` : fault.message;
  return [place, object, field, message].filter((part) => part !== undefined).join(": ");
}
