/**
 * `porter explain`: why a Service is, or is not, reached from outside.
 *
 * @module
 */

import { Argument, Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import type { ApiAddress } from "../observe/mod.ts";
import { type ChainReport, explain, type HostReport, subjectOf } from "../report/mod.ts";
import { agentsOption, ApiClient, managerOption } from "./client.ts";
import { exitCodes, Failure } from "./failure.ts";
import { directoryOption, serveClasslessOption, statusDirectoryOption } from "./options.ts";
import { print } from "./output.ts";
import { readSnapshot } from "./snapshot.ts";
import { data, outputOption } from "./table.ts";

const help = `
The chain from the Service to its packets, link by link. The first link that does not hold is marked, with
what to do next. On a node its agent is asked too; name others, each behind a port-forward of its own, with
--agent. With --directory nothing needs to run; then nothing is known of sessions.

Exit codes: 0 no link is broken; 2 one is; 1 nobody could be asked.

Examples:
  porter explain shop/web                            ask the manager that runs here
  porter explain shop/web --agent 127.0.0.1:17986 127.0.0.1:27986
                                                     and these agents
  porter explain shop/web --directory /etc/porter    by the manifests alone
  porter explain shop/web -o json | jq .broken       for a script`;

/** The command; `setExitCode` takes 2 for a broken link. */
export function explainCommand(setExitCode: (code: number) => void): CommandUnknownOpts {
  return new Command("explain")
    .description("say why a Service is, or is not, reached from outside")
    .addArgument(new Argument("<service>", "NAMESPACE/NAME, or a name in namespace default"))
    .addOption(managerOption)
    .addOption(agentsOption)
    .addOption(directoryOption)
    .addOption(statusDirectoryOption)
    .addOption(serveClasslessOption)
    .addOption(outputOption)
    .addHelpText("after", help)
    .action(async (service, options) => {
      const { manager, agent, directory, statusDirectory, serveClassless, output } = options;
      const hosts = await askAgents(agent);
      const report = directory === undefined ? await ask(service, manager, hosts) : explain({
        ...subjectOf(await readSnapshot(directory, statusDirectory), {
          ...{ serveClassless, now: Date.now() },
        }),
        hosts,
      }, service);
      print(output === "json" || output === "yaml" ? data(report, output) : chainText(report));
      if (report.broken !== null) setExitCode(exitCodes.refusals);
    });
}

async function ask(
  service: string,
  manager: ApiAddress | undefined,
  hosts: readonly HostReport[],
): Promise<ChainReport> {
  const client = new ApiClient(manager);
  try {
    if (hosts.length === 0) return await client.get("explain", { service });
    // Only what matters goes along: a node may have ten thousand EIPs, and a request has its limit.
    const { eips } = await client.get("eips", { filter: service });
    const own = new Set(eips.map(({ address }) => address));
    const host = hosts.map((each) =>
      JSON.stringify({ ...each, eips: each.eips.filter(({ address }) => own.has(address)) })
    );
    return await client.get("explain", { service, host });
  } finally {
    client.close();
  }
}

/** What the agents say, or the one of this node where none is named. */
async function askAgents(agents: readonly ApiAddress[]): Promise<readonly HostReport[]> {
  const named = agents.length === 0 ? [undefined] : agents;
  return (await Promise.all(named.map(askAgent))).filter((each) => each !== undefined);
}

/** What the agent says; undefined where nobody was named and none is here. */
async function askAgent(address: ApiAddress | undefined): Promise<HostReport | undefined> {
  const client = new ApiClient(address, "agent");
  try {
    return await client.get("host");
  } catch (thrown) {
    if (address !== undefined || !(thrown instanceof Failure)) throw thrown;
    return undefined;
  } finally {
    client.close();
  }
}

const marks = { fine: "ok", warning: "!!", broken: "XX", unknown: "??", waiting: ".." } as const;

/** The chain for people. */
export function chainText({ service, broken, links }: ChainReport): string {
  const lines = links.flatMap(({ title, verdict, reason, facts, next }) => [
    `${marks[verdict]} ${title}${reason === null ? "" : `: ${reason}`}`,
    ...facts.map((fact) => `     ${fact}`),
    ...(next === null ? [] : [`     -> ${next}`]),
  ]);
  const verdict = broken === null
    ? `Service ${service}: no link is broken`
    : `Service ${service}: broken at "${broken}"`;
  return `${verdict}\n\n${lines.join("\n")}`;
}
