/**
 * The judgement of the election: what to do with a Lease that was read, and how long it binds. No
 * process trusts another's clock: a holder counts as gone when its Lease did not change for its
 * duration by the *reader's* clock, as client-go does it. A leader stops by its own clock, before
 * anybody else may begin.
 *
 * @module
 */

import type { Lease, VersionedLease } from "../ports/mod.ts";

/** How the election is run. Times in milliseconds; duration > renewDeadline > retry. */
export interface ElectionTimes {
  /** So long a silent holder is respected. */
  readonly duration: number;
  /** So long after its last renewal a leader leads at most. */
  readonly renewDeadline: number;
  /** Between two looks. */
  readonly retry: number;
}

/** What Kubernetes' own controllers use. */
export const defaultElectionTimes: ElectionTimes = {
  duration: 15_000,
  renewDeadline: 10_000,
  retry: 2_000,
};

/** A Lease and when we first saw it like that, by our monotonic clock. */
export interface Observation {
  readonly found: VersionedLease | undefined;
  readonly since: number;
}

/** What was seen before and now: a Lease that did not change keeps its time. */
export function observe(
  before: Observation | undefined,
  found: VersionedLease | undefined,
  monotonic: number,
): Observation {
  const same = before !== undefined && before.found?.version === found?.version;
  return same ? before : { found, since: monotonic };
}

/** The Lease to write now, or undefined when another one holds it. */
export function claim(
  { found, since }: Observation,
  own: { readonly identity: string; readonly times: ElectionTimes },
  at: { readonly now: number; readonly monotonic: number },
): Lease | undefined {
  const { identity, times } = own;
  const duration = Math.ceil(times.duration / 1000);
  const lease = found?.lease;
  if (lease?.holder === identity) return { ...lease, duration, renewedAt: at.now };
  const free = lease === undefined || lease.holder === "" ||
    at.monotonic - since >= lease.duration * 1000;
  if (!free) return undefined;
  return {
    holder: identity,
    duration,
    acquiredAt: at.now,
    renewedAt: at.now,
    transitions: (lease?.transitions ?? -1) + 1,
  };
}
