/**
 * The commands that the documents for users tell people to type, and what runs each: a test takes them from the
 * page as they stand, or runs the same; a command that no test can run says so in the page, with what it needs.
 *
 * @module
 */

import { linesOf } from "./lines.ts";

/** A command of a page. */
export interface DocumentedCommand {
  /** Relative to the checkout. */
  readonly page: string;
  readonly line: number;
  /** Without its comment, on one line. */
  readonly command: string;
  /** The comment says that it is not tested, and what it needs. */
  readonly untested: boolean;
}

/** What runs commands: those of a page where one is named, of all pages otherwise. */
export interface Runner {
  readonly commands: RegExp;
  readonly page?: string;
  /** The test, relative to the checkout. */
  readonly test: string;
}

/** The first that fits a command runs it. */
export const runners: readonly Runner[] = [
  { commands: /^/, page: "docs/lab.md", test: "tests/lab/story_test.ts" },
  { commands: /^npx --yes deno@[\d.]+ task test$/, test: ".ci/run" },
  { commands: /task lab\b/, page: "README.md", test: "tests/lab/story_test.ts" },
  { commands: /^deno task lab --topology /, test: "tests/lab/topologies_command_test.ts" },
  { commands: /^deno task build( |$)/, test: "tests/cluster/exec_plugin_test.ts" },
  { commands: /^helm (un)?install /, test: "tests/cluster/helm_test.ts" },
  { commands: /^kubectl |^porter .*--kubeconfig /, test: "tests/cluster/documented_test.ts" },
  { commands: /^apt-get install bird2$/, test: "scripts/install.ts" },
  {
    commands: /^(birdc|sysctl -w|ip route show \d)/,
    page: "docs/deploy_bare_metal.md",
    test: "tests/lab/docs_test.ts",
  },
  {
    commands: /^(porter|curl|ip|nft|ss|sysctl|tcpdump|mkdir) /,
    test: "tests/lab/documented_test.ts",
  },
];

/** The commands in the blocks of a page that are for a shell. */
export function commandsOf(page: string, text: string): readonly DocumentedCommand[] {
  const found: DocumentedCommand[] = [];
  let begun: { readonly line: number; readonly text: string } | undefined;
  for (const { line: number, text: raw, kind, language } of linesOf(text)) {
    if (kind !== "code" || language !== "sh") continue;
    const line = `${begun?.text ?? ""}${raw.trim()}`;
    const start = begun?.line ?? number;
    begun = line.endsWith("\\") ? { line: start, text: line.slice(0, -1) } : undefined;
    if (begun !== undefined) continue;
    const [, command = "", comment = ""] = /^(.*?)(?:(?:^|\s+)#\s*(.*))?$/.exec(line) ?? [];
    if (command.trim() === "") continue;
    const untested = /^not tested: needs \S/.test(comment);
    found.push({ page, line: start, command: command.replace(/\s+/g, " ").trim(), untested });
  }
  return found;
}

/** What runs a command; undefined where nothing does. */
export function runnerOf({ page, command }: DocumentedCommand): Runner | undefined {
  return runners.find((each) =>
    (each.page === undefined || each.page === page) && each.commands.test(command)
  );
}

/** Commands that nothing runs, and runners that have nothing to run, or are not there. */
export function commandFaults(
  all: readonly DocumentedCommand[],
  exists: (path: string) => boolean,
): readonly string[] {
  const tested = all.filter(({ untested }) => !untested);
  const used = new Set(tested.map(runnerOf));
  return [
    ...tested.filter((each) => runnerOf(each) === undefined).map(({ page, line, command }) =>
      `${page}:${line}: no test runs "${command}": scripts/docs/commands.ts says which do; one that none ` +
      "can run has the comment # not tested: needs ..."
    ),
    ...runners.filter((each) => !used.has(each)).map(({ commands, test }) =>
      `scripts/docs/commands.ts: ${test} has no command ${commands} to run`
    ),
    ...runners.filter(({ test }) => !exists(test)).map(({ test }) => `there is no ${test}`),
  ];
}

/** The commands of these pages that one test runs. */
export async function commandsFor(
  root: URL,
  pages: readonly string[],
  test: string,
): Promise<readonly DocumentedCommand[]> {
  const all = await Promise.all(
    pages.map(async (page) => commandsOf(page, await Deno.readTextFile(new URL(page, root)))),
  );
  return all.flat().filter((each) => !each.untested && runnerOf(each)?.test === test);
}
