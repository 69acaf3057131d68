/**
 * The process itself, under the names that every Prometheus client library has for it.
 *
 * @module
 */

import process from "node:process";
import { type Family, plain } from "./family.ts";

/** What is known of the process beside what it can be asked. */
export interface ProcessState {
  readonly version: string;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
}

/** The rows. */
export const processFamilies: readonly Family<ProcessState>[] = [
  {
    name: "porter_build_info",
    type: "gauge",
    help: "Always 1; the labels say which porter and which Deno this is.",
    labels: ["version", "deno"],
    read: ({ version }) => [[{ version, deno: Deno.version.deno }, 1]],
  },
  {
    name: "process_cpu_seconds_total",
    type: "counter",
    help: "CPU time, user and system, in seconds.",
    labels: [],
    read: () => {
      const { user, system } = process.cpuUsage();
      return plain((user + system) / 1e6);
    },
  },
  {
    name: "process_resident_memory_bytes",
    type: "gauge",
    help: "Resident memory in bytes.",
    labels: [],
    read: () => plain(Deno.memoryUsage().rss),
  },
  {
    name: "process_start_time_seconds",
    type: "gauge",
    help: "When the process started, in seconds since the epoch.",
    labels: [],
    read: ({ startedAt }) => plain(startedAt / 1000),
  },
];
