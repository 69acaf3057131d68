/**
 * Where speakers of BGP say how their sessions are, each for itself, and the manager that leads reads it.
 *
 * @module
 */

import type { SpeakerName, SpeakerReport } from "../plan/mod.ts";

/** A speaker's side. Throws when the world fails; the report before then stands. */
export interface ReportWriter {
  write(report: SpeakerReport): Promise<void>;
}

/** The managers' side: they speak, too, and one of them reads. */
export interface ReportStore extends ReportWriter {
  /** The last report of every speaker there is; throws when the world fails. */
  read(): Promise<readonly SpeakerReport[]>;
  /** Takes a report away, if there is one; throws when the world fails. */
  remove(speaker: SpeakerName): Promise<void>;
}

export type { ReportedSession, SpeakerName, SpeakerReport } from "../plan/mod.ts";
