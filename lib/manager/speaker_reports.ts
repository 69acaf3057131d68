/**
 * How the managers tell each other of their sessions: the one that leads reads what the others and the agents
 * say, and writes the statuses; each of the others says how its own are.
 *
 * @module
 */

import { reportOf, type SpeakerState } from "../plan/mod.ts";
import type { Clock, Log, Random, ReportStore, SpeakerReport } from "../ports/mod.ts";
import { Reading, Reporter } from "../reporting/mod.ts";
import { messageOf } from "../result/mod.ts";

/** Where reports are, and who this is. */
export interface Reporting {
  /** This manager's name among all there are. */
  readonly name: string;
  readonly reports: ReportStore;
  readonly random: Random;
}

/** What is needed. */
export interface SpeakerReportsOptions extends Reporting {
  /** How this manager's own speaker is. */
  readonly state: () => SpeakerState;
  readonly clock: Clock;
  readonly log: Log;
  /** Called when others say something else than before. */
  readonly onChange: () => void;
}

/** Says or hears how sessions are. */
export class SpeakerReports {
  readonly #options: SpeakerReportsOptions;
  readonly #self: { readonly role: "manager"; readonly name: string };
  readonly #reading: Reading;
  readonly #reporter: Reporter;
  /** How this one was at the last pass. */
  #own: SpeakerReport | undefined;

  /** Does nothing until the first pass. */
  constructor(options: SpeakerReportsOptions) {
    const { name, reports, random, state, clock, log, onChange } = options;
    this.#options = options;
    this.#self = { role: "manager", name };
    this.#reading = new Reading({ reports, clock, log, onChange });
    this.#reporter = new Reporter({ speaker: this.#self, state, reports, clock, random, log });
  }

  /** What all speakers say, this one among them; undefined as long as that is not known. */
  get latest(): readonly SpeakerReport[] | undefined {
    const others = this.#reading.latest
      ?.filter(({ role, name }) => role !== this.#self.role || name !== this.#self.name);
    return others && this.#own && [...others, this.#own];
  }

  /** What speakers say, for one who asks, also of a manager that follows; undefined where it cannot be read. */
  async ask(): Promise<readonly SpeakerReport[] | undefined> {
    return this.latest ?? await this.#reading.ask();
  }

  /**
   * Says, or hears where anybody may speak; to be called whenever either or a session changed, with how
   * this manager's own speaker is.
   */
  pass({ leads, spoken, state }: {
    readonly leads: boolean;
    readonly spoken: boolean;
    readonly state: SpeakerState;
  }): void {
    const { clock } = this.#options;
    this.#own = reportOf(this.#self, state, { at: clock.now(), before: this.#own });
    this.#reading.want(leads && spoken);
    if (leads) this.#reporter.silence();
    else this.#reporter.changed();
  }

  /** Takes back what was said: sessions end with the manager. */
  async stop(): Promise<void> {
    const { reports, log } = this.#options;
    await this.#reading.stop();
    if (!await this.#reporter.stop()) return;
    try {
      await reports.remove(this.#self);
    } catch (thrown) {
      const error = messageOf(thrown);
      log.warn("report.not-removed", { error });
    }
  }
}
