/**
 * Flags that several commands have.
 *
 * @module
 */

import { InvalidArgumentError, Option } from "@commander-js/extra-typings";
import { type HealthAddress, logFormats, logLevels, parseHealthAddress } from "../observe/mod.ts";

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

/** Where health is told. */
export const healthAddressOption = new Option(
  "--health-address <HOST:PORT>",
  "answer /healthz and /readyz there, by HTTP",
).argParser(readHealthAddress);

function readHealthAddress(text: string): HealthAddress {
  const address = parseHealthAddress(text);
  if (address === undefined) {
    throw new InvalidArgumentError("It must be HOST:PORT, for example 127.0.0.1:7980.");
  }
  return address;
}
