/**
 * What porter is asked about: objects and plan, and, where it runs, its sessions as they are.
 *
 * @module
 */

import type { BfdStatus } from "../bfd/session/mod.ts";
import type { PeerStatus, SpeakerStatus } from "../bgp/model/mod.ts";
import type { Prefix } from "../net/mod.ts";
import type { Snapshot } from "../objects/mod.ts";
import { type Plan, plan, recorded } from "../plan/mod.ts";
import type { Refusal } from "../refusal/mod.ts";
import type { HostReport } from "./model.ts";

/** Objects, plan and sessions at one moment. */
export interface Subject {
  readonly snapshot: Snapshot;
  readonly plan: Plan;
  /** Every "no". */
  readonly refusals: readonly Refusal[];
  /** The names of the nodes that BFD has lost; left out where nobody runs. */
  readonly unreachable?: ReadonlySet<string>;
  /** Left out where nobody runs: then nothing is known of sessions. */
  readonly running?: Running;
  /** What agents said of their nodes, of those that were asked. */
  readonly hosts?: readonly HostReport[];
}

/** What only a running porter knows. */
export interface Running {
  readonly sessions: readonly PeerStatus[];
  readonly bfd: readonly BfdStatus[];
  readonly speaker: SpeakerStatus;
  /** How many paths of the prefix the peer was told; undefined without a session. */
  readonly told: (peer: string, prefix: Prefix) => number | undefined;
}

/** A snapshot that nobody runs: what is planned counts as written down. */
export function subjectOf(snapshot: Snapshot): Subject {
  const written = recorded(snapshot, plan(snapshot));
  const planned = plan(written);
  return { snapshot: written, plan: planned, refusals: planned.refusals };
}
