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
  const changed = new Map<KindName, Map<string, Noun["object"] | undefined>>();
  const put = (ref: ObjectRef, object: Noun["object"] | undefined): void => {
    const kind = ref.kind as KindName;
    const ofKind = changed.get(kind) ?? new Map<string, Noun["object"] | undefined>();
    changed.set(kind, ofKind.set(refKey(ref), object));
  };
  for (const ref of change.removed ?? []) put(ref, undefined);
  for (const { object } of change.set ?? []) put(object.ref, object);
  const next = <K extends KindName>(
    kind: K,
    list: readonly NounOfKind[K][],
  ): readonly NounOfKind[K][] => {
    const ofKind = changed.get(kind) as Map<string, NounOfKind[K] | undefined> | undefined;
    return ofKind === undefined ? list : merged(list, ofKind);
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

/** The list with the changes merged in; the same list when they change nothing. */
function merged<T extends ObjectMeta>(
  list: readonly T[],
  changes: ReadonlyMap<string, T | undefined>,
): readonly T[] {
  let differs = false;
  const waiting = new Map(changes);
  const result: T[] = [];
  for (const object of list) {
    const key = refKey(object.ref);
    const replaced = waiting.has(key) ? waiting.get(key) : object;
    waiting.delete(key);
    const now = replaced !== undefined && sameValue(object, replaced) ? object : replaced;
    if (now !== object) differs = true;
    if (now !== undefined) result.push(now);
  }
  const added = [...waiting.values()].filter((each) => each !== undefined);
  if (added.length === 0) return differs ? result : list;
  return [...result, ...added].sort(byName);
}

function byName(a: ObjectMeta, b: ObjectMeta): number {
  return compareText(a.ref.namespace, b.ref.namespace) || compareText(a.ref.name, b.ref.name);
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
