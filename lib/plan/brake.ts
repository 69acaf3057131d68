/**
 * The brake on withdrawals (docs/adr/0036): when one change would take away more than a share of all
 * routes within seconds, they stay announced until somebody releases them. It stands between a plan and
 * what is said of it: managers and agents apply it alike, to the routes of all speakers together, so that
 * they come to the same. Time is an argument.
 *
 * What stays is a route that was announced and is not any more, whatever the cause; one that has lost some
 * of its next hops is there. What may never stay says holdable.ts.
 *
 * @module
 */

import type { Route } from "../bgp/model/mod.ts";
import { addressKey, comparePrefixes, type PrefixKey, prefixKey } from "../net/mod.ts";
import { type BrakeSettings, readHold, type Snapshot } from "../objects/mod.ts";
import { recordedWeights, restoredRoutes } from "./brake_record.ts";
import { BrakedPlans } from "./braked_plan.ts";
import { FormerMembers, lost, type Members, sumOfWeights, weightOf } from "./brake_covered.ts";
import { addressesChanged, ownersOf, recordedOwners, reservedWith } from "./brake_owners.ts";
import { Holdable, type Withdrawn } from "./holdable.ts";
import { Kept } from "./kept.ts";
import { LostHops } from "./lost_hops.ts";
import type { HeldRoute, Hold, Plan } from "./model.ts";
import { inForce, visitDifferences } from "./order.ts";
import { isAggregate } from "./routes.ts";

/** A route that was withdrawn, or would have been. */
interface Gone extends Withdrawn {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** As how many routes it counts; left out: 1. */
  readonly weight?: number;
}

interface Pass {
  readonly plan: Plan;
  readonly settings: BrakeSettings;
  readonly now: number;
  readonly holdable: Holdable;
  readonly eips: Snapshot["eips"];
}

/** Holds withdrawals from one plan to the next. */
export class Brake {
  readonly #braked: BrakedPlans;
  #before: Plan | undefined;
  /** What went within the time that counts together, held or not, the oldest first. */
  readonly #gone = new Map<PrefixKey, Gone>();
  readonly #lostHops = new LostHops();
  readonly #former = new FormerMembers();
  #held: ReadonlyMap<PrefixKey, HeldRoute> = nothing;
  /** When the first of what is held was withdrawn. */
  #since = 0;
  /** The release that the BgpConf has, and when it was first seen. */
  #release: { readonly at: number; readonly seen: number } | undefined;
  #hold: Hold | undefined;
  #started = false;
  readonly #reserved = new Kept(reservedWith);

  /** Holds nothing yet. `node`: for the agent of this node; left out, for a manager. */
  constructor({ node }: { readonly node?: string | undefined } = {}) {
    this.#braked = new BrakedPlans(node);
  }

  /**
   * The snapshot to plan: what is held is kept for the Services that it was of, so that one that comes
   * back has its address back. `now`: milliseconds since the epoch. After a restart what the BgpConf's
   * status says is held, unless it was released meanwhile.
   */
  reserving(snapshot: Snapshot, now: number): Snapshot {
    if (!this.#started) this.#started = this.#restore(snapshot, now);
    if (this.#held.size === 0) return snapshot;
    return { ...snapshot, reserved: this.#reserved.of(snapshot.reserved, this.#held) };
  }

  /** The plan of what `reserving` gave, with what is held beside it; the plan itself when nothing is. */
  apply(plan: Plan, snapshot: Snapshot, now: number): Plan {
    const before = this.#before;
    this.#before = plan;
    const conf = snapshot.bgpConfs.find(({ ref }) => ref.name === plan.conf?.name);
    this.#seeRelease(conf?.spec.brake?.released, now);
    const settings = conf?.spec.brake;
    if (conf === undefined || settings === undefined) {
      this.#letGo();
      this.#lostHops.forget(Infinity);
      return plan;
    }
    // A hold of the future could not be released.
    if (this.#since > now) {
      this.#since = now - 1;
      this.#hold = undefined;
    }
    const holdable = new Holdable(plan);
    const pass = { plan, settings, now, holdable, eips: snapshot.eips };
    if (this.#held.size > 0 && this.#isReleased(this.#since)) this.#letGo();
    const heldNone = this.#held.size === 0;
    this.#compare(before?.everywhere.announced ?? [], before, pass);
    // What comes to be held was judged by this very plan.
    if (!heldNone) this.#judgeAnew(holdable, before);
    if (this.#held.size === 0) return plan;
    this.#hold ??= this.#holdOf(plan);
    return this.#braked.of(plan, this.#hold, { conf, snapshot });
  }

  #letGo(): void {
    this.#gone.clear();
    this.#setHeld(nothing);
  }

  #setHeld(held: ReadonlyMap<PrefixKey, HeldRoute>): void {
    this.#held = held;
    this.#hold = undefined;
  }

  #seeRelease(at: number | undefined, now: number): void {
    if (at === undefined) this.#release = undefined;
    // What lies far ahead would release whatever is held until then.
    else if (at !== this.#release?.at && at <= now + mostAhead) this.#release = { at, seen: now };
  }

  /** A release is good for what was held before it was said and seen, and for nothing else. */
  #isReleased(since: number): boolean {
    const release = this.#release;
    return release !== undefined && since < Math.min(release.at, release.seen);
  }

  /** False where there is no BgpConf: it may be one that cannot be read at the moment. */
  #restore(snapshot: Snapshot, now: number): boolean {
    const conf = inForce(snapshot.bgpConfs);
    if (conf === undefined) return false;
    this.#seeRelease(conf.spec.brake?.released, now);
    const record = readHold(conf.status.brake);
    if (record === undefined || this.#isReleased(record.since)) return true;
    this.#since = record.since;
    // What was announced while the BgpConf could not be read is not held any more.
    const there = new Set(
      this.#before?.everywhere.announced.map(({ prefix }) => prefixKey(prefix)),
    );
    const routes = restoredRoutes(record).filter(({ prefix }) => !there.has(prefixKey(prefix)));
    const owners = recordedOwners(routes, snapshot);
    const weights = recordedWeights(record);
    this.#setHeld(
      new Map(routes.map((last) => {
        const key = prefixKey(last.prefix);
        const weight = weights.get(key) ?? 1;
        return [key, { last, route: last, owners: owners.get(last) ?? [], weight }];
      })),
    );
    return true;
  }

  #compare(
    old: readonly Route[],
    before: Plan | undefined,
    { plan, settings, now, holdable, eips }: Pass,
  ): void {
    const next = plan.everywhere.announced;
    const since = now - settings.within;
    const [had, has] = [before?.everywhere.members ?? noMembers, plan.everywhere.members];
    this.#former.note(had, has, { at: now, since });
    this.#lostHops.forget(since);
    if (old === next) return;
    const { removed: withdrawn, added, changed } = byPresence(old, next);
    if (before !== undefined && before.everywhere.nodes !== plan.everywhere.nodes) {
      this.#lostHops.note(changed, now, new Holdable(before).up.difference(holdable.up));
    }
    this.#comeBack(added);
    const removed = lost(withdrawn, next, eips);
    if (removed.length === 0 || before === undefined) return;
    for (const [key, { at }] of this.#gone) {
      // A clock that was set back must not make old withdrawals count for hours.
      if (at >= since && at <= now) break;
      this.#gone.delete(key);
    }
    let all = weightOf(old, had) + sumOfWeights(this.#held.values());
    for (const [key, { weight = 1 }] of this.#gone) if (!this.#held.has(key)) all += weight;
    const owners = ownersOf(removed, before, plan);
    for (const route of removed) {
      const key = prefixKey(route.prefix);
      const last = this.#lostHops.whole(route, since);
      if (isAggregate(route)) {
        const weight = this.#former.weight(route, since);
        // What had more a moment ago stood for these, too.
        all += weight - Math.max(1, had.get(key) ?? 1);
        this.#gone.set(key, { at: now, last, owners: nobody, weight });
      } else {
        const of = owners.get(addressKey(route.prefix.address)) ?? nobody;
        this.#gone.set(key, { at: now, last, owners: of });
      }
    }
    if (!exceeds(this.#gone.values(), all, settings)) return;
    holdable.lookAt(this.#gone.values());
    const held = new Map(this.#held);
    for (const [key, { at: _, ...each }] of this.#gone) {
      const route = holdable.route(each.last);
      if (route === undefined) this.#gone.delete(key);
      else if (!held.has(key)) held.set(key, { ...each, route });
    }
    if (!exceeds(this.#gone.values(), all, settings)) return;
    if (this.#held.size === 0) this.#since = now;
    this.#setHeld(held);
  }

  /** What the plan announces again is not held any more, and was not withdrawn. */
  #comeBack(added: readonly Route[]): void {
    if (this.#gone.size === 0 && this.#held.size === 0) return;
    const keys = added.map(({ prefix }) => prefixKey(prefix));
    for (const key of keys) this.#gone.delete(key);
    if (!keys.some((key) => this.#held.has(key))) return;
    const back = new Set(keys);
    this.#setHeld(new Map([...this.#held].filter(([key]) => !back.has(key))));
  }

  /**
   * Through which nodes what is held may go on, and whether. Where only Services changed since `before`,
   * their addresses are looked at.
   */
  #judgeAnew(holdable: Holdable, before: Plan | undefined): void {
    if (this.#held.size === 0) return;
    const { plan } = holdable;
    const only = before !== undefined && sameGround(before.everywhere, plan.everywhere);
    if (only && before.services === plan.services) return;
    const keys = only ? addressesChanged(before, plan) : this.#held.keys();
    const held = [...keys].flatMap((key) => this.#held.get(key) ?? []);
    holdable.lookAt(held);
    const changed = new Map<PrefixKey, HeldRoute | undefined>();
    for (const each of held) {
      const route = holdable.route(each.last, each.route);
      if (route === each.route) continue;
      changed.set(prefixKey(each.last.prefix), route && { ...each, route });
    }
    if (changed.size === 0) return;
    const now = new Map(this.#held);
    for (const [key, each] of changed) each === undefined ? now.delete(key) : now.set(key, each);
    this.#setHeld(now);
  }

  #holdOf({ everywhere: { announced, members } }: Plan): Hold {
    const held = [...this.#held.values()]
      .sort((a, b) => comparePrefixes(a.last.prefix, b.last.prefix));
    return { since: this.#since, held, of: weightOf(announced, members) + sumOfWeights(held) };
  }
}

/** Milliseconds that the clock of who releases may be ahead of ours. */
const mostAhead = 600_000;

const nothing: ReadonlyMap<PrefixKey, HeldRoute> = new Map();

/** Whether nothing differs that decides on all addresses alike. */
function sameGround(a: Plan["everywhere"], b: Plan["everywhere"]): boolean {
  return a.nodes === b.nodes && a.nodeAddresses === b.nodeAddresses &&
    a.aggregation === b.aggregation && a.pools === b.pools;
}

const noMembers: Members = new Map();
const nobody: readonly never[] = [];

function exceeds(
  all: Iterable<Gone>,
  of: number,
  { maxWithdrawn, minRoutes }: BrakeSettings,
): boolean {
  const gone = sumOfWeights(all);
  return gone >= minRoutes && gone * 100 > maxWithdrawn * of;
}

interface Presence {
  readonly removed: readonly Route[];
  readonly added: readonly Route[];
  /** Of those that are in both lists and differ: as they were. */
  readonly changed: readonly Route[];
}

/** What differs between two lists that are in the order of prefixes, by the prefixes. */
function byPresence(before: readonly Route[], after: readonly Route[]): Presence {
  const found = { removed: [] as Route[], added: [] as Route[], changed: [] as Route[] };
  visitDifferences(before, after, (a, b) => comparePrefixes(a.prefix, b.prefix), (old, now) => {
    if (old === undefined) { if (now !== undefined) found.added.push(now); }
    else (now === undefined ? found.removed : found.changed).push(old);
  });
  return found;
}
