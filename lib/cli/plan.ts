/**
 * `porter plan`: what a manager and agents would do with a directory of manifests, without doing it.
 *
 * @module
 */

import { Argument, Command, type CommandUnknownOpts, Option } from "@commander-js/extra-typings";
import { formatFault } from "../objects/mod.ts";
import { hostState, plan, planToJson, recorded, renderPlan } from "../plan/mod.ts";
import { managerOption } from "./client.ts";
import { exitCodes, Failure } from "./failure.ts";
import { serveClasslessOption, statusDirectoryOption } from "./options.ts";
import { systemClock } from "../system/mod.ts";
import { print } from "./output.ts";
import { changeText, planChange } from "./plan_change.ts";
import { Progress } from "./progress.ts";
import { readSnapshot } from "./snapshot.ts";

const help = `
Reads the manifests, and the statuses that a manager has written beside them. Writes nothing.

With -f FILE it says what the objects of that file would change: beside the running manager, or beside the
directory. With --delete, what deleting them would change. Statuses are not part of a change.

Exit codes: 0 all is fine; 2 something is refused or cannot be read; 1 the directory cannot be read.
With -f: 0 nothing would change; 2 something would; 1 it cannot be told.

Examples:
  porter plan /etc/porter
  porter plan /etc/porter --node node1
  porter plan ./manifests -o json | jq .routes
  porter plan -f change.yaml                     beside the manager that runs here
  porter plan -f eip.yaml --delete               who would lose an address`;

/** The command; `setExitCode` takes 2 for refusals. */
export function planCommand(setExitCode: (code: number) => void): CommandUnknownOpts {
  return new Command("plan")
    .description("say what porter would do with a directory of manifests")
    .addArgument(
      new Argument(
        "[dir]",
        "the directory of manifests; with -f the running manager when left out",
      ),
    )
    .option("-f, --file <FILE>", "say what these objects would change")
    .option("--delete", "with -f: as if these objects were deleted, not applied")
    .addOption(managerOption)
    .addOption(statusDirectoryOption)
    .option("--node <NAME>", "plan for the agent of this node: what it says, and to whom")
    .addOption(serveClasslessOption)
    .addOption(
      new Option("-o, --output <FORM>", "how to print it")
        .choices(["text", "json"] as const).default("text" as const),
    )
    .addHelpText("after", help)
    .action(async (directory, options) => {
      const { file, manager, output, statusDirectory, node, serveClassless } = options;
      const now = systemClock.now();
      const deletes = options.delete === true;
      checkFlags(directory, options);
      if (file !== undefined) {
        const changes = await planChange({
          ...{ file, directory, statusDirectory, manager, deletes },
          options: { serveClassless, now },
        });
        print(output === "json" ? JSON.stringify(changes, null, 2) : changeText(changes));
        if (changes.length > 0) setExitCode(exitCodes.refusals);
        return;
      }
      if (directory === undefined) {
        throw new Failure("missing required argument 'dir'; see porter plan --help");
      }
      const progress = new Progress();
      const snapshot = await readSnapshot(directory, statusDirectory, progress);
      progress.step(`planning ${snapshot.services.length} Services`);
      const planned = plan(snapshot, { node, serveClassless }, now);
      const after = recorded(snapshot, planned);
      const hostStates = snapshot.nodes.map(({ ref }, index) => {
        progress.at(`what node ${index + 1} of ${snapshot.nodes.length} shall have`);
        return { node: ref.name, state: hostState(after) };
      });
      const faults = snapshot.faults.map(formatFault);
      progress.step("writing the plan");
      const text = output === "json"
        ? JSON.stringify({ ...Object(planToJson(planned, hostStates)), faults }, null, 2)
        : `${renderPlan(planned, hostStates)}\n${faultSection(faults)}`;
      progress.done();
      print(text);
      if (planned.refusals.length > 0) setExitCode(exitCodes.refusals);
    });
}

interface Flags {
  readonly file?: string | undefined;
  readonly delete?: true | undefined;
  readonly manager?: unknown;
  readonly node?: string | undefined;
  readonly statusDirectory?: string | undefined;
  readonly serveClassless?: true | undefined;
}

/** Throws a Failure for a flag that would say nothing. */
function checkFlags(directory: string | undefined, flags: Flags): void {
  const { file, manager, node, statusDirectory, serveClassless } = flags;
  if (file === undefined) {
    if (flags.delete) throw new Failure("--delete needs -f FILE");
    if (manager !== undefined) throw new Failure("--manager needs -f FILE");
    return;
  }
  if (node !== undefined) throw new Failure("--node says nothing of a change: leave it or -f away");
  if (directory !== undefined) {
    if (manager === undefined) return;
    throw new Failure("A change is planned beside a directory or beside --manager, not both");
  }
  if (statusDirectory !== undefined) throw new Failure("--status-directory needs a directory");
  if (serveClassless) {
    throw new Failure("--serve-classless needs a directory: a running manager knows it of itself");
  }
}

/** File and line of what cannot be read, or should be written otherwise. */
function faultSection(faults: readonly string[]): string {
  return ["faults", ...(faults.length === 0 ? ["none"] : faults).map((line) => `  ${line}`)].join(
    "\n",
  );
}
