/**
 * What a running manager tells of itself: health and metrics, the local API and the looking glass, and
 * the flight recorder behind them.
 *
 * @module
 */

import type { Speaker } from "../bgp/mod.ts";
import type { Manager, ManagerPass } from "../manager/mod.ts";
import {
  type ApiAddress,
  type HealthAddress,
  lookingGlass,
  managerAnswers,
  ManagerMetrics,
  type MetricsCompat,
  Recorder,
} from "../observe/mod.ts";
import type { Clock, Leadership, Log } from "../ports/mod.ts";
import { agentsStates, type ApiPath, type Running } from "../report/mod.ts";
import { startApi } from "./api.ts";
import { startHealth } from "./health.ts";
import type { ManagerSource } from "./source.ts";
import { version } from "./version.ts";

/** What was asked for on the command line. */
export interface TellingFlags {
  readonly healthAddress?: HealthAddress | undefined;
  readonly metricsAddress?: HealthAddress | undefined;
  readonly metricsCompat: MetricsCompat;
  readonly apiAddress?: ApiAddress | "none" | undefined;
  readonly node?: string | undefined;
  readonly serveClassless?: boolean | undefined;
}

/** Tells of a manager. */
export class ManagerTelling {
  readonly #flags: TellingFlags;
  readonly #clock: Clock;
  readonly #leadership: Leadership;
  readonly #recorder: Recorder;
  readonly #metrics: ManagerMetrics;
  readonly #startedAt: number;
  #speaker: Speaker | undefined;
  #manager: Manager | undefined;
  #pass: ManagerPass | undefined;
  #reports: Running["reports"];
  #close: (() => Promise<unknown>)[] = [];

  /** Tells nothing until it is started. */
  constructor(
    flags: TellingFlags,
    { clock, leadership, recorder }: {
      readonly clock: Clock;
      readonly leadership: Leadership;
      readonly recorder: Recorder;
    },
  ) {
    this.#flags = flags;
    this.#clock = clock;
    this.#leadership = leadership;
    this.#recorder = recorder;
    this.#startedAt = clock.now();
    this.#metrics = new ManagerMetrics({
      clock,
      sessions: () => this.#running().sessions,
      bfd: () => this.#running().bfd,
      speaker: () => this.#running().speaker,
      leads: () => leadership.leads,
      process: () => ({ version, startedAt: this.#startedAt }),
      compat: flags.metricsCompat,
    });
  }

  /** The speaker whose sessions are told of. */
  watch(speaker: Speaker): void {
    this.#speaker = speaker;
  }

  /** Takes note of a pass. */
  pass(pass: ManagerPass): void {
    this.#pass = pass;
    this.#metrics.pass(pass);
    this.#recorder.announced(pass.plan.announced);
    const reports = this.#manager?.said?.latest;
    if (reports !== undefined) this.#recorder.agents(agentsStates(pass.plan, reports));
  }

  /** A peer was told of what was heard then, by the monotonic clock. */
  told(since: number): void {
    this.#metrics.told(this.#clock.monotonic() - since);
  }

  /** Answers health and metrics. Throws a Failure when an address cannot be had. */
  async startHealth(manager: Manager, { unreadable }: ManagerSource): Promise<void> {
    this.#manager = manager;
    const health = await startHealth({
      flags: this.#flags,
      clock: this.#clock,
      pulse: () => manager.pulse,
      unreadable,
      metrics: () => this.#metrics.text(),
    });
    this.#close.push(() => health.close());
  }

  /** Answers the local API, and gives the looking glass. */
  async startApi(manager: Manager, source: ManagerSource, log: Log): Promise<void> {
    const api = await startApi({
      mode: "manager",
      asked: this.#flags.apiAddress,
      log,
      clock: this.#clock,
      recorder: this.#recorder,
      pages: lookingGlass,
      before: (path) => this.#hear(manager, path),
      answers: managerAnswers({
        version,
        startedAt: this.#startedAt,
        source: source.fields,
        clock: this.#clock,
        pulse: () => manager.pulse,
        recorder: this.#recorder,
        running: () => this.#running(),
        leads: () => this.#leadership.leads,
        pass: () => this.#pass,
        node: this.#flags.node,
        serveClassless: this.#flags.serveClassless === true,
      }),
    });
    this.#close.push(() => api.close());
  }

  /** Where agents speak, what they say of it is read when somebody wants to know. */
  async #hear(manager: Manager, path: string): Promise<void> {
    if (!ofSessions.has(path) || this.#pass?.plan.agentPeers.length === 0) return;
    this.#reports = await manager.said?.ask();
  }

  /** Tells no more. */
  async stop(): Promise<void> {
    await Promise.all(this.#close.map((close) => close()));
  }

  #running(): Running {
    const speaker = this.#speaker;
    if (speaker === undefined) return nobody;
    return {
      sessions: speaker.peers(),
      bfd: this.#manager?.bfd ?? [],
      speaker: speaker.status(),
      told: (peer, prefix) => speaker.told(peer, prefix),
      ...(this.#reports === undefined ? {} : { reports: this.#reports }),
    };
  }
}

/** The answers that tell of sessions. */
const ofSessions: ReadonlySet<string> = new Set(["peers", "routes", "explain"] satisfies ApiPath[]);

const nobody: Running = {
  sessions: [],
  bfd: [],
  speaker: { connectionsRefused: 0 },
  told: () => undefined,
};
