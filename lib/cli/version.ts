/**
 * `porter version`.
 *
 * @module
 */

import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { print } from "./output.ts";

/** Porter's version; deno.json says the same. */
export const version = "0.1.0";

/** One line: porter's version, the runtime's, the platform. */
export function versionLine(): string {
  const { os, arch } = Deno.build;
  return `porter ${version} (deno ${Deno.version.deno}, ${os} ${arch})`;
}

/** The command. */
export function versionCommand(): CommandUnknownOpts {
  return new Command("version")
    .description("say which porter this is")
    .addHelpText(
      "after",
      "\nExamples:\n  porter version    the version, the runtime's, the platform",
    )
    .action(() => print(versionLine()));
}
