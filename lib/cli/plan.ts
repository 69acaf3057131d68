/**
 * `porter plan`: what a manager and agents would do with a directory of manifests, without doing it.
 *
 * @module
 */

import { Argument, Command, type CommandUnknownOpts, Option } from "@commander-js/extra-typings";
import { formatFault } from "../objects/mod.ts";
import { hostState, plan, planToJson, recorded, renderPlan } from "../plan/mod.ts";
import { exitCodes } from "./failure.ts";
import { serveClasslessOption, statusDirectoryOption } from "./options.ts";
import { print } from "./output.ts";
import { readSnapshot } from "./snapshot.ts";

const help = `
Reads the manifests, and the statuses that a manager has written beside them. Writes nothing.

Exit codes: 0 all is fine; 2 something is refused or cannot be read; 1 the directory cannot be read.

Examples:
  porter plan /etc/porter
  porter plan /etc/porter --node node1
  porter plan ./manifests -o json | jq .routes`;

/** The command; `setExitCode` takes 2 for refusals. */
export function planCommand(setExitCode: (code: number) => void): CommandUnknownOpts {
  return new Command("plan")
    .description("say what porter would do with a directory of manifests")
    .addArgument(new Argument("<dir>", "the directory of manifests"))
    .addOption(statusDirectoryOption)
    .option("--node <NAME>", "plan for the agent of this node: what it says, and to whom")
    .addOption(serveClasslessOption)
    .addOption(
      new Option("-o, --output <FORM>", "how to print it")
        .choices(["text", "json"] as const).default("text" as const),
    )
    .addHelpText("after", help)
    .action(async (directory, { output, statusDirectory, node, serveClassless }) => {
      const snapshot = await readSnapshot(directory, statusDirectory);
      const planned = plan(snapshot, { node, serveClassless: serveClassless });
      const after = recorded(snapshot, planned);
      const hostStates = snapshot.nodes
        .map(({ ref }) => ({ node: ref.name, state: hostState(after, ref.name) }));
      const faults = snapshot.faults.map(formatFault);
      print(
        output === "json"
          ? JSON.stringify({ ...Object(planToJson(planned, hostStates)), faults }, null, 2)
          : `${renderPlan(planned, hostStates)}\n${faultSection(faults)}`,
      );
      if (planned.refusals.length > 0) setExitCode(exitCodes.refusals);
    });
}

/** File and line of what cannot be read, or should be written otherwise. */
function faultSection(faults: readonly string[]): string {
  return ["faults", ...(faults.length === 0 ? ["none"] : faults).map((line) => `  ${line}`)].join(
    "\n",
  );
}
