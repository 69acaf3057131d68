/**
 * `porter doctor`: what on this node, and of the porter that runs here, keeps packets or sessions away.
 *
 * @module
 */

import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { diagnose, type Finding, type Symptoms, sysctlNames } from "../report/mod.ts";
import { CommandError, systemCommands } from "../system/mod.ts";
import { agentOption, ApiClient, managerOption } from "./client.ts";
import { exitCodes, Failure } from "./failure.ts";
import { print } from "./output.ts";
import { data, outputOption } from "./table.ts";

const help = `
Asks the manager and the agent that run here, and ss, sysctl, nft and ip where they are; needs root to name the
owner of a port. Changes nothing.

Exit codes: 0 nothing is broken; 2 something is.

Examples:
  porter doctor
  porter doctor -o json | jq '.[] | select(.verdict != "fine")'`;

/** The command; `setExitCode` takes 2 for something broken. */
export function doctorCommand(setExitCode: (code: number) => void): CommandUnknownOpts {
  return new Command("doctor")
    .description("look for what keeps packets or sessions away on this node")
    .addOption(managerOption)
    .addOption(agentOption)
    .addOption(outputOption)
    .addHelpText("after", help)
    .action(async ({ manager, agent, output }) => {
      const [managers, agents] = [new ApiClient(manager), new ApiClient(agent, "agent")];
      try {
        const findings = diagnose(await examine(managers, agents));
        print(output === "json" || output === "yaml" ? data(findings, output) : text(findings));
        if (findings.some(({ verdict }) => verdict === "broken")) setExitCode(exitCodes.refusals);
      } finally {
        managers.close();
        agents.close();
      }
    });
}

async function examine(managers: ApiClient, agents: ApiClient): Promise<Symptoms> {
  const silence: { manager?: string; agent?: string } = {};
  const manager = await orWhy(managers.get("status"), (why) => silence.manager = why);
  const port = manager?.speaker?.port ?? 179;
  const sysctls = await Promise.all(
    sysctlNames.map(async (name) => [name, await say("sysctl", "-n", name)] as const),
  );
  const links = await say("ip", "-o", "link");
  return {
    ...{ manager, silence },
    peers: await orWhy(managers.get("peers")) ?? [],
    brake: await orWhy(managers.get("brake")),
    agent: await orWhy(agents.get("host"), (why) => silence.agent = why),
    listeners: await say("ss", "-Hltnp", `sport = :${port}`),
    sysctls: new Map(
      sysctls.flatMap(([name, value]) => value === undefined ? [] : [[name, value]]),
    ),
    reversePath: {
      filters: await say("sysctl", "-a", "-r", "rp_filter"),
      addresses: await say("ip", "-o", "-4", "address", "show", "up", "scope", "global"),
      routes: await say("ip", "-o", "-4", "route"),
    },
    tables: await say("nft", "list", "tables"),
    ipvs: links === undefined ? undefined : /\bkube-ipvs0\b/.test(links),
    now: Date.now(),
  };
}

/** What cannot be found out is a finding, and so is why. */
async function orWhy<T>(
  asked: Promise<T>,
  tell: (why: string) => void = () => {},
): Promise<T | undefined> {
  try {
    return await asked;
  } catch (thrown) {
    if (!(thrown instanceof Failure || thrown instanceof CommandError)) throw thrown;
    tell(thrown.message);
    return undefined;
  }
}

/** What a program says; undefined where it is not there or says no. */
async function say(command: string, ...args: readonly string[]): Promise<string | undefined> {
  const ran = await orWhy(systemCommands().run(command, args, { timeout: 5000 }));
  return ran?.code === 0 ? ran.stdout.trim() : undefined;
}

const marks = { fine: "ok", warning: "!!", broken: "XX", unknown: "??" } as const;

function text(findings: readonly Finding[]): string {
  return findings.map(({ what, verdict, says }) => `${marks[verdict]} ${what}: ${says}`).join("\n");
}
