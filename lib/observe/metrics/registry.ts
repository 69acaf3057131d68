/**
 * The rows as a registry of prom-client, which writes the text (Prometheus exposition format 0.0.4).
 *
 * @module
 */

import client from "prom-client";
import type { Family, HistogramFamily } from "./family.ts";

/** The media type of the text. */
export const metricsContentType = client.Registry.PROMETHEUS_CONTENT_TYPE;

/** Takes what happened. */
export interface Observed {
  observe(labels: Readonly<Record<string, string>>, value: number): void;
}

/** Families that are read off one state at each scrape, and histograms. */
export class MetricsRegistry {
  readonly #registry = new client.Registry();

  /** Adds families; `state` gives undefined while there is nothing to tell. */
  add<State>(families: readonly Family<State>[], state: () => State | undefined): void {
    for (const { name, type, help, labels, read } of families) {
      const configuration = { name, help, labelNames: [...labels], registers: [this.#registry] };
      const samples = () => {
        const now = state();
        return now === undefined ? [] : read(now);
      };
      if (type === "gauge") {
        new client.Gauge({
          ...configuration,
          collect() {
            this.reset();
            // A family without labels would say 0 where it should say nothing.
            if (labels.length === 0) this.remove();
            for (const [values, value] of samples()) this.set(values, value);
          },
        });
      } else {
        new client.Counter({
          ...configuration,
          collect() {
            this.reset();
            for (const [values, value] of samples()) this.inc(values, value);
          },
        });
      }
    }
  }

  /** Adds a histogram. */
  histogram({ name, help, labels, buckets }: HistogramFamily): Observed {
    const made = new client.Histogram({
      ...{ name, help, labelNames: [...labels], buckets: [...buckets] },
      registers: [this.#registry],
    });
    return { observe: (values, value) => made.observe(values, value) };
  }

  /** All of it as text. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }
}
