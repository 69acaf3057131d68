/**
 * Every "no" of a plan, followed from one plan to the next. Thousands of Services may have one, and a plan
 * comes with each change: what is said again is the same object, and the same list as long as all of it is.
 *
 * @module
 */

import { compareRefs, refKey, type Refusal } from "../refusal/mod.ts";
import { Kept } from "./kept.ts";
import type { ServicePlan } from "./model.ts";
import { byService, merge, sameItems, SortedView } from "./order.ts";

/** The refusals of Services, and with them all others. */
export class Refused {
  readonly #view = new SortedView<ServicePlan>(byService);
  readonly #all = new Kept((others: readonly Refusal[], plans: readonly ServicePlan[]) =>
    merge(others, plans.flatMap((each) => each.refusals), byObject)
  );
  #others: readonly Refusal[] = [];

  /** Takes plans of Services away and others in. */
  update(removed: readonly ServicePlan[], added: readonly ServicePlan[]): void {
    this.#view.apply({
      removed: new Set(removed.filter(isRefused)),
      added: added.filter(isRefused),
    });
  }

  /** All refusals, these of other objects among them, in the order of objects. */
  beside(others: readonly Refusal[]): readonly Refusal[] {
    const known = new Map(this.#others.map((each) => [textOf(each), each]));
    const now = others.map((each) => known.get(textOf(each)) ?? each).sort(byObject);
    if (!sameItems(this.#others, now)) this.#others = now;
    return this.#all.of(this.#others, this.#view.sorted);
  }
}

function isRefused({ refusals }: ServicePlan): boolean {
  return refusals.length > 0;
}

function byObject(a: Refusal, b: Refusal): number {
  return compareRefs(a.object, b.object);
}

function textOf({ object, reason, message }: Refusal): string {
  return `${refKey(object)} ${reason} ${message}`;
}
