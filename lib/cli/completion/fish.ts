/**
 * Completion for fish (fish's `complete` command).
 *
 * @module
 */

import type { Completable, Flag, Value } from "./model.ts";

/** The script for `porter completion fish | source`. */
export function fishScript(commands: readonly Completable[]): string {
  const lines = commands.flatMap((command) => [
    ...command.flags.map((flag) => flagLine(command, flag)),
    ...argumentLines(command),
  ]);
  const names = commands.filter((command) => command.name !== "").map((command) =>
    `complete -c porter -n __fish_use_subcommand -a ${command.name} -d ${
      quote(command.description)
    }`
  );
  return `# fish completion for porter: porter completion fish | source
complete -c porter -f
${[...names, ...lines].join("\n")}
`;
}

function flagLine(command: Completable, flag: Flag): string {
  const names = flag.names.map((name) =>
    name.startsWith("--") ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`
  );
  const value = flag.value === undefined ? "" : ` -r${values(flag.value)}`;
  return `complete -c porter ${condition(command)} ${names.join(" ")}${value} -d ${
    quote(flag.description)
  }`;
}

function argumentLines(command: Completable): string[] {
  const last = command.arguments.at(-1);
  if (command.name === "" || last === undefined || last.kind === "text") return [];
  return [`complete -c porter ${condition(command)}${values(last)}`];
}

function condition(command: Completable): string {
  return command.name === ""
    ? "-n __fish_use_subcommand"
    : `-n ${quote(`__fish_seen_subcommand_from ${command.name}`)}`;
}

function values(value: Value): string {
  switch (value.kind) {
    case "choices":
      return ` -f -a ${quote(value.choices.join(" "))}`;
    case "directory":
      return ` -f -a ${quote("(__fish_complete_directories)")}`;
    case "file":
      return " -F";
    case "text":
      return " -f";
  }
}

function quote(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
