/**
 * Which refusals of the loops are told as events: each fact once. One of a session is no new fact when the
 * session was down meanwhile and says the same again.
 *
 * @module
 */

import type { PeerStatus } from "../bgp/mod.ts";
import { refKey, type Refusal } from "../refusal/mod.ts";

/** Remembers what was told. */
export class ToldOnce {
  #told: ReadonlyMap<string, Refusal> = new Map();

  /** Those that were not told yet; what is over is forgotten, and told again when it comes back. */
  fresh(all: readonly Refusal[], sessions: readonly PeerStatus[]): readonly Refusal[] {
    if (all.length === 0 && this.#told.size === 0) return [];
    const up = new Set(sessions.filter(isUp).map(({ name }) => name));
    const known = new Set(sessions.map(({ name }) => name));
    const now = new Map(all.map((each) => [keyOf(each), each]));
    const found = [...now].filter(([key]) => !this.#told.has(key)).map(([, each]) => each);
    const stays = [...this.#told].filter(([, { object }]) =>
      object.kind === "BgpPeer" && known.has(object.name) && !up.has(object.name)
    );
    this.#told = new Map([...stays, ...now]);
    return found;
  }
}

function isUp({ state, sessions }: PeerStatus): boolean {
  return sessions === undefined ? state === "Established" : sessions.some(isUp);
}

function keyOf({ object, reason, message }: Refusal): string {
  return `${refKey(object)} ${reason} ${message}`;
}
