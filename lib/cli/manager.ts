/**
 * `porter manager`: gives Services their EIPs and speaks BGP.
 *
 * @module
 */

import {
  Command,
  type CommandUnknownOpts,
  InvalidArgumentError,
  Option,
} from "@commander-js/extra-typings";
import { BfdMonitor } from "../bfd/mod.ts";
import { Speaker } from "../bgp/mod.ts";
import type { SpeakerStatus } from "../bgp/model/mod.ts";
import { Manager } from "../manager/mod.ts";
import { createLog, Recorder } from "../observe/mod.ts";
import { systemClock } from "../system/mod.ts";
import { Failure } from "./failure.ts";
import { managerApiOption } from "./api.ts";
import { ManagerTelling } from "./manager_telling.ts";
import {
  directoryOption,
  healthAddressOption,
  logFormatOption,
  logLevelOption,
  metricsAddressOption,
  metricsCompatOption,
  serveClasslessOption,
  statusDirectoryOption,
} from "./options.ts";
import { untilSignal } from "./running.ts";
import { contextOption, kubeconfigOption, openWriting } from "./source.ts";
import { socketsOnce } from "./sockets.ts";
import { version } from "./version.ts";

const help = `
Objects come from a directory of manifests, or from the Kubernetes API: of a kubeconfig, or in a pod
of its own cluster. Several managers may run: all announce, one of them allocates and writes.
Listens on the port of the BgpConf; ports below 1024 need root or CAP_NET_BIND_SERVICE. On SIGTERM and
SIGINT leaf switches that do graceful restart keep the routes for the restartTime of their BgpPeer, so
that an upgrade loses no packet; the others withdraw them at once, as all do with --on-stop withdraw.

Examples:
  porter manager --directory /etc/porter
  porter manager --kubeconfig ~/.kube/config
  porter manager --directory /etc/porter --status-directory /var/lib/porter --log-level debug`;

/** The command. */
export function managerCommand(): CommandUnknownOpts {
  return new Command("manager")
    .description("give Services their EIPs and announce them to leaf switches")
    .addOption(directoryOption)
    .addOption(statusDirectoryOption)
    .addOption(kubeconfigOption)
    .addOption(contextOption)
    .addOption(
      new Option(
        "--release-after <SECONDS>",
        "keep the addresses of a Service that is in no file for so long",
      ).argParser(readSeconds).default(30),
    )
    .addOption(serveClasslessOption)
    .option(
      "--node <NAME>",
      "the Node that this runs on, whose rack asPerRack of the BgpConf names",
    )
    .addOption(
      new Option("--on-stop <WHAT>", "what leaf switches shall do with the routes when this ends")
        .choices(["keep", "withdraw"] as const).default("keep" as const),
    )
    .addOption(healthAddressOption)
    .addOption(metricsAddressOption)
    .addOption(metricsCompatOption)
    .addOption(managerApiOption)
    .addOption(logLevelOption)
    .addOption(logFormatOption)
    .addHelpText("after", help)
    .action(async (options) => {
      const clock = systemClock;
      const { transport, datagrams } = socketsOnce();
      const recorder = new Recorder(clock);
      const { logLevel: level, logFormat: format } = options;
      const log = recorder.listen(createLog({ level, format }));
      const source = await openWriting(options, { clock, log });
      const { store, leadership } = source;
      const port = firstListen(store.snapshot().bgpConfs.length > 0);
      const telling = new ManagerTelling(options, { clock, leadership, recorder });
      const manager = new Manager({
        store,
        clock,
        log,
        leadership,
        reporting: {
          name: options.node ?? source.identity,
          reports: source.reports,
          random: Math.random,
        },
        bfd: (onChange) => {
          const random = Math.random;
          return new BfdMonitor({ datagrams, clock, random, log, onChange });
        },
        serveClassless: options.serveClassless,
        ...(options.node === undefined ? {} : { node: options.node }),
        speaker: (onChange) => {
          const speaker = new Speaker({
            transport,
            clock,
            random: Math.random,
            log,
            onChange: () => {
              port.told(speaker.status());
              onChange();
            },
            onTold: (since) => telling.told(since),
          });
          telling.watch(speaker);
          return speaker;
        },
        onPass: (pass) => telling.pass(pass),
      });
      await telling.startHealth(manager, source);
      const signal = untilSignal();
      manager.start();
      log.info("manager.started", { version, ...source.fields });
      try {
        await telling.startApi(manager, source, log);
        log.info("manager.stopping", { signal: await Promise.race([signal, port.failed]) });
      } finally {
        await manager.stop({ keepRoutes: options.onStop === "keep" });
        await telling.stop();
        await source.close();
      }
    });
}

/**
 * A port that cannot be had when porter starts is a mistake to be told at once; later, when the
 * BgpConf is edited, it must not end the sessions there are. `failed` never resolves.
 */
function firstListen(wanted: boolean): {
  readonly told: (status: SpeakerStatus) => void;
  readonly failed: Promise<never>;
} {
  const { promise, reject } = Promise.withResolvers<never>();
  let open = wanted;
  return {
    failed: promise,
    told: ({ listening, listenError }) => {
      if (open && listenError !== undefined) reject(new Failure(listenError));
      if (listening !== undefined || listenError !== undefined) open = false;
    },
  };
}

function readSeconds(text: string): number {
  const seconds = /^\d{1,6}$/.test(text) ? Number(text) : NaN;
  if (Number.isNaN(seconds)) throw new InvalidArgumentError("It must be a number of seconds.");
  return seconds;
}
