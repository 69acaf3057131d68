/**
 * How sessions are, for statuses: what changes is told at once, but how many prefixes there are only once
 * a second. While Services come one after the other these numbers change with each of them, and to
 * write them each time would keep the API server from what is wanted of it.
 *
 * @module
 */

import type { PeerStatus } from "../bgp/mod.ts";
import { sameValue } from "../objects/mod.ts";

/** Milliseconds for which a count that was told stays so. */
const told = 1000;

/** Sessions as they are told, and when that is over. */
export interface Told {
  readonly sessions: readonly PeerStatus[];
  /** Milliseconds until there are newer counts to tell; undefined when these are the newest. */
  readonly wait: number | undefined;
}

/** Remembers what was told. */
export class SteadyCounts {
  #told: ReadonlyMap<string, { readonly status: PeerStatus; readonly at: number }> = new Map();

  /** The sessions as they are to be told now; `now` in milliseconds by the monotonic clock. */
  of(sessions: readonly PeerStatus[], now: number): Told {
    const before = this.#told;
    const next = new Map<string, { readonly status: PeerStatus; readonly at: number }>();
    let wait: number | undefined;
    for (const status of sessions) {
      const known = before.get(status.name);
      const left = known === undefined ? 0 : known.at + told - now;
      if (known === undefined || !sameValue(withoutCounts(known.status), withoutCounts(status))) {
        next.set(status.name, { status, at: now });
      } else if (sameValue(countsOf(known.status), countsOf(status))) {
        next.set(status.name, { status, at: known.at });
      } else if (left <= 0) next.set(status.name, { status, at: now });
      else {
        next.set(status.name, known);
        wait = Math.min(left, wait ?? Infinity);
      }
    }
    this.#told = next;
    return { sessions: [...next.values()].map(({ status }) => status), wait };
  }
}

/** What statuses say of a session beside numbers. */
function withoutCounts(session: PeerStatus): unknown {
  const { state, since, flaps, lastError, refused, negotiated, peerCapabilities } = session;
  const sessions = session.sessions?.map((each) => [each.address, withoutCounts(each)]);
  return { state, since, flaps, lastError, refused, negotiated, peerCapabilities, sessions };
}

/** The numbers that statuses say. */
function countsOf(session: PeerStatus): unknown {
  const { prefixesSent, pathsSent, prefixesReceived, prefixesHeldBack, sessions } = session;
  return [
    ...[prefixesSent, pathsSent, prefixesReceived, prefixesHeldBack],
    sessions?.map(countsOf),
  ];
}
