/**
 * A small tree of commands with everything that completion has to tell apart.
 *
 * @module
 */

import { Argument, Command, type CommandUnknownOpts, Option } from "@commander-js/extra-typings";

/** Porter's command line, as far as a test needs it. */
export function commandTree(): CommandUnknownOpts {
  const program = new Command("porter").version("1", "-V, --version", "say which");
  program.command("manager").description("speak BGP: it's the [main] job")
    .option("--directory <DIR>", "where")
    .addOption(new Option("--log-level <LEVEL>", "how much").choices(["debug", "info"]))
    .option("--node <NAME>", "who").option("--cleanup", "remove");
  program.command("plan").description("say what would be")
    .addArgument(new Argument("<dir>", "where"))
    .addOption(new Option("-o, --output <FORM>", "how").choices(["text", "json"]));
  program.command("decode").description("say what bytes mean").argument("[file]");
  program.command("completion").description("print a script")
    .addArgument(new Argument("<shell>").choices(["bash", "zsh"]));
  return program as CommandUnknownOpts;
}
