/**
 * The manager's metrics.
 *
 * @module
 */

import type { BfdStatus } from "../../bfd/mod.ts";
import type { PeerStatus, Route, SpeakerStatus } from "../../bgp/mod.ts";
import type { ManagerPass } from "../../manager/mod.ts";
import { formatAddress, formatPrefix } from "../../net/mod.ts";
import { isAggregate } from "../../plan/mod.ts";
import type { Clock } from "../../ports/mod.ts";
import { bfdFamilies } from "./bfd_families.ts";
import { type HistogramFamily } from "./family.ts";
import { managerFamilies } from "./manager_families.ts";
import { countRoutes, countServices, type ManagerState, once } from "./manager_state.ts";
import { metallbAnnounced, metallbFamilies } from "./metallb.ts";
import { processFamilies, type ProcessState } from "./process_families.ts";
import { MetricsRegistry } from "./registry.ts";
import { sessionFamilies } from "./session_families.ts";
import { type WideFamily, wideText } from "./wide.ts";

/** What else the manager's metrics can be called. */
export const metricsCompats = ["none", "metallb"] as const;

/** Other names for the metrics, beside porter's own. */
export type MetricsCompat = typeof metricsCompats[number];

/** What the manager's metrics are read off. */
export interface ManagerMetricsOptions {
  readonly clock: Clock;
  readonly sessions: () => readonly PeerStatus[];
  /** Left out: there is no BFD. */
  readonly bfd?: () => readonly BfdStatus[];
  readonly speaker: () => SpeakerStatus;
  readonly leads: () => boolean;
  readonly process: () => ProcessState;
  readonly compat?: MetricsCompat;
}

/** From a change of objects to its UPDATEs: docs/observe.md says what is measured. */
export const changeToUpdate: HistogramFamily = {
  name: "porter_change_to_update_seconds",
  help: "From the moment at which a change of objects was heard until a peer's connection has " +
    "taken the UPDATEs for it, in seconds; one observation for each change and peer.",
  labels: [],
  buckets: [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30],
};

/** How long passes take; both modes have it. */
export const passDuration: HistogramFamily = {
  name: "porter_reconcile_duration_seconds",
  help: "How long a pass of the loop took (manager: plan and say; agent: look at the kernel and " +
    "change it), in seconds; _count is how many there were.",
  labels: ["result"],
  buckets: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 5],
};

/** So many next hops has each EIP. */
export const eipNextHops: WideFamily<Route> = {
  name: "porter_eip_next_hops",
  help: "Nodes that are next hops of the EIP, or of the prefix that covers several.",
  labels: ["eip"],
  read: (route) => {
    const { prefix, paths } = route;
    const eip = isAggregate(route) ? formatPrefix(prefix) : formatAddress(prefix.address);
    return [[[eip], paths.length]];
  },
};

/** The manager's metrics. */
export class ManagerMetrics {
  readonly #options: ManagerMetricsOptions;
  readonly #registry = new MetricsRegistry();
  readonly #told = this.#registry.histogram(changeToUpdate);
  readonly #passes = this.#registry.histogram(passDuration);
  readonly #nextHops = wideText(eipNextHops);
  readonly #announced = wideText(metallbAnnounced);
  readonly #countServices = once(countServices);
  readonly #countRoutes = once(countRoutes);
  #pass: ManagerPass | undefined;

  /** Makes metrics that know of no pass yet. */
  constructor(options: ManagerMetricsOptions) {
    this.#options = options;
    this.#registry.add(processFamilies, options.process);
    const state = () => this.#state();
    this.#registry.add([...managerFamilies, ...sessionFamilies, ...bfdFamilies], state);
    if (options.compat === "metallb") this.#registry.add(metallbFamilies, state);
  }

  /** Takes note of a pass. */
  pass(pass: ManagerPass): void {
    this.#pass = pass;
    this.#passes.observe({ result: "done" }, pass.ms / 1000);
  }

  /** Takes note that a peer was told of a change so many milliseconds after it was heard. */
  told(ms: number): void {
    this.#told.observe({}, ms / 1000);
  }

  /** All of it as text. */
  async text(): Promise<string> {
    const plan = this.#pass?.plan;
    const wide = this.#nextHops(plan?.announced ?? noRoutes) +
      (this.#options.compat === "metallb" ? this.#announced(plan?.services ?? []) : "");
    return await this.#registry.text() + "\n" + wide;
  }

  #state(): ManagerState {
    const { clock, sessions, bfd, speaker, leads } = this.#options;
    const pass = this.#pass;
    return {
      now: clock.now(),
      sessions: sessions(),
      bfd: bfd?.() ?? [],
      speaker: speaker(),
      leads: leads(),
      pass,
      announced: pass?.plan.announced ?? noRoutes,
      byFamily: this.#countRoutes(pass?.plan.announced ?? noRoutes),
      held: pass?.plan.hold?.held.length ?? 0,
      services: pass === undefined ? [] : this.#countServices(pass.plan),
    };
  }
}

const noRoutes: readonly Route[] = [];
