/**
 * What can stand on a command line, read from the tree of commands, for any shell's completion.
 *
 * @module
 */

import type { CommandUnknownOpts } from "@commander-js/extra-typings";

/** What may stand in a place. */
export type Value =
  | { readonly kind: "choices"; readonly choices: readonly string[] }
  | { readonly kind: "directory" }
  | { readonly kind: "file" }
  /** Something that cannot be guessed. */
  | { readonly kind: "text" };

/** One flag of a command. */
export interface Flag {
  /** As typed: "-o", "--output". */
  readonly names: readonly string[];
  readonly description: string;
  /** What follows it; undefined when nothing does. */
  readonly value: Value | undefined;
}

/** One command, or porter itself with the name "". */
export interface Completable {
  readonly name: string;
  readonly description: string;
  readonly flags: readonly Flag[];
  /** Its arguments in order; the last one stands for all that follow. */
  readonly arguments: readonly Value[];
}

/** Reads porter's tree: porter itself first, then each command. */
export function completables(program: CommandUnknownOpts): readonly Completable[] {
  const commands = program.commands.map((command) => readCommand(command, command.name()));
  const names: Value = { kind: "choices", choices: commands.map((command) => command.name) };
  return [{ ...readCommand(program, ""), arguments: [names] }, ...commands];
}

function readCommand(command: CommandUnknownOpts, name: string): Completable {
  const flags = command.options.filter((option) => !option.hidden).map((option): Flag => ({
    names: [option.short, option.long].filter((flag) => flag !== undefined),
    description: option.description,
    value: option.required || option.optional
      ? readValue(option.argChoices, /[<[]([A-Z]+)/.exec(option.flags)?.[1])
      : undefined,
  }));
  const help = { names: ["-h", "--help"], description: "say how to use it", value: undefined };
  return {
    name,
    description: command.description(),
    flags: [...flags, help],
    arguments: command.registeredArguments
      .map((argument) => readValue(argument.argChoices, argument.name().toUpperCase())),
  };
}

function readValue(choices: readonly string[] | undefined, placeholder = ""): Value {
  if (choices) return { kind: "choices", choices };
  if (placeholder === "DIR") return { kind: "directory" };
  if (placeholder === "FILE") return { kind: "file" };
  return { kind: "text" };
}
