/**
 * Tells how an agent's sessions are: soon after one changed, not more often than every few seconds, and
 * again before the last word is too old to be believed. An agent that never had a session says nothing.
 *
 * @module
 */

import type { PeerStatus } from "../bgp/mod.ts";
import { sameValue } from "../objects/mod.ts";
import { reportLifetime, reportOf } from "../plan/mod.ts";
import type { Cancel, Clock, Log, Random, ReportWriter, SpeakerReport } from "../ports/mod.ts";

/** What a reporter needs. */
export interface ReporterOptions {
  readonly node: string;
  readonly sessions: () => readonly PeerStatus[];
  readonly reports: ReportWriter;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** Milliseconds between two reports at least; up to twice that, so that agents do not write as one. */
const spacing = 5000;

/** Milliseconds until the same is said again. */
const again = reportLifetime / 3;

/** Milliseconds until a failed report is tried again, doubled each time. */
const retry = { first: 5000, last: 120_000 };

/** Reports one agent's sessions. */
export class Reporter {
  readonly #options: ReporterOptions;
  #said: SpeakerReport | undefined;
  #due: { readonly at: number; readonly cancel: Cancel } | undefined;
  #writing: Promise<void> | undefined;
  #failures = 0;
  #stopped = false;

  /** Says nothing until something changed. */
  constructor(options: ReporterOptions) {
    this.#options = options;
  }

  /** A session may have changed. */
  changed(): void {
    if (this.#failures > 0 || this.#sameAsSaid()) return;
    this.#schedule(spacing * (this.#said === undefined ? 0.2 : 1 + this.#options.random()));
  }

  /** Says nothing more, and waits for what is under way. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#due?.cancel();
    this.#due = undefined;
    await this.#writing;
  }

  #sameAsSaid(): boolean {
    const { sessions } = this.#now();
    return sameValue(sessions, this.#said?.sessions ?? []);
  }

  #now(): SpeakerReport {
    const { node, sessions, clock } = this.#options;
    return reportOf(node, clock.now(), sessions());
  }

  #schedule(ms: number): void {
    if (this.#stopped || this.#writing !== undefined) return;
    const { clock } = this.#options;
    const at = clock.monotonic() + ms;
    if (this.#due !== undefined && this.#due.at <= at) return;
    this.#due?.cancel();
    const cancel = clock.after(ms, () => {
      this.#due = undefined;
      this.#writing = this.#write().then((next) => {
        this.#writing = undefined;
        this.#schedule(next);
        this.changed();
      });
    });
    this.#due = { at, cancel };
  }

  /** Writes; gives the milliseconds until the next report, and never rejects. */
  async #write(): Promise<number> {
    const { reports, random, log } = this.#options;
    const report = this.#now();
    try {
      await reports.write(report);
      if (this.#failures > 0) log.info("report.written", { afterFailures: this.#failures });
      this.#failures = 0;
      this.#said = report;
      return again * (0.8 + 0.2 * random());
    } catch (thrown) {
      const error = thrown instanceof Error ? thrown.message : String(thrown);
      if (this.#failures === 0) log.warn("report.failed", { error });
      this.#failures++;
      return Math.min(retry.first * 2 ** Math.min(this.#failures - 1, 20), retry.last);
    }
  }
}
