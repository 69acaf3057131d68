/**
 * The Services that a plan is about, each with what was found out about it so far. Entries follow
 * the snapshots: one is made for each Service that changed, all others stay with their findings.
 *
 * @module
 */

import type { Assignment, Claim, OpenClaim, Tenant } from "../ipam/mod.ts";
import type { Service } from "../objects/mod.ts";
import { compareRefs, type ObjectRef } from "../refusal/mod.ts";
import { claimOf, isMarked, isOurs } from "./claims.ts";
import type { PoolUse, ServicePlan } from "./model.ts";
import { byService, delta, SortedView } from "./order.ts";

/** A Service that is porter's, or has something of porter's. */
export class Entry implements Tenant {
  /** The version of the Service that the entry is of. */
  readonly read: Service;
  /** Otherwise it is let go. */
  readonly ours: boolean;
  anchored: readonly Assignment[] | undefined = undefined;
  open: OpenClaim | undefined = undefined;
  /** What counts as its use of pools (pool_plan.ts). */
  uses: readonly (PoolUse & { readonly pool: string })[] = none;
  /** The last plan of it, or of the Service of before. */
  plan: ServicePlan | undefined = undefined;

  constructor(read: Service, ours: boolean) {
    this.read = read;
    this.ours = ours;
  }

  /** The name of the Service. */
  get service(): ObjectRef {
    return this.read.ref;
  }

  /** See Tenant. */
  claim(): Claim {
    return claimOf(this.read);
  }
}

const none: readonly never[] = [];

/** What became of entries: one that changed is in both, as it was and as it is. */
export interface EntryChange {
  readonly before: Entry | undefined;
  readonly now: Entry | undefined;
}

/** All entries, followed from one snapshot to the next. */
export class EntryTable {
  readonly #view = new SortedView<Entry>(byService);
  readonly #serveClassless: boolean;
  #services: readonly Service[] = [];

  /** `serveClassless`: Services that name no load balancer are porter's too. */
  constructor(serveClassless: boolean) {
    this.#serveClassless = serveClassless;
  }

  /** In the order of names. */
  get all(): readonly Entry[] {
    return this.#view.sorted;
  }

  /** The entry of a Service. */
  find(service: ObjectRef): Entry | undefined {
    return this.#view.find((entry) => compareRefs(entry.service, service));
  }

  /** Takes the Services of a snapshot; gives the entries that came, went or changed. */
  update(services: readonly Service[]): readonly EntryChange[] {
    const { removed, added } = delta(this.#services, services);
    this.#services = services;
    const before = new Map<Entry, Entry | undefined>();
    for (const { ref } of removed) {
      const entry = this.find(ref);
      if (entry !== undefined) before.set(entry, undefined);
    }
    const changes: EntryChange[] = [];
    const entries: Entry[] = [];
    for (const service of added) {
      const now = this.#entryOf(service);
      if (now === undefined) continue;
      const former = before.size === 0 ? undefined : this.find(service.ref);
      if (former !== undefined) before.set(former, now);
      else changes.push({ before: undefined, now });
      entries.push(now);
    }
    for (const [entry, now] of before) changes.push({ before: entry, now });
    this.#view.apply({ removed: new Set(before.keys()), added: entries });
    return changes;
  }

  #entryOf(service: Service): Entry | undefined {
    const ours = isOurs(service, this.#serveClassless);
    return ours || isMarked(service) ? new Entry(service, ours) : undefined;
  }
}
