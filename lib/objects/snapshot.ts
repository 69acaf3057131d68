/**
 * Putting snapshots together. An object that did not change is the same reference as before, and so
 * is a list in which nothing changed: whoever computes from a snapshot can tell by reference.
 *
 * @module
 */

import { type ObjectRef, refKey } from "../refusal/mod.ts";
import { Secret } from "../secret/mod.ts";
import {
  emptySnapshot,
  type ObjectFault,
  type ObjectMeta,
  type Reserved,
  type Snapshot,
  type UnreadSecret,
} from "./model.ts";
import type { KindName, Noun, NounOfKind } from "./parse.ts";

/** What changed since a snapshot. */
export interface SnapshotChange {
  /** Objects that are new or may have changed. */
  readonly set?: Iterable<Noun>;
  /** Objects that are gone. */
  readonly removed?: Iterable<ObjectRef>;
  /** All faults; left out keeps those of before. */
  readonly faults?: readonly ObjectFault[];
  /** All reserved addresses; left out keeps those of before. */
  readonly reserved?: readonly Reserved[];
  /** All Secrets that cannot be read; left out keeps those of before. */
  readonly unreadSecrets?: readonly UnreadSecret[];
  /** Whether every kind was listed once; left out keeps what was. */
  readonly complete?: boolean;
}

/** A snapshot of just these objects; of two of one name the last counts. */
export function buildSnapshot(
  objects: Iterable<Noun>,
  options: { readonly faults?: readonly ObjectFault[]; readonly complete?: boolean } = {},
): Snapshot {
  return nextSnapshot(emptySnapshot, { ...options, set: objects });
}

/**
 * The snapshot after a change, in the order of namespaces and names. Gives `previous` itself when
 * nothing changed.
 */
export function nextSnapshot(previous: Snapshot, change: SnapshotChange): Snapshot {
  const changed = new Map<KindName, Map<string, Change<Noun["object"]>>>();
  const put = (ref: ObjectRef, now: Noun["object"] | undefined): void => {
    const kind = ref.kind as KindName;
    const ofKind = changed.get(kind) ?? new Map<string, Change<Noun["object"]>>();
    changed.set(kind, ofKind.set(refKey(ref), { ref, now }));
  };
  for (const ref of change.removed ?? []) put(ref, undefined);
  for (const { object } of change.set ?? []) put(object.ref, object);
  const next = <K extends KindName>(
    kind: K,
    list: readonly NounOfKind[K][],
  ): readonly NounOfKind[K][] => {
    const ofKind = changed.get(kind) as Map<string, Change<NounOfKind[K]>> | undefined;
    return ofKind === undefined ? list : merged(list, ofKind.values());
  };
  const namespaces = next("Namespace", previous.namespaces ?? none);
  const secrets = next("Secret", previous.secrets ?? none);
  const unreadSecrets = kept(previous.unreadSecrets ?? none, change.unreadSecrets);
  const reserved = kept(previous.reserved ?? [], change.reserved);
  const snapshot: Snapshot = {
    complete: change.complete ?? previous.complete,
    eips: next("Eip", previous.eips),
    bgpConfs: next("BgpConf", previous.bgpConfs),
    bgpPeers: next("BgpPeer", previous.bgpPeers),
    services: next("Service", previous.services),
    endpointSlices: next("EndpointSlice", previous.endpointSlices),
    nodes: next("Node", previous.nodes),
    faults: kept(previous.faults, change.faults),
    ...(namespaces.length === 0 ? {} : { namespaces }),
    ...(secrets.length === 0 ? {} : { secrets }),
    ...(unreadSecrets.length === 0 ? {} : { unreadSecrets }),
    ...(reserved.length === 0 ? {} : { reserved }),
  };
  return sameFields(previous, snapshot) ? previous : snapshot;
}

const none: readonly never[] = [];

/** What becomes of an object; undefined when it is gone. */
interface Change<T> {
  readonly ref: ObjectRef;
  readonly now: T | undefined;
}

/** The list, which is in the order of names, with the changes merged in; itself when they change nothing. */
function merged<T extends ObjectMeta>(
  list: readonly T[],
  changes: Iterable<Change<T>>,
): readonly T[] {
  const places = [...changes].sort((a, b) => byName(a.ref, b.ref)).map(({ ref, now }) => {
    const at = placeOf(list, ref);
    const there = list[at];
    const before = there !== undefined && byName(there.ref, ref) === 0 ? there : undefined;
    return { at, before, now };
  }).filter(({ before, now }) => before !== now && !sameValue(before, now));
  if (places.length === 0) return list;
  const result: T[] = [];
  let from = 0;
  for (const { at, before, now } of places) {
    for (; from < at; from++) result.push(list[from] as T);
    if (before !== undefined) from++;
    if (now !== undefined) result.push(now);
  }
  for (; from < list.length; from++) result.push(list[from] as T);
  return result;
}

/** Where in the list the object of that name is, or would be. */
function placeOf(list: readonly ObjectMeta[], ref: ObjectRef): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (byName((list[middle] as ObjectMeta).ref, ref) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

function byName(a: ObjectRef, b: ObjectRef): number {
  return compareText(a.namespace, b.namespace) || compareText(a.name, b.name);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function kept<T>(before: readonly T[], now: readonly T[] | undefined): readonly T[] {
  return now === undefined || sameValue(before, now) ? before : now;
}

function sameFields(a: Snapshot, b: Snapshot): boolean {
  return a.complete === b.complete && a.eips === b.eips && a.bgpConfs === b.bgpConfs &&
    a.bgpPeers === b.bgpPeers && a.services === b.services &&
    a.endpointSlices === b.endpointSlices && a.nodes === b.nodes && a.faults === b.faults &&
    (a.namespaces ?? none) === (b.namespaces ?? none) &&
    (a.secrets ?? none) === (b.secrets ?? none) &&
    (a.unreadSecrets ?? none) === (b.unreadSecrets ?? none) &&
    (a.reserved ?? []).length === (b.reserved ?? []).length &&
    (a.reserved === b.reserved || (b.reserved ?? []).length === 0);
}

/** Whether two values of plain data say the same; the order of keys does not matter. */
export function sameValue(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  // Its text is no property of it.
  if (a instanceof Secret || b instanceof Secret) {
    return a instanceof Secret && b instanceof Secret && a.equals(b);
  }
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const left = a as Readonly<Record<string, unknown>>;
  const right = b as Readonly<Record<string, unknown>>;
  const keys = Object.keys(left);
  return keys.length === Object.keys(right).length &&
    keys.every((key) => Object.hasOwn(right, key) && sameValue(left[key], right[key]));
}
