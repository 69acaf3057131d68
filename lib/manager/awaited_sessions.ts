/**
 * Which sessions a manager that has just started still waits for before it counts as ready.
 *
 * @module
 */

import type { PeerStatus } from "../bgp/mod.ts";

/**
 * Milliseconds after the first plan in which a session that is not up counts as still coming: a leaf
 * switch that dials us may do so every two minutes. One that is away for longer must not keep a
 * rolling update from going on.
 */
const awaited = 150_000;

/** What is missing, in words; `ms` milliseconds after the first plan. */
export function awaitedSessions(peers: readonly PeerStatus[], ms: number): readonly string[] {
  if (ms >= awaited) return [];
  const coming = peers.filter(({ state, refused, sessions }) =>
    // Nobody knows who of a range will come.
    state !== "Established" && refused === undefined && sessions === undefined
  );
  return coming.map(({ name, state }) => `the session with BgpPeer ${name} is ${state}`);
}
