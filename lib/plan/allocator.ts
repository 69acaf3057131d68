/**
 * Allocation from one snapshot to the next: pools and outcomes keep their references as long as they
 * say the same, and only the claims that a change can concern are looked at (lib/ipam/ledger.ts).
 *
 * @module
 */

import { judgePools, Ledger, type Pool, type PoolTable } from "../ipam/mod.ts";
import type { AddressKey } from "../net/mod.ts";
import {
  type Eip,
  type Namespace,
  type ObjectFault,
  type Reserved,
  sameValue,
  type Snapshot,
} from "../objects/mod.ts";
import type { Refusal } from "../refusal/mod.ts";
import { claimsRoom, fullEips } from "./claims_room.ts";
import { namespaceLabels, nodeAddresses, poolClaims, poolOf, reservedAddresses } from "./claims.ts";
import type { Entry, EntryChange } from "./entries.ts";
import type { PoolPlan } from "./model.ts";
import { byRef, sameItems, SortedView } from "./order.ts";
import { PoolUses } from "./pool_plan.ts";

/** What was allocated for a snapshot; what each entry was given is with the entry. */
export interface Allocated {
  readonly table: PoolTable;
  readonly nodeAddresses: ReadonlyMap<AddressKey, string>;
  /** In the order of names. */
  readonly pools: readonly PoolPlan[];
  /** The Eips that take no further claim. */
  readonly full: readonly Refusal[];
  /** The entries that are given something else than before. */
  readonly changed: Iterable<Entry>;
}

/** Allocates for one snapshot after another. */
export class Allocator {
  readonly #ledger = new Ledger<Entry>();
  readonly #eips = new SortedView<Eip>(byRef);
  readonly #uses = new PoolUses();
  #offered: readonly Pool[] = [];
  #table: PoolTable = judgePools([]);
  #nodeAddresses: ReadonlyMap<AddressKey, string> = new Map();
  #nodes: Snapshot["nodes"] = none;
  #last: Beside | undefined;
  #room: ReadonlyMap<string, number> = new Map();
  #full: readonly Refusal[] = none;

  /** Allocates for a snapshot; `changes` and `all` are those of the entries. */
  allocate(
    snapshot: Snapshot,
    changes: readonly EntryChange[],
    all: readonly Entry[],
  ): Allocated {
    this.#judgeNodes(snapshot.nodes);
    const eips = this.#eips.update(snapshot.eips);
    const moved = this.#judgePools(eips);
    if (moved) {
      this.#ledger.restart(this.#table);
      this.#uses.restart(this.#table, all);
      for (const entry of all) if (entry.ours) this.#ledger.replace(undefined, entry);
    } else {
      for (const { before, now } of changes) {
        this.#ledger.replace(before?.ours ? before : undefined, now?.ours ? now : undefined);
      }
    }
    const changed = this.#settle(snapshot, eips, moved);
    this.#uses.update({
      gone: moved ? none : changes.flatMap((each) => each.before ?? none),
      here: moved ? all : new Set([...changes.flatMap((each) => each.now ?? none), ...changed]),
      all,
      reserved: snapshot.reserved ?? none,
    });
    return {
      table: this.#table,
      nodeAddresses: this.#nodeAddresses,
      pools: this.#uses.plan(this.#nodeAddresses),
      full: this.#full,
      changed,
    };
  }

  #settle(snapshot: Snapshot, eips: readonly Eip[], moved: boolean): ReadonlySet<Entry> {
    const beside: Beside = {
      complete: snapshot.complete,
      eips,
      nodeAddresses: this.#nodeAddresses,
      reserved: snapshot.reserved ?? none,
      namespaces: snapshot.namespaces ?? none,
      faults: snapshot.faults,
    };
    const anew = moved || this.#last === undefined || !sameBeside(this.#last, beside);
    this.#last = beside;
    const room = anew ? claimsRoom(eips, beside.faults) : this.#room;
    if (anew) this.#full = fullEips(eips, room);
    this.#room = room;
    return this.#ledger.settle(() => ({
      nodeAddresses: beside.nodeAddresses,
      reserved: reservedAddresses(beside.reserved),
      namespaces: namespaceLabels(beside.namespaces),
      claimed: poolClaims(eips, this.#ledger.open),
      room,
      adoptOnly: !beside.complete,
    }), anew);
  }

  /** Whether the pools are others than before: most changes of Eips are of their statuses alone. */
  #judgePools(eips: readonly Eip[]): boolean {
    const before = new Map(this.#offered.map((each) => [each.eip.name, each]));
    const offered = eips.map((eip) => {
      const pool = poolOf(eip);
      const known = before.get(eip.ref.name);
      return known !== undefined && sameValue(known, pool) ? known : pool;
    });
    if (sameItems(this.#offered, offered)) return false;
    this.#offered = offered;
    this.#table = judgePools(offered);
    return true;
  }

  #judgeNodes(nodes: Snapshot["nodes"]): void {
    if (this.#nodes === nodes) return;
    this.#nodes = nodes;
    const now = nodeAddresses(nodes);
    if (!sameEntries(this.#nodeAddresses, now)) this.#nodeAddresses = now;
  }
}

/** What allocation depends on beside claims and pools. */
interface Beside {
  readonly complete: boolean;
  /** Their statuses say who may have what. */
  readonly eips: readonly Eip[];
  readonly nodeAddresses: ReadonlyMap<AddressKey, string>;
  readonly reserved: readonly Reserved[];
  readonly namespaces: readonly Namespace[];
  /** Some say how many claims an Eip takes. */
  readonly faults: readonly ObjectFault[];
}

const none: readonly never[] = [];

function sameBeside(a: Beside, b: Beside): boolean {
  return a.complete === b.complete && a.eips === b.eips && a.nodeAddresses === b.nodeAddresses &&
    a.faults === b.faults && sameItems(a.reserved, b.reserved) &&
    sameItems(a.namespaces, b.namespaces);
}

function sameEntries<K, V>(a: ReadonlyMap<K, V>, b: ReadonlyMap<K, V>): boolean {
  if (a.size !== b.size) return false;
  for (const [key, value] of a) if (b.get(key) !== value) return false;
  return true;
}
