/**
 * What the commands that look at a running porter have in common: whom to ask, how to print, and
 * looking again and again.
 *
 * @module
 */

import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import type { ApiAnswer, ApiPath, Subject } from "../report/mod.ts";
import { subjectOf } from "../report/mod.ts";
import { ApiClient, managerOption } from "./client.ts";
import { directoryOption, serveClasslessOption, statusDirectoryOption } from "./options.ts";
import { print } from "./output.ts";
import { readSnapshot } from "./snapshot.ts";
import { data, type Output, outputOption } from "./table.ts";

/** A command that looks at one thing. */
export interface Look<Path extends ApiPath> {
  readonly name: string;
  readonly description: string;
  readonly help: string;
  readonly path: Path;
  /** The same of a directory that nobody runs. */
  readonly offline: (subject: Subject) => ApiAnswer<Path>;
  /** As a table; `now` in milliseconds since the epoch. */
  readonly render: (answer: ApiAnswer<Path>, wide: boolean, now: number) => string;
}

/** Milliseconds between two looks. */
const again = 2000;

/** The command of a look. */
export function lookCommand<Path extends ApiPath>(look: Look<Path>): CommandUnknownOpts {
  return new Command(look.name)
    .description(look.description)
    .addOption(managerOption)
    .addOption(directoryOption)
    .addOption(statusDirectoryOption)
    .addOption(serveClasslessOption)
    .addOption(outputOption)
    .option("-w, --watch", "look again every two seconds, and print what changed")
    .addHelpText("after", look.help)
    .action(async ({ manager, directory, statusDirectory, serveClassless, output, watch }) => {
      const client = new ApiClient(manager);
      const ask = async () => {
        if (directory === undefined) return await client.get(look.path);
        const snapshot = await readSnapshot(directory, statusDirectory);
        return look.offline(subjectOf(snapshot, { serveClassless, now: Date.now() }));
      };
      const began = Date.now();
      try {
        let last = "";
        do {
          const answer = await ask();
          // That time goes by is no change.
          const compared = render(look, answer, output, began);
          const shown = render(look, answer, output, Date.now());
          if (compared !== last) print(last === "" ? shown : `\n${shown}`);
          last = compared;
          if (watch) await new Promise((resolve) => setTimeout(resolve, again));
        } while (watch);
      } finally {
        client.close();
      }
    });
}

function render<Path extends ApiPath>(
  look: Look<Path>,
  answer: ApiAnswer<Path>,
  output: Output,
  now: number,
): string {
  return output === "json" || output === "yaml"
    ? data(answer, output)
    : look.render(answer, output === "wide", now);
}
