/**
 * Completion for bash (bash(1), Programmable Completion). Needs nothing beside bash itself.
 *
 * @module
 */

import type { Completable, Value } from "./model.ts";

/** The script for `source <(porter completion bash)`. */
export function bashScript(commands: readonly Completable[]): string {
  const rows = commands.flatMap(commandRows);
  return `# bash completion for porter: source <(porter completion bash)
_porter() {
  local current=\${COMP_WORDS[COMP_CWORD]} before="" command="" word i
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    if [[ -z $command && $word != -* ]]; then command=$word; fi
  done
  if ((COMP_CWORD > 1)); then before=\${COMP_WORDS[COMP_CWORD - 1]}; fi
  # Bash makes words of "--flag", "=" and "value".
  if [[ $current == "=" ]]; then current=""; fi
  if [[ $before == "=" ]]; then before=\${COMP_WORDS[COMP_CWORD - 2]}; fi
  COMPREPLY=()
  case "$command $before" in
${rows.map((row) => `    ${row}`).join("\n")}
  esac
  case "$current" in
    -*) case "$command" in
${
    commands.map((command) =>
      `      ${quote(command.name)}) _porter_words ${flagWords(command)} ;;`
    ).join("\n")
  }
    esac ;;
    *) case "$command" in
${
    commands.map((command) => `      ${quote(command.name)}) ${reply(command.arguments.at(-1))} ;;`)
      .join("\n")
  }
    esac ;;
  esac
}
_porter_words() {
  mapfile -t COMPREPLY < <(compgen -W "$*" -- "$current")
}
_porter_paths() {
  compopt -o filenames 2>/dev/null
  mapfile -t COMPREPLY < <(compgen "$1" -- "$current")
}
complete -F _porter porter ./porter
`;
}

/** For each flag with a value, what follows it. */
function commandRows(command: Completable): string[] {
  return command.flags.filter((flag) => flag.value !== undefined).map((flag) => {
    const patterns = flag.names.map((name) => quote(`${command.name} ${name}`));
    return `${patterns.join("|")}) ${reply(flag.value)}; return ;;`;
  });
}

function reply(value: Value | undefined): string {
  switch (value?.kind) {
    case "choices":
      return `_porter_words ${value.choices.map(quote).join(" ")}`;
    case "directory":
      return "_porter_paths -d";
    case "file":
      return "_porter_paths -f";
    case "text":
    case undefined:
      return ":";
  }
}

function flagWords(command: Completable): string {
  return command.flags.flatMap((flag) => flag.names).filter((name) => name.startsWith("--"))
    .map(quote).join(" ");
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
