/**
 * The objects of one text of manifests, for those who keep no directory.
 *
 * @module
 */

import { formatFault, type Noun } from "../../objects/mod.ts";
import { readDocument, splitDocuments } from "./manifest.ts";

/** The objects that can be read, and what is wrong with the others: file, line, field and fault. */
export function readManifestText(
  file: string,
  text: string,
): { readonly nouns: readonly Noun[]; readonly faults: readonly string[] } {
  const nouns: Noun[] = [];
  const faults: string[] = [];
  for (const piece of splitDocuments(text)) {
    const document = readDocument(piece.text);
    for (const { noun } of document.entries) if (noun !== undefined) nouns.push(noun);
    for (const { line, fault } of [document, ...document.entries].flatMap((each) => each.faults)) {
      if (fault.severity !== "error") continue;
      faults.push(formatFault({ ...fault, file, line: piece.line + line + 1 }));
    }
  }
  return { nouns, faults };
}
