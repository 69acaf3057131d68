/**
 * Text that nobody may see: it takes an explicit call to read it, and whatever prints, logs or writes
 * the object says "[secret]" instead.
 *
 * @module
 */

const hidden = "[secret]";

/** A password or the like. */
export class Secret {
  readonly #text: string;

  /** Hides the text. */
  constructor(text: string) {
    this.#text = text;
  }

  /** The text itself, for the one place that needs it. */
  reveal(): string {
    return this.#text;
  }

  /** Whether both are the same text. */
  equals(other: Secret): boolean {
    return this.#text === other.#text;
  }

  /** Never the text. */
  toString(): string {
    return hidden;
  }

  /** Never the text. */
  toJSON(): string {
    return hidden;
  }

  /** Never the text. */
  [Symbol.for("Deno.customInspect")](): string {
    return hidden;
  }
}
