/**
 * The command line as a whole: all commands under one roof, with the same manners.
 *
 * @module
 */

import { Command, CommanderError, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { agentCommand } from "./agent.ts";
import { brakeCommand } from "./brake.ts";
import { checkCombination } from "./combinations.ts";
import { completionCommand } from "./completion.ts";
import { decodeCommand } from "./decode.ts";
import { drainCommand, undrainCommand } from "./drain.ts";
import { doctorCommand } from "./doctor.ts";
import { exitCodes, failureLine } from "./failure.ts";
import { importCommand } from "./import.ts";
import { managerCommand } from "./manager.ts";
import { complain, print, withoutControls } from "./output.ts";
import { planCommand } from "./plan.ts";
import { explainCommand } from "./explain.ts";
import { lookCommands } from "./looks.ts";
import { routerConfigCommand } from "./router_config.ts";
import { versionCommand, versionLine } from "./version.ts";

const examples = `
Examples:
  porter plan ./manifests                            what porter would do, without doing it
  porter manager --directory /etc/porter             speak BGP
  porter agent --node node1 --directory /etc/porter  keep this node's host rules
  porter explain shop/web                            why it is, or is not, reached

Exit codes: 0 fine; 1 cannot; 2 from plan and explain: something is refused, faulty or broken;
from import: something did not come along.`;

/** The tree of commands; `setExitCode` takes what a command wants to end with. */
export function createProgram(setExitCode: (code: number) => void): CommandUnknownOpts {
  const program = new Command("porter")
    .description(
      "A LoadBalancer for bare metal: gives Services addresses, tells leaf switches by BGP",
    )
    .version(versionLine(), "-V, --version", "say which porter this is")
    .addHelpText("after", examples)
    .hook("preAction", (_, command) => checkCombination(command));
  const commands = [
    managerCommand(),
    agentCommand(),
    planCommand(setExitCode),
    explainCommand(setExitCode),
    ...lookCommands(),
    routerConfigCommand(),
    doctorCommand(setExitCode),
    drainCommand(),
    undrainCommand(),
    brakeCommand(),
    decodeCommand(),
    importCommand(setExitCode),
    versionCommand(),
  ];
  for (const command of commands) program.addCommand(command);
  program.addCommand(completionCommand(program));
  for (const command of [program, ...program.commands]) manners(command);
  return program;
}

/** Runs one command line to its end and gives the exit code. */
export async function runCli(args: readonly string[]): Promise<number> {
  let exitCode: number = exitCodes.fine;
  try {
    await createProgram((code) => exitCode = code).parseAsync([...args], { from: "user" });
    return exitCode;
  } catch (thrown) {
    // Commander has written its own line: help, version, or what is wrong with the arguments.
    if (thrown instanceof CommanderError) return thrown.exitCode;
    const line = failureLine(thrown);
    if (line === undefined) return exitCodes.fine;
    complain(line);
    return exitCodes.failed;
  }
}

/** No exit from within, one line for an error, and stdout without a way to steer the terminal. */
function manners(command: CommandUnknownOpts): void {
  command.exitOverride().showSuggestionAfterError().helpCommand(false).configureOutput({
    writeOut: (text) => print(text.replace(/\n$/, "")),
    writeErr: (text) => Deno.stderr.writeSync(new TextEncoder().encode(withoutControls(text))),
    outputError: (text) => complain(errorLine(text, command)),
  });
}

/** Commander's message as one line that ends in what to do next. */
function errorLine(text: string, command: CommandUnknownOpts): string {
  const said = text.replace(/^error: /, "").trim().replaceAll("\n", " ");
  const name = command.parent ? `porter ${command.name()}` : "porter";
  return `${said}${/[.?)]$/.test(said) ? "" : ";"} see ${name} --help`;
}
