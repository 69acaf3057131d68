/**
 * Flags that several commands have.
 *
 * @module
 */

import { InvalidArgumentError, Option } from "@commander-js/extra-typings";
import {
  type HealthAddress,
  logFormats,
  logLevels,
  metricsCompats,
  parseHealthAddress,
} from "../observe/mod.ts";

/** Where the manifests are. */
export const directoryOption = new Option(
  "--directory <DIR>",
  "take the objects from this directory of manifests",
);

/** Where statuses are written. */
export const statusDirectoryOption = new Option(
  "--status-directory <DIR>",
  "where statuses are kept; beside the manifests where nothing is said",
);

/** What is logged. */
export const logLevelOption = new Option(
  "--log-level <LEVEL>",
  "log entries of this level and above",
)
  .choices(logLevels).default("info" as const);

/** How it is logged. */
export const logFormatOption = new Option(
  "--log-format <FORM>",
  "auto is text on a terminal, else JSON lines",
)
  .choices(logFormats).default("auto" as const);

/** Whose Services are served. */
export const serveClasslessOption = new Option(
  "--serve-classless",
  "serve also Services of type LoadBalancer with neither a loadBalancerClass nor the annotation",
);

/** Where health is told. */
export const healthAddressOption = new Option(
  "--health-address <HOST:PORT>",
  "answer /healthz, /readyz and /metrics there, by HTTP",
).argParser(readHealthAddress);

/** Where metrics are told, when not beside health. */
export const metricsAddressOption = new Option(
  "--metrics-address <HOST:PORT>",
  "the same at a second address, for a Prometheus that cannot reach the first",
).argParser(readHealthAddress);

/** What else the metrics are called. */
export const metricsCompatOption = new Option(
  "--metrics-compat <NAMES>",
  "give metrics these other names too",
).choices(metricsCompats).default("none" as const);

function readHealthAddress(text: string): HealthAddress {
  const address = parseHealthAddress(text);
  if (address === undefined) {
    throw new InvalidArgumentError("It must be HOST:PORT, for example 127.0.0.1:7980.");
  }
  return address;
}
