/**
 * The lines of a Markdown document: which are of a block of code, and of which language it is said to be.
 *
 * @module
 */

/** A line; that of a fence opens or closes a block. */
export interface Line {
  /** From 1. */
  readonly line: number;
  readonly text: string;
  readonly kind: "prose" | "opens" | "code" | "closes";
  /** Of the block, "" where it names none; undefined in prose. */
  readonly language: string | undefined;
}

/** Takes a document apart. A block that is not closed goes to its end. */
export function linesOf(text: string): readonly Line[] {
  let language: string | undefined;
  return text.split("\n").map((raw, index): Line => {
    const at = { line: index + 1, text: raw };
    const fence = /^\s*```(.*)$/.exec(raw)?.[1];
    if (fence === undefined) {
      return { ...at, kind: language === undefined ? "prose" : "code", language };
    }
    if (language === undefined) {
      language = fence.trim();
      return { ...at, kind: "opens", language };
    }
    const closed = language;
    language = undefined;
    return { ...at, kind: "closes", language: closed };
  });
}
