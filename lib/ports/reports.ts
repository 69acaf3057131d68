/**
 * Where agents say how their sessions are, each for itself, and managers read it.
 *
 * @module
 */

import type { SpeakerReport } from "../plan/mod.ts";

/** An agent's side. Throws when the world fails; the report before then stands. */
export interface ReportWriter {
  write(report: SpeakerReport): Promise<void>;
}

/** The managers' side. */
export interface ReportReader {
  /** The last report of every agent there is; throws when the world fails. */
  read(): Promise<readonly SpeakerReport[]>;
}

export type { ReportedSession, SpeakerReport } from "../plan/mod.ts";
