/**
 * The Services that a plan is about, each with what was found out about it so far. Entries follow
 * the snapshots: one is made for each Service that changed, all others stay with their findings.
 *
 * @module
 */

import type { Claim, Outcome } from "../ipam/mod.ts";
import type { Service } from "../objects/mod.ts";
import { compareRefs, refKey } from "../refusal/mod.ts";
import { claimOf, isMarked, isOurs, sameClaim } from "./claims.ts";
import type { ServicePlan } from "./model.ts";
import { delta, SortedView } from "./order.ts";
import type { ServiceInput } from "./service_plan.ts";

/** A Service that is porter's, or has something of porter's. */
export interface Entry {
  readonly service: Service;
  /** Undefined when it is not porter's: then it is let go. */
  readonly claim: Claim | undefined;
  /** What the last allocation gave. */
  outcome: Outcome | undefined;
  /** The last plan and what it was made of. */
  planned: { readonly input: ServiceInput | undefined; readonly plan: ServicePlan } | undefined;
}

/** All entries, followed from one snapshot to the next. */
export class EntryTable {
  readonly #entries = new Map<Service, Entry>();
  readonly #byName = new SortedView<Entry>((a, b) => compareRefs(a.service.ref, b.service.ref));
  readonly #byAge = new SortedView<Entry>(older);
  #services: readonly Service[] = [];
  /** In the order of names. */
  all: readonly Entry[] = [];
  /** Those with a claim, oldest first. */
  claimants: readonly Entry[] = [];

  /** Takes the Services of a snapshot. */
  update(services: readonly Service[]): void {
    const change = delta(this.#services, services);
    this.#services = services;
    const removed = new Set<Entry>();
    for (const service of change.removed) {
      const entry = this.#entries.get(service);
      if (entry !== undefined) removed.add(entry);
      this.#entries.delete(service);
    }
    const before = new Map([...removed].map((each) => [refKey(each.service.ref), each]));
    const added: Entry[] = [];
    for (const service of change.added) {
      const entry = makeEntry(service, before.get(refKey(service.ref)));
      if (entry === undefined) continue;
      this.#entries.set(service, entry);
      added.push(entry);
    }
    this.all = this.#byName.apply({ removed, added });
    this.claimants = this.#byAge.apply({
      removed: new Set([...removed].filter(isClaimant)),
      added: added.filter(isClaimant),
    });
  }
}

/** A Service that changed, but claims the same, keeps its claim and what that was given. */
function makeEntry(service: Service, before: Entry | undefined): Entry | undefined {
  if (isOurs(service)) {
    const claim = claimOf(service);
    const same = before?.claim !== undefined && sameClaim(before.claim, claim);
    return {
      service,
      claim: same ? before.claim : claim,
      outcome: same ? before.outcome : undefined,
      planned: undefined,
    };
  }
  if (!isMarked(service)) return undefined;
  return { service, claim: undefined, outcome: undefined, planned: undefined };
}

function isClaimant(entry: Entry): boolean {
  return entry.claim !== undefined;
}

function older(a: Entry, b: Entry): number {
  return a.service.createdAt - b.service.createdAt || compareRefs(a.service.ref, b.service.ref);
}
