/**
 * `porter completion`: a script for the user's shell, made from the tree of commands.
 *
 * @module
 */

import { Argument, Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { bashScript } from "./completion/bash.ts";
import { fishScript } from "./completion/fish.ts";
import { completables } from "./completion/model.ts";
import { zshScript } from "./completion/zsh.ts";
import { print } from "./output.ts";

const scripts = { bash: bashScript, zsh: zshScript, fish: fishScript } as const;

const examples = `
Examples:
  source <(porter completion bash)         in ~/.bashrc
  source <(porter completion zsh)          in ~/.zshrc, after compinit
  porter completion fish | source          in ~/.config/fish/config.fish`;

/** The command; the tree may still grow after this. */
export function completionCommand(program: CommandUnknownOpts): CommandUnknownOpts {
  return new Command("completion")
    .description("print a completion script")
    .addArgument(new Argument("<shell>", "the shell").choices(["bash", "zsh", "fish"] as const))
    .addHelpText("after", examples)
    .action((shell) => print(scripts[shell](completables(program)).trimEnd()));
}
