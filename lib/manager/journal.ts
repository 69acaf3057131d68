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
  #refusals: ReadonlyMap<string, Refusal> = new Map();
  #faults: ReadonlyMap<string, ObjectFault> = new Map();

  /** Makes a journal that has told nothing. */
  constructor(log: Log) {
    this.#log = log;
  }

  /** Tells the refusals that are new, and those that are gone. */
  refusals(all: readonly Refusal[]): void {
    const now = new Map(all.map((r) => [`${formatRef(r.object)} ${r.reason} ${r.message}`, r]));
    for (const [key, { object, reason, message }] of now) {
      if (!this.#refusals.has(key)) {
        this.#log.warn("refused", { object: formatRef(object), reason, message });
      }
    }
    for (const [key, { object, reason }] of this.#refusals) {
      if (!now.has(key)) this.#log.info("refusal.over", { object: formatRef(object), reason });
    }
    this.#refusals = now;
  }

  /** Tells the faults that are new, and those that are gone. */
  faults(all: readonly ObjectFault[]): void {
    const now = new Map(all.map((fault) => [formatFault(fault), fault]));
    for (const text of now.keys()) {
      if (!this.#faults.has(text)) this.#log.warn("object.fault", { fault: text });
    }
    for (const text of this.#faults.keys()) {
      if (!now.has(text)) this.#log.info("object.fault-over", { fault: text });
    }
    this.#faults = now;
  }
}
