/**
 * Tells the log what changed from one plan to the next: each refusal and each fault once when it comes
 * and once when it goes, never again for every plan in between.
 *
 * @module
 */

import { formatFault, type ObjectFault } from "../objects/mod.ts";
import type { Log } from "../ports/mod.ts";
import { formatRef, type Refusal } from "../refusal/mod.ts";

/** Remembers what was told, and tells the difference. */
export class Journal {
  readonly #log: Log;
  readonly #refusals: Told<Refusal>;
  readonly #faults: Told<ObjectFault>;

  /** Makes a journal that has told nothing. */
  constructor(log: Log) {
    this.#log = log;
    this.#refusals = new Told((r) => `${formatRef(r.object)} ${r.reason} ${r.message}`);
    this.#faults = new Told(formatFault);
  }

  /** Tells the refusals that are new, and those that are gone. */
  refusals(all: readonly Refusal[]): void {
    const { come, gone } = this.#refusals.change(all);
    for (const [, { object, reason, message }] of come) {
      this.#log.warn("refused", { object: formatRef(object), reason, message });
    }
    for (const [, { object, reason }] of gone) {
      this.#log.info("refusal.over", { object: formatRef(object), reason });
    }
  }

  /** Tells the faults that are new, and those that are gone. */
  faults(all: readonly ObjectFault[]): void {
    const { come, gone } = this.#faults.change(all);
    for (const [text] of come) this.#log.warn("object.fault", { fault: text });
    for (const [text] of gone) this.#log.info("object.fault-over", { fault: text });
  }
}

type Texts<T> = readonly (readonly [string, T])[];

/** Values that were told, by what they say. There may be thousands that stay the same for hours. */
class Told<T> {
  readonly #textOf: (value: T) => string;
  #all: readonly T[] = [];
  #texts: ReadonlyMap<string, T> = new Map();

  constructor(textOf: (value: T) => string) {
    this.#textOf = textOf;
  }

  change(all: readonly T[]): { readonly come: Texts<T>; readonly gone: Texts<T> } {
    const same = all.length === this.#all.length &&
      all.every((each, index) => each === this.#all[index]);
    if (same) return { come: [], gone: [] };
    const [before, now] = [this.#texts, new Map(all.map((each) => [this.#textOf(each), each]))];
    this.#all = all;
    this.#texts = now;
    return {
      come: [...now].filter(([text]) => !before.has(text)),
      gone: [...before].filter(([text]) => !now.has(text)),
    };
  }
}
