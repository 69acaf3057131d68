/**
 * What is made of the same again is the same object: whoever compares by reference sees that nothing changed.
 *
 * @module
 */

/** A function that gives the same for the same arguments as the last time. */
export class Kept<A, B, R> {
  readonly #make: (a: A, b: B) => R;
  #last: { readonly a: A; readonly b: B; readonly made: R } | undefined;

  constructor(make: (a: A, b: B) => R) {
    this.#make = make;
  }

  /** What is made of these. */
  of(a: A, b: B): R {
    const last = this.#last;
    if (last !== undefined && last.a === a && last.b === b) return last.made;
    const made = this.#make(a, b);
    this.#last = { a, b, made };
    return made;
  }
}
