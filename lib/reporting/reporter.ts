/**
 * Tells how a speaker's sessions are: soon after one changed, not more often than every few seconds, and
 * again before the last word is too old to be believed. One that never had a session nor listened, and was
 * refused nothing, says nothing.
 *
 * @module
 */

import { messageOf } from "../result/mod.ts";
import { sameValue } from "../objects/mod.ts";
import { backoff, Wake } from "../wake/mod.ts";
import { reportLifetime, reportOf, type SpeakerState } from "../plan/mod.ts";
import type { Clock, Log, Random, ReportWriter, SpeakerName, SpeakerReport } from "../ports/mod.ts";

/** What a reporter needs. */
export interface ReporterOptions {
  readonly speaker: SpeakerName;
  /** How it is now. */
  readonly state: () => SpeakerState;
  readonly reports: ReportWriter;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** Milliseconds between two reports at least; up to twice that, so that agents do not write as one. */
const spacing = { agent: 5000, manager: 1000 };

/** Milliseconds until a failed report is tried again, doubled each time. */
const firstRetry = 5000;

/** Reports one speaker's sessions. */
export class Reporter {
  readonly #options: ReporterOptions;
  #said: SpeakerReport | undefined;
  /** How it was at the last look. */
  #last: SpeakerReport | undefined;
  readonly #due: Wake;
  #writing: Promise<void> | undefined;
  #failures = 0;
  #silent = false;
  #stopped = false;

  /** Says nothing until something changed. */
  constructor(options: ReporterOptions) {
    this.#options = options;
    this.#due = new Wake(options.clock, () => this.#begin());
  }

  /** A session may have changed. */
  changed(): void {
    this.#silent = false;
    if (this.#failures > 0 || this.#sameAsSaid()) return;
    const { speaker, random } = this.#options;
    this.#schedule(this.#said === undefined ? 1000 : spacing[speaker.role] * (1 + random()));
  }

  /** Says nothing more until the next change, and forgets what was said. */
  silence(): void {
    this.#silent = true;
    this.#due.cancel();
    this.#said = undefined;
    this.#failures = 0;
  }

  /** Says nothing more; when what is under way is done, tells whether anything stands as said. */
  async stop(): Promise<boolean> {
    this.#stopped = true;
    await this.#writing;
    const said = this.#said !== undefined;
    this.silence();
    return said;
  }

  #sameAsSaid(): boolean {
    const nothing = { ...this.#options.speaker, at: 0, sessions: [] };
    return sameValue({ ...this.#look(), at: 0 }, { ...this.#said ?? nothing, at: 0 });
  }

  #look(): SpeakerReport {
    const { speaker, state, clock } = this.#options;
    this.#last = reportOf(speaker, state(), { at: clock.now(), before: this.#last });
    return this.#last;
  }

  #schedule(ms: number): void {
    if (this.#stopped || this.#silent || this.#writing !== undefined) return;
    this.#due.within(ms);
  }

  #begin(): void {
    this.#writing = this.#write().then((next) => {
      this.#writing = undefined;
      if (this.#silent) return this.silence();
      this.#schedule(next);
      this.changed();
    });
  }

  /** Writes; gives the milliseconds until the next report, and never rejects. */
  async #write(): Promise<number> {
    const { speaker, reports, random, log } = this.#options;
    const report = this.#look();
    const lifetime = reportLifetime[speaker.role];
    try {
      await reports.write(report);
      if (this.#failures > 0) log.info("report.written", { afterFailures: this.#failures });
      this.#failures = 0;
      this.#said = report;
      return lifetime / 3 * (0.8 + 0.2 * random());
    } catch (thrown) {
      const error = messageOf(thrown);
      if (this.#failures === 0) log.warn("report.failed", { error });
      this.#failures++;
      return backoff(this.#failures, { first: firstRetry, last: lifetime * 2 / 3 });
    }
  }
}
