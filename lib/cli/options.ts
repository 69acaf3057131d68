/**
 * Flags that several commands have.
 *
 * @module
 */

import { Option } from "@commander-js/extra-typings";
import { logFormats, logLevels } from "../observe/mod.ts";

/** Where the manifests are. */
export const directoryOption = new Option("--directory <DIR>", "the directory of manifests")
  .makeOptionMandatory();

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
