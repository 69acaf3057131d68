/**
 * Completion for zsh (zshcompsys(1), `_arguments`).
 *
 * @module
 */

import type { Completable, Flag, Value } from "./model.ts";

/** The script for a file `_porter` on `$fpath`, or for `source <(porter completion zsh)`. */
export function zshScript(commands: readonly Completable[]): string {
  const [porter, ...rest] = commands;
  const list = rest.map((command) =>
    `      ${quote(`${command.name.replaceAll(":", "\\:")}:${command.description}`)}`
  );
  return `#compdef porter
# zsh completion for porter: source <(porter completion zsh), after compinit
_porter() {
  local context state state_descr line
  typeset -A opt_args
  local -a commands
  _arguments -C ${(porter?.flags ?? []).map(flagSpec).join(" ")} '1: :->command' '*:: :->arguments'
  case $state in
    command)
      commands=(
${list.join("\n")}
      )
      _describe command commands ;;
    arguments)
      case $line[1] in
${rest.map((command) => `        ${command.name}) ${argumentsLine(command)} ;;`).join("\n")}
      esac ;;
  esac
}
if [ "$funcstack[1]" = _porter ]; then _porter "$@"; else compdef _porter porter; fi
`;
}

function argumentsLine(command: Completable): string {
  const values = command.arguments.map((value, at) => quote(`${at + 1}: :${action(value)}`));
  return ["_arguments", ...command.flags.map(flagSpec), ...values].join(" ");
}

/**
 * All names of a flag exclude each other: '(-o --output)'{-o,--output=}'[...]:value:action'. With "=" the value
 * may stand in the same word.
 */
function flagSpec(flag: Flag): string {
  const typed = flag.names.map((name) =>
    flag.value !== undefined && name.startsWith("--") ? `${name}=` : name
  );
  const names = typed.length > 1
    ? `${quote(`(${flag.names.join(" ")})`)}{${typed.join(",")}}`
    : typed.join("");
  const text = flag.description.replace(/[[\]\\:]/g, "\\$&");
  const value = flag.value === undefined ? "" : `:value:${action(flag.value)}`;
  return `${names}${quote(`[${text}]${value}`)}`;
}

function action(value: Value): string {
  switch (value.kind) {
    case "choices":
      return `(${value.choices.join(" ")})`;
    case "directory":
      return "_files -/";
    case "file":
      return "_files";
    case "text":
      return " ";
  }
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
