/**
 * Reads what agents say of their sessions, while there are agents that speak and this manager writes:
 * every few seconds, since that is for people and no decision is made of it.
 *
 * @module
 */

import type { Cancel, Clock, Log, ReportReader, SpeakerReport } from "../ports/mod.ts";

/** What is needed. */
export interface AgentReportsOptions {
  readonly reports: ReportReader;
  readonly clock: Clock;
  readonly log: Log;
  /** Called when they were read. */
  readonly onRead: () => void;
}

/** Milliseconds between two looks. */
const pause = 10_000;

/** The last reports. */
export class AgentReports {
  readonly #options: AgentReportsOptions;
  #latest: readonly SpeakerReport[] | undefined;
  #wanted = false;
  #next: Cancel | undefined;
  #reading: Promise<void> | undefined;
  #failed = false;

  /** Reads nothing until it is wanted. */
  constructor(options: AgentReportsOptions) {
    this.#options = options;
  }

  /** What was read last; undefined before that. */
  get latest(): readonly SpeakerReport[] | undefined {
    return this.#latest;
  }

  /** Whether somebody wants to know from now on. */
  want(wanted: boolean): void {
    if (wanted === this.#wanted) return;
    this.#wanted = wanted;
    if (wanted) return this.#soon(0);
    this.#next?.();
    this.#next = undefined;
    this.#latest = undefined;
  }

  /** Reads nothing more. */
  async stop(): Promise<void> {
    this.want(false);
    await this.#reading;
  }

  #soon(ms: number): void {
    if (!this.#wanted || this.#reading !== undefined) return;
    this.#next?.();
    this.#next = this.#options.clock.after(ms, () => {
      this.#reading = this.#read().then(() => {
        this.#reading = undefined;
        this.#soon(pause);
      });
    });
  }

  async #read(): Promise<void> {
    const { reports, log, onRead } = this.#options;
    try {
      const latest = await reports.read();
      if (!this.#wanted) return;
      this.#latest = latest;
      this.#failed = false;
      onRead();
    } catch (thrown) {
      const error = thrown instanceof Error ? thrown.message : String(thrown);
      if (!this.#failed) log.warn("reports.unreadable", { error });
      this.#failed = true;
    }
  }
}
