/**
 * Chinese for what is generated in English. A text is looked up by the English text itself: who changes the
 * one is told to look at the other, and what nobody says any more is told, too.
 *
 * @module
 */

/** Translates the texts of one document. */
export class Translator {
  readonly #texts: Readonly<Record<string, string>>;
  readonly #used = new Set<string>();
  readonly #missing = new Set<string>();

  /** Knows these texts: Chinese by English. */
  constructor(texts: Readonly<Record<string, string>>) {
    this.#texts = texts;
  }

  /** The Chinese text; the English one where there is none, which is a fault. */
  readonly of = (english: string): string => {
    const chinese = Object.hasOwn(this.#texts, english) ? this.#texts[english] : undefined;
    if (chinese === undefined) this.#missing.add(english);
    else this.#used.add(english);
    return chinese ?? english;
  };

  /** What was asked for and is missing, and what nobody asked for; `file` is where texts stand. */
  faults(file: string): readonly string[] {
    const stale = Object.keys(this.#texts).filter((each) => !this.#used.has(each));
    return [
      ...[...this.#missing].map((each) => `${file}: has no Chinese for: ${each}`),
      ...stale.map((each) => `${file}: nothing says any more: ${each}`),
    ];
  }
}
