/**
 * What a changed field of a configuration does to a session: one row a field, so that nothing is reset
 * by accident and a new field cannot be forgotten.
 *
 * @module
 */

import { Secret } from "../../secret/mod.ts";
import type { PeerConfig, SpeakerConfig } from "../model/mod.ts";

/**
 * "reset" ends the session with Cease/6 and starts it anew at once; the peer drops our routes.
 * "renegotiate" does the same, but a peer that does graceful restart keeps them. "redial" leaves an
 * Established session alone; any other peer starts anew at once, its idle hold forgotten. "view" leaves
 * every session alone; one that is Established says the difference. "listen" concerns the listening
 * socket only.
 */
export type Consequence = "reset" | "renegotiate" | "redial" | "view" | "listen";

/** Where it depends on the values, a function of the value before and the one after. */
type Row<Value> = Consequence | ((before: Value, after: Value) => Consequence);

type Table<Config> = { readonly [Field in keyof Required<Config>]: Row<Required<Config>[Field]> };

/** Fields of a peer. Its name is what tells it from others, so it never changes. */
export const peerConsequences: Table<Omit<PeerConfig, "name">> = {
  address: "reset",
  port: "redial",
  peerAs: "reset",
  localAs: "reset",
  passive: "redial",
  localAddress: "reset",
  // Another limit ends no session: it counts when the next one comes.
  listenRange: (before, after) => sameValue(before.prefix, after.prefix) ? "view" : "reset",
  range: "reset",
  // Options of the socket: a connection keeps those that it was made with.
  interface: "reset",
  password: "reset",
  ttlSecurity: "reset",
  ebgpMultiHop: "reset",
  // Said in our OPEN.
  families: "renegotiate",
  // Whether ADD-PATH is offered is said in our OPEN, how many paths are then sent is not.
  addPathSendMax: (before, after) => (before > 0) === (after > 0) ? "view" : "renegotiate",
  holdTime: "renegotiate",
  restartTime: "renegotiate",
  nextHop: "view",
  maxPrefixesOut: "view",
  attributes: "view",
  // The next KEEPALIVE comes as it says.
  keepaliveTime: "redial",
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

/** The fields that differ, of those in the table, and what follows of each. */
export function changedFields<Config>(
  table: Table<Config>,
  before: NoInfer<Config>,
  after: NoInfer<Config>,
): ReadonlyMap<keyof Config & string, Consequence> {
  const changed = new Map<keyof Config & string, Consequence>();
  for (const field in table) {
    const [old, now] = [before[field], after[field]] as [never, never];
    if (sameValue(old, now)) continue;
    const row = table[field];
    changed.set(field, typeof row === "function" ? row(old, now) : row);
  }
  return changed;
}

/** Whether two plain values say the same: numbers, text, addresses, lists and objects of those. */
export function sameValue(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  // Its text is no property of it.
  if (a instanceof Secret || b instanceof Secret) {
    return a instanceof Secret && b instanceof Secret && a.equals(b);
  }
  const left = Object.entries(a);
  const right = new Map(Object.entries(b));
  return left.length === right.size &&
    left.every(([key, value]) => right.has(key) && sameValue(value, right.get(key)));
}
