/**
 * Which EndpointSlices belong to which Service.
 *
 * @module
 */

import type { Noun } from "../../objects/mod.ts";
import { type ObjectRef, refKey } from "../../refusal/mod.ts";

/** Slices by their Services. */
export class SliceIndex {
  readonly #slices = new Map<string, Map<string, ObjectRef>>();

  /** The slices of a Service. */
  of({ namespace, name }: ObjectRef): readonly ObjectRef[] {
    return [...this.#slices.get(`${namespace}/${name}`)?.values() ?? []];
  }

  /** A slice is new, other than before, or gone; other objects are none of its business. */
  change(before: Noun | undefined, after: Noun | undefined): void {
    const [old, now] = [serviceOf(before), serviceOf(after)];
    if (old === now) return;
    if (old !== undefined && before !== undefined) {
      const slices = this.#slices.get(old);
      slices?.delete(refKey(before.object.ref));
      if (slices?.size === 0) this.#slices.delete(old);
    }
    if (now !== undefined && after !== undefined) {
      const slices = this.#slices.get(now) ?? new Map<string, ObjectRef>();
      this.#slices.set(now, slices.set(refKey(after.object.ref), after.object.ref));
    }
  }
}

function serviceOf(noun: Noun | undefined): string | undefined {
  return noun?.kind === "EndpointSlice"
    ? `${noun.object.ref.namespace}/${noun.object.service}`
    : undefined;
}
