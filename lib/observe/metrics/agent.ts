/**
 * The agent's metrics.
 *
 * @module
 */

import type { AgentPass, Said } from "../../agent/mod.ts";
import type { Clock } from "../../ports/mod.ts";
import { bfdFamilies } from "./bfd_families.ts";
import { type Family, plain } from "./family.ts";
import { passDuration } from "./manager.ts";
import { processFamilies, type ProcessState } from "./process_families.ts";
import { countRoutes, once } from "./manager_state.ts";
import { MetricsRegistry } from "./registry.ts";
import { sessionFamilies, type SpeakingState } from "./session_families.ts";

/** What the agent's families are read off. */
export interface AgentState {
  /** The last pass. */
  readonly last: AgentPass;
  /** What the last good pass found in the kernel. */
  readonly present: number;
  readonly refused: number;
  readonly changes: number;
  readonly repairs: number;
}

/** The rows. */
export const agentFamilies: readonly Family<AgentState>[] = [
  {
    name: "porter_host_eips_wanted",
    type: "gauge",
    help: "EIPs that this node shall take in: a local route and an entry of the guard for each.",
    labels: [],
    read: ({ last }) => plain(last.wanted.eips.length),
  },
  {
    name: "porter_host_eips_present",
    type: "gauge",
    help: "EIPs that the node took in when its kernel was last looked at.",
    labels: [],
    read: ({ present }) => plain(present),
  },
  {
    name: "porter_host_eips_refused",
    type: "gauge",
    help: "EIPs that the node has by somebody else's hand; they are left alone.",
    labels: [],
    read: ({ refused }) => plain(refused),
  },
  {
    name: "porter_host_ports_wanted",
    type: "gauge",
    help: "Ports of Services that the guard lets through to the EIPs.",
    labels: [],
    read: ({ last }) => plain(last.wanted.eips.reduce((sum, { ports }) => sum + ports.length, 0)),
  },
  {
    name: "porter_host_changes_total",
    type: "counter",
    help: "Passes in which the kernel had to be changed.",
    labels: [],
    read: ({ changes }) => plain(changes),
  },
  {
    name: "porter_host_repairs_total",
    type: "counter",
    help:
      "Passes in which the kernel had to be changed although nothing else was wanted: somebody " +
      "took away or added what is porter's.",
    labels: [],
    read: ({ repairs }) => plain(repairs),
  },
];

/** What the agent's metrics are read off beside its passes. */
export interface AgentMetricsOptions {
  readonly clock: Clock;
  readonly process: () => ProcessState;
  /** The agent's own sessions; undefined while it has none. */
  readonly speaking: () => Said | undefined;
}

/** The agent's metrics. */
export class AgentMetrics {
  readonly #registry = new MetricsRegistry();
  readonly #passes = this.#registry.histogram(passDuration);
  #state: AgentState | undefined;

  /** Makes metrics that know of no pass yet. */
  constructor({ clock, process, speaking }: AgentMetricsOptions) {
    this.#registry.add(processFamilies, process);
    this.#registry.add(agentFamilies, () => this.#state);
    const count = once(countRoutes);
    this.#registry.add([...sessionFamilies, ...bfdFamilies], (): SpeakingState | undefined => {
      const said = speaking();
      if (said === undefined) return undefined;
      return { ...said, now: clock.now(), byFamily: count(said.announced) };
    });
  }

  /** Takes note of a pass. */
  pass(last: AgentPass): void {
    const { status, ms } = last;
    this.#passes.observe({ result: status === undefined ? "failed" : "done" }, ms / 1000);
    const before = this.#state ?? { present: 0, refused: 0, changes: 0, repairs: 0 };
    this.#state = {
      last,
      present: status?.eips ?? before.present,
      refused: status?.refused.length ?? before.refused,
      changes: before.changes + (status?.changed ? 1 : 0),
      repairs: before.repairs + (status?.repaired ? 1 : 0),
    };
  }

  /** All of it as text. */
  text(): Promise<string> {
    return this.#registry.text();
  }
}
