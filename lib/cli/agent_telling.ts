/**
 * What a running agent tells of itself: health and metrics, and the local API.
 *
 * @module
 */

import type { AgentPass, Said } from "../agent/mod.ts";
import { formatAddress } from "../net/mod.ts";
import {
  agentAnswers,
  AgentMetrics,
  type ApiAddress,
  type HealthAddress,
  type HostKnown,
  type Recorder,
} from "../observe/mod.ts";
import type { Clock, Log, LogFields, Pulse } from "../ports/mod.ts";
import { startApi } from "./api.ts";
import { startHealth } from "./health.ts";
import { version } from "./version.ts";

/** What was asked for on the command line. */
export interface AgentTellingFlags {
  readonly healthAddress?: HealthAddress | undefined;
  readonly metricsAddress?: HealthAddress | undefined;
  readonly apiAddress?: ApiAddress | "none" | undefined;
}

/** What is told of. */
export interface AgentTold {
  readonly node: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly recorder: Recorder;
  readonly source: {
    readonly fields: LogFields;
    readonly unreadable?: ReadonlyMap<string, string>;
  };
  readonly pulse: () => Pulse;
  readonly said: () => Said | undefined;
}

/** Tells of an agent. */
export class AgentTelling {
  readonly #flags: AgentTellingFlags;
  readonly #told: AgentTold;
  readonly #startedAt: number;
  readonly #metrics: AgentMetrics;
  #host: HostKnown | undefined;
  #close: (() => Promise<unknown>)[] = [];

  /** Tells nothing until it is started. */
  constructor(flags: AgentTellingFlags, told: AgentTold) {
    this.#flags = flags;
    this.#told = told;
    this.#startedAt = told.clock.now();
    const process = () => ({ version, startedAt: this.#startedAt });
    this.#metrics = new AgentMetrics({ clock: told.clock, process, speaking: told.said });
  }

  /** Takes note of a pass. */
  pass(pass: AgentPass): void {
    this.#metrics.pass(pass);
    const refused = pass.status?.refused.map(({ address, device }) =>
      [formatAddress(address), device] as const
    );
    this.#host = {
      wanted: pass.wanted,
      refused: refused === undefined ? this.#host?.refused ?? new Map() : new Map(refused),
      settled: pass.status !== undefined,
    };
  }

  /** Answers health, metrics and the local API. Throws a Failure when an address cannot be had. */
  async start(): Promise<void> {
    const { node, clock, log, recorder, source, pulse } = this.#told;
    const { fields, unreadable } = source;
    const metrics = () => this.#metrics.text();
    const health = await startHealth({ flags: this.#flags, clock, pulse, unreadable, metrics });
    this.#close.push(() => health.close());
    const startedAt = this.#startedAt;
    const host = () => this.#host;
    const api = await startApi({
      ...{ mode: "agent" as const, asked: this.#flags.apiAddress, log, clock, recorder },
      answers: agentAnswers({
        ...{ node, version, startedAt, source: fields, clock, pulse, recorder, host },
      }),
    });
    this.#close.push(() => api.close());
  }

  /** Tells no more. */
  async stop(): Promise<void> {
    await Promise.all(this.#close.map((close) => close()));
  }
}
