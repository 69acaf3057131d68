/**
 * What a changed field of a configuration does to a session: one row a field, so that nothing is reset
 * by accident and a new field cannot be forgotten.
 *
 * @module
 */

import type { PeerConfig, SpeakerConfig } from "../model/mod.ts";

/**
 * "reset" ends the session with Cease/6 and starts it anew at once. "redial" leaves an Established
 * session alone; any other peer starts anew at once, its idle hold forgotten. "listen" concerns the
 * listening socket only.
 */
export type Consequence = "reset" | "redial" | "listen";

type Table<Config> = { readonly [Field in keyof Required<Config>]: Consequence };

/** Fields of a peer. Its name is what tells it from others, so it never changes. */
export const peerConsequences: Table<Omit<PeerConfig, "name">> = {
  address: "reset",
  port: "redial",
  peerAs: "reset",
  passive: "redial",
  localAddress: "reset",
  // Said in our OPEN.
  families: "reset",
  addPathSendMax: "reset",
  holdTime: "reset",
  // Every path would be said anew.
  nextHop: "reset",
  maxPrefixesOut: "reset",
  connectRetryTime: "redial",
  idleHoldTime: "redial",
  idleHoldTimeMax: "redial",
};

/** Fields of the speaker; "reset" concerns all sessions. */
export const speakerConsequences: Table<SpeakerConfig> = {
  as: "reset",
  routerId: "reset",
  listen: "listen",
};

/** The fields that differ, of those in the table, and the strongest of what follows. */
export function changedFields<Field extends string>(
  table: Readonly<Record<Field, Consequence>>,
  before: Readonly<Partial<Record<NoInfer<Field>, unknown>>>,
  after: Readonly<Partial<Record<NoInfer<Field>, unknown>>>,
): ReadonlyMap<Field, Consequence> {
  const changed = new Map<Field, Consequence>();
  for (const field in table) {
    if (!sameValue(before[field], after[field])) changed.set(field, table[field]);
  }
  return changed;
}

/** Whether two plain values say the same: numbers, text, addresses, lists and objects of those. */
export function sameValue(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  const left = Object.entries(a);
  const right = new Map(Object.entries(b));
  return left.length === right.size &&
    left.every(([key, value]) => right.has(key) && sameValue(value, right.get(key)));
}
