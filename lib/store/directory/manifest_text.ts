/**
 * The objects of one text of manifests, for those who keep no directory.
 *
 * @module
 */

import { formatFault, type Noun } from "../../objects/mod.ts";
import { type ObjectRef, refKey } from "../../refusal/mod.ts";
import { type LineFault, readDocument, splitDocuments } from "./manifest.ts";

/** What a text has: faults and warnings as file, line, object, field and what is wrong. */
export interface ManifestText {
  /** The objects that can be read. */
  readonly nouns: readonly Noun[];
  readonly faults: readonly string[];
  readonly warnings: readonly string[];
}

/** Reads a text of manifests. An object that is in it twice is a fault. */
export function readManifestText(file: string, text: string): ManifestText {
  const nouns = new Map<string, Noun>();
  const told: Record<"error" | "warning", string[]> = { error: [], warning: [] };
  for (const piece of splitDocuments(text)) {
    const document = readDocument(piece.text);
    const tell = ({ line, fault }: LineFault, object?: ObjectRef): void => {
      const where = { file, line: piece.line + line + 1, ...(object && { object }) };
      told[fault.severity].push(formatFault({ ...fault, ...where }));
    };
    for (const each of document.faults) tell(each);
    for (const { noun, ref, line, faults } of document.entries) {
      for (const each of faults) tell(each, ref);
      if (noun === undefined) continue;
      const key = refKey(noun.object.ref);
      if (nouns.has(key)) {
        const message = "is there twice, and nobody knows which one counts";
        tell({ line, fault: { severity: "error", field: "", message } }, ref);
      }
      nouns.set(key, noun);
    }
  }
  return { nouns: [...nouns.values()], faults: told.error, warnings: told.warning };
}
