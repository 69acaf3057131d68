/**
 * What porter is asked about: objects and plan, and, where it runs, its sessions as they are.
 *
 * @module
 */

import type { BfdStatus } from "../bfd/session/mod.ts";
import type { PeerStatus, SpeakerStatus } from "../bgp/model/mod.ts";
import type { Prefix } from "../net/mod.ts";
import type { Snapshot } from "../objects/mod.ts";
import {
  BrakedPlanner,
  type Plan,
  plan,
  type PlannerOptions,
  recorded,
  type SpeakerReport,
} from "../plan/mod.ts";
import type { Refusal } from "../refusal/mod.ts";
import type { HostReport } from "./model.ts";

/** Objects, plan and sessions at one moment. */
export interface Subject {
  readonly snapshot: Snapshot;
  readonly plan: Plan;
  /** Every "no". */
  readonly refusals: readonly Refusal[];
  /** When this is so, in milliseconds since the epoch; left out, no time has passed since a drain began. */
  readonly now?: number;
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
  /** What speakers say of their sessions; left out where that is not known. */
  readonly reports?: readonly SpeakerReport[];
}

/** How a snapshot that nobody runs is planned. */
export interface SubjectOptions extends Pick<PlannerOptions, "serveClassless" | "host"> {
  /** Milliseconds since the epoch. */
  readonly now?: number;
}

/** A snapshot that nobody runs: what is planned counts as written down. */
export function subjectOf(
  snapshot: Snapshot,
  { now, ...options }: SubjectOptions = {},
): Subject {
  const planOf = (objects: Snapshot): Plan =>
    now === undefined
      ? plan(objects, options)
      : new BrakedPlanner(options).plan(objects, undefined, now);
  const written = recorded(snapshot, planOf(snapshot));
  const planned = planOf(written);
  const at = now === undefined ? {} : { now };
  return { snapshot: written, plan: planned, refusals: planned.refusals, ...at };
}
