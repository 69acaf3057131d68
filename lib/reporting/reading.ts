/**
 * Reads what speakers say of their sessions, while somebody wants to know: every few seconds, since that is
 * for people and no decision is made of it. What a manager that is gone has left is taken away.
 *
 * @module
 */

import { messageOf } from "../result/mod.ts";
import { sameValue } from "../objects/mod.ts";
import { reportLifetime } from "../plan/mod.ts";
import type { Cancel, Clock, Log, ReportStore, SpeakerReport } from "../ports/mod.ts";

/** What is needed. */
export interface ReadingOptions {
  readonly reports: Pick<ReportStore, "read" | "remove">;
  readonly clock: Clock;
  readonly log: Log;
  /** Called when they were read, and say something else than before. */
  readonly onChange: () => void;
}

/** Milliseconds between two looks. */
const pause = 10_000;

/** Milliseconds in which those who ask are told the same. */
const fresh = 5000;

/** A report that stays the same, and since when by our monotonic clock. */
interface Seen {
  readonly at: number;
  readonly since: number;
}

/** The last reports. */
export class Reading {
  readonly #options: ReadingOptions;
  #latest: readonly SpeakerReport[] | undefined;
  #seen: ReadonlyMap<string, Seen> = new Map();
  #wanted = false;
  #next: Cancel | undefined;
  #reading: Promise<void> | undefined;
  #failed = false;
  #asked:
    | { readonly at: number; readonly reports: Promise<readonly SpeakerReport[] | undefined> }
    | undefined;

  /** Reads nothing until it is wanted. */
  constructor(options: ReadingOptions) {
    this.#options = options;
  }

  /** What was read last, of speakers that are not silent; undefined before that. */
  get latest(): readonly SpeakerReport[] | undefined {
    return this.#latest;
  }

  /** What speakers say, for one who asks now, whoever wants to know; undefined where that cannot be read. */
  async ask(): Promise<readonly SpeakerReport[] | undefined> {
    if (this.#latest !== undefined) return this.#latest;
    const now = this.#options.clock.monotonic();
    if (this.#asked === undefined || now - this.#asked.at > fresh) {
      this.#asked = { at: now, reports: this.#readOnce() };
    }
    return await this.#asked.reports;
  }

  async #readOnce(): Promise<readonly SpeakerReport[] | undefined> {
    const { reports, clock } = this.#options;
    try {
      const found = await reports.read();
      this.#failed = false;
      return found.filter(({ at }) => clock.now() - at <= reportLifetime.agent);
    } catch (thrown) {
      this.#tell(thrown);
      return undefined;
    }
  }

  /** Whether somebody wants to know from now on. */
  want(wanted: boolean): void {
    if (wanted === this.#wanted) return;
    this.#wanted = wanted;
    if (wanted) return this.#soon(0);
    this.#next?.();
    this.#next = undefined;
    this.#latest = undefined;
    this.#seen = new Map();
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
    const { reports, onChange } = this.#options;
    try {
      const found = await reports.read();
      if (!this.#wanted) return;
      const { speaking, silent } = this.#judge(found);
      const changed = !sameValue(said(speaking), said(this.#latest));
      this.#latest = speaking;
      if (changed) onChange();
      // Those of agents go with their Nodes.
      for (const report of silent) {
        if (this.#wanted && report.role === "manager") await reports.remove(report);
      }
      this.#failed = false;
    } catch (thrown) {
      this.#tell(thrown);
    }
  }

  /** Once, until it goes well again. */
  #tell(thrown: unknown): void {
    const error = messageOf(thrown);
    if (!this.#failed) this.#options.log.warn("reports.failed", { error });
    this.#failed = true;
  }

  /**
   * A speaker is silent when it says nothing new for too long by our own clock, whatever its own says; and
   * what is old by that is not believed even for so long.
   */
  #judge(
    found: readonly SpeakerReport[],
  ): { readonly speaking: readonly SpeakerReport[]; readonly silent: readonly SpeakerReport[] } {
    const { clock } = this.#options;
    const monotonic = clock.monotonic();
    const seen = new Map<string, Seen>();
    const speaking: SpeakerReport[] = [];
    const silent: SpeakerReport[] = [];
    for (const report of found) {
      const { role, name, at } = report;
      const key = `${role} ${name}`;
      const before = this.#seen.get(key);
      const now = before?.at === at ? before : { at, since: monotonic };
      seen.set(key, now);
      const speaks = monotonic - now.since <= reportLifetime[role] &&
        clock.now() - at <= reportLifetime.agent;
      (speaks ? speaking : silent).push(report);
    }
    this.#seen = seen;
    return { speaking, silent };
  }
}

/** Without the times at which it was said. */
function said(reports: readonly SpeakerReport[] | undefined): unknown {
  return reports?.map(({ at: _, ...said }) => said);
}
