/**
 * `porter agent`: keeps one node's host state, and speaks BGP for the node where a BgpPeer says so.
 *
 * @module
 */

import { Command, type CommandUnknownOpts, Option } from "@commander-js/extra-typings";
import { Agent, type AgentOptions, Forwarding, Lingering, Reflecting } from "../agent/mod.ts";
import { diffForwards, foundEips } from "../host/mod.ts";
import { createLog, Recorder } from "../observe/mod.ts";
import { forwardRefusals, hostState, HostStates, portForwards } from "../plan/mod.ts";
import type { Kernel, Pulse } from "../ports/mod.ts";
import { openMemoryStore } from "../store/mod.ts";
import { linuxKernel, linuxPortForwards, systemClock } from "../system/mod.ts";
import { AgentSpeaking } from "./agent_speaking.ts";
import { Failure } from "./failure.ts";
import { AgentTelling } from "./agent_telling.ts";
import { agentApiOption } from "./api.ts";
import {
  directoryOption,
  healthAddressOption,
  logFormatOption,
  logLevelOption,
  metricsAddressOption,
  statusDirectoryOption,
} from "./options.ts";
import { untilSignal } from "./running.ts";
import { contextOption, kubeconfigOption, openReading } from "./source.ts";
import { socketsOnce } from "./sockets.ts";
import { version } from "./version.ts";

const help = `
Needs ip and ss (iproute2), nft (nftables) and CAP_NET_ADMIN. On SIGTERM and SIGINT the host state stays
as it is, so that packets flow while an agent is replaced, but for the forward of port 179
(usingPortForward). Where a BgpPeer with speakers of type Agents selects the node, the agent announces it
there; a leaf switch then keeps the node's routes for a while where that BgpPeer has gracefulRestart,
unless --on-stop withdraw is given.

Examples:
  porter agent --node node1 --directory /etc/porter
  porter agent --node node1 --kubeconfig /etc/porter/kubeconfig
  porter agent --cleanup                             before a node is taken out of service`;

/** The command. */
export function agentCommand(): CommandUnknownOpts {
  return new Command("agent")
    .description("keep this node's host rules as the objects say")
    .option("--node <NAME>", "the name of this node's Node object")
    .addOption(directoryOption)
    .addOption(statusDirectoryOption)
    .addOption(kubeconfigOption)
    .addOption(contextOption)
    .option("--cleanup", "remove everything of porter's from this node, and end")
    .addOption(
      new Option("--on-stop <WHAT>", "what leaf switches shall do with the routes when this ends")
        .choices(["keep", "withdraw"] as const).default("keep" as const),
    )
    .addOption(healthAddressOption)
    .addOption(metricsAddressOption)
    .addOption(agentApiOption)
    .addOption(logLevelOption)
    .addOption(logFormatOption)
    .addHelpText("after", help)
    .action(async (options) => {
      const { cleanup, node, logLevel, logFormat } = options;
      if (!cleanup && node === undefined) {
        throw new Failure("agent needs --node, or --cleanup; see porter agent --help");
      }
      // Reports go to the API server then.
      if (options.directory === undefined) Deno.permissions.revokeSync({ name: "write" });
      const clock = systemClock;
      const recorder = new Recorder(clock);
      const log = recorder.listen(createLog({ level: logLevel, format: logFormat }));
      const kernel = linuxKernel({ clock, log });
      // Missing programs and permissions are told at once, not retried for ever.
      const observed = await kernel.observe();
      if (cleanup || node === undefined) return await cleanUp({ kernel, clock, log });
      const { transport, datagrams } = socketsOnce();
      const source = await openReading(options, { clock, log }, {
        kinds: ["Service", "Node", "Eip", "BgpPeer", "BgpConf"],
        specsOnly: ["Eip", "BgpPeer"],
      });
      const { store } = source;
      const speaking = new AgentSpeaking({
        ...{ node, source, transport, datagrams, clock, log },
        refused: () => forwardRefusals(store.snapshot(), forwarding.refused),
      });
      const onPass: AgentOptions["onPass"] = (pass) => telling.pass(pass);
      const reflecting = new Reflecting({ node, store, datagrams, clock, log });
      const forwarding = new Forwarding({
        ...{ kernel: linuxPortForwards(), clock, log },
        wanted: () => {
          const snapshot = store.snapshot();
          return snapshot.complete ? portForwards(snapshot, node) : undefined;
        },
        onChange: () => speaking.changed(),
      });
      const keepPorts = options.directory !== undefined;
      const states = new HostStates();
      const lingering = new Lingering({
        ...{ store, clock, keepPorts, found: foundEips(observed) },
        hostState: (snapshot) => states.of(snapshot),
      });
      const agent = new Agent({
        ...{ store: lingering, clock, log, onPass },
        kernel: toldBoth(kernel, () => forwarding.moved()),
        hostState: (snapshot) => lingering.hostState(snapshot),
      });
      const telling = new AgentTelling(options, {
        ...{ node, clock, log, recorder, source },
        pulse: () => both(agent.pulse, speaking.pulse),
        said: () => speaking.said,
      });
      try {
        speaking.start();
        await telling.start();
        const signal = untilSignal();
        agent.start();
        reflecting.start();
        forwarding.start();
        log.info("agent.started", { version, node, ...source.fields });
        if (!store.snapshot().nodes.some(({ ref }) => ref.name === node)) {
          log.warn("agent.node-unknown", { node, hint: "no Node has this name; is it misspelt?" });
        }
        log.info("agent.stopping", { signal: await signal });
        // The sessions first, so that no packet is on its way here for longer than must be; the host state
        // stays, since leaf switches send packets until they have heard, and after it with graceful restart.
        const keepRoutes = options.onStop === "keep";
        const ended = speaking.stop({ keepRoutes });
        reflecting.stop();
        await Promise.all([ended, forwarding.stop(), agent.stop()]);
        await telling.stop();
      } finally {
        await source.close();
      }
    });
}

/** Makes the node have nothing. */
async function cleanUp(world: Pick<AgentOptions, "kernel" | "clock" | "log">): Promise<void> {
  const store = openMemoryStore();
  try {
    await new Agent({ store, ...world, hostState }).cleanup();
    const forwards = linuxPortForwards();
    const script = diffForwards([], await forwards.observe());
    if (script !== "") await forwards.apply(script);
  } finally {
    await store.close();
  }
}

/** The kernel, whose monitors tell somebody else, too. */
function toldBoth(kernel: Kernel, told: () => void): Kernel {
  const watch: Kernel["watch"] = (changed) =>
    kernel.watch(() => {
      told();
      changed();
    });
  return { ...kernel, watch };
}

function both(a: Pulse, b: Pulse): Pulse {
  return {
    overdueMs: Math.max(a.overdueMs, b.overdueMs),
    missing: [...a.missing, ...b.missing],
  };
}
