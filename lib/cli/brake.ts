/**
 * `porter brake`: what `spec.brake` of the BgpConf holds, and its release (docs/policy.md). Releasing sets
 * the BgpConf's annotation with the rights of who says it; the managers and agents do the rest.
 *
 * @module
 */

import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import type { ApiAddress } from "../observe/mod.ts";
import { brakeReleaseAnnotation, parseObject } from "../objects/mod.ts";
import { type Clock, silentLog } from "../ports/mod.ts";
import { type BrakeReport, brakeReport } from "../report/mod.ts";
import { type KubernetesClient, openDirectoryStore } from "../store/mod.ts";
import { systemClock } from "../system/mod.ts";
import { ApiClient, managerOption } from "./client.ts";
import { annotate, askCluster } from "./cluster.ts";
import { Failure } from "./failure.ts";
import { directoryOption, statusDirectoryOption } from "./options.ts";
import { print } from "./output.ts";
import { readSnapshot } from "./snapshot.ts";
import { contextOption, kubeconfigOption } from "./source.ts";
import { data, outputOption, span, table } from "./table.ts";

const help = `
With --release what is held now is withdrawn; what is held later is not released by it. Undoing the change
that is held needs no release. Without a BgpConf that has spec.brake nothing is written, and the exit code is 0.
Where its status names nothing held the release is written all the same: a status may be late, or refused.
docs/policy.md says what the brake is.

Examples:
  porter brake                                          ask the manager that runs here
  porter brake --kubeconfig ~/.kube/config              what the BgpConf's status says
  porter brake --release --kubeconfig ~/.kube/config    withdraw what is held
  porter brake --release --directory /etc/porter        the same where the manifests are`;

/** The command. */
export function brakeCommand(): CommandUnknownOpts {
  return new Command("brake")
    .description("say which routes the brake holds, or release them")
    .option("--release", "withdraw what is held")
    .addOption(managerOption)
    .addOption(directoryOption)
    .addOption(statusDirectoryOption)
    .addOption(kubeconfigOption)
    .addOption(contextOption)
    .addOption(outputOption)
    .addHelpText("after", help)
    .action(async (flags) => {
      if (flags.release) return print(await release(flags));
      const { report, releaseBy } = await look(flags);
      const { output } = flags;
      print(
        output === "json" || output === "yaml" ? data(report, output) : text(report, releaseBy),
      );
    });
}

interface Flags {
  readonly manager?: ApiAddress | undefined;
  readonly directory?: string | undefined;
  readonly statusDirectory?: string | undefined;
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
}

/** What is held, and the command that releases it. */
interface Look {
  readonly report: BrakeReport;
  readonly releaseBy: string;
}

async function look(flags: Flags): Promise<Look> {
  const { directory, statusDirectory, kubeconfig, context, manager } = flags;
  if (directory !== undefined) {
    const report = brakeReport(await readSnapshot(directory, statusDirectory));
    return { report, releaseBy: command({ directory, "status-directory": statusDirectory }) };
  }
  if (kubeconfig !== undefined) {
    const instead = "kubectl get bgpconfs -o yaml";
    const report = await askCluster(flags, { what: "read the brake", instead }, readCluster);
    return { report, releaseBy: command({ kubeconfig, context }) };
  }
  const client = new ApiClient(manager);
  try {
    const report = await client.get("brake");
    if (report.since === null) return { report, releaseBy: "" };
    const { directory, statuses } = (await client.get("status")).source;
    // A manager of a cluster does not know with which rights it is asked: kubectl does.
    const releaseBy = directory === undefined
      ? kubectl(report.conf ?? "", "$(date -u +%FT%TZ)")
      : command({ directory, "status-directory": statuses });
    return { report, releaseBy };
  } finally {
    client.close();
  }
}

function command(flags: Readonly<Record<string, string | undefined>>): string {
  const said = Object.entries(flags).flatMap(([name, value]) =>
    value === undefined ? [] : [` --${name} ${shellWord(value)}`]
  );
  return `porter brake --release${said.join("")}`;
}

function kubectl(conf: string, at: string): string {
  return `kubectl annotate --overwrite bgpconf ${conf} ${brakeReleaseAnnotation}=${at}`;
}

/** The text as one word of a shell's command line. */
function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** Why nothing can be held; undefined where something can. */
function noBrake({ conf, settings }: BrakeReport): string | undefined {
  if (conf === null) return "There is no BgpConf";
  return settings === null ? `The brake is off: BgpConf ${conf} has no spec.brake` : undefined;
}

/** Of a report that names nothing held. */
function nothingHeld(report: BrakeReport): string {
  const { conf, settings } = report;
  if (settings === null) return noBrake(report) ?? "";
  const { maxWithdrawn, withinSeconds, minRoutes } = settings;
  return `Nothing is held. BgpConf ${conf} holds more than ${maxWithdrawn}% of the routes within ` +
    `${withinSeconds} s, and not fewer than ${minRoutes}`;
}

function text(report: BrakeReport, releaseBy: string): string {
  const { conf, since, routes, percent, held, services, moreServices } = report;
  if (since === null) return nothingHeld(report);
  const rows = held.flatMap(({ addresses, nextHops }) =>
    addresses.map((each) => ({ addresses: each, via: nextHops.join(",") }))
  );
  const at = new Date(since).toISOString().replace(/\.\d+Z$/, "Z");
  return [
    `BgpConf ${conf} holds ${routes} routes, ${percent}% of all, since ${at} ` +
    `(${span(systemClock.now() - since)})`,
    "",
    table(rows, [
      { title: "ADDRESSES", of: ({ addresses }) => addresses },
      { title: "VIA", of: ({ via }) => via },
    ], { wide: false, none: "" }),
    "",
    ...(services.length === 0 ? [] : [
      `Of ${services.join(", ")}${moreServices === 0 ? "" : ` and ${moreServices} more`}`,
    ]),
    `Undo what took them away, or withdraw them: ${releaseBy}`,
  ].join("\n");
}

/** Releases, and says what that came to. */
async function release(flags: Flags): Promise<string> {
  const { directory, kubeconfig, manager } = flags;
  if (manager !== undefined) {
    throw new Failure(
      "A manager is not asked to release; say --kubeconfig FILE or --directory DIR",
    );
  }
  if (directory === undefined && kubeconfig === undefined) {
    throw new Failure("Say where the BgpConf is: --kubeconfig FILE or --directory DIR");
  }
  const { report } = await look(flags);
  const { conf, routes, since } = report;
  const nothing = noBrake(report);
  if (nothing !== undefined || conf === null) return `Nothing to release. ${nothing}`;
  const at = releaseTime(report, systemClock);
  if (directory === undefined) await annotateInCluster(conf, at, flags);
  else await annotateInDirectory(conf, at, { ...flags, directory });
  if (since !== null) return `Released ${routes} routes: what BgpConf ${conf} held before ${at}`;
  // It is not what is held: it may not be written yet, or refused, or not as porter writes it.
  return `Released what BgpConf ${conf} held before ${at}, if anything: its status names nothing held. ` +
    "What a manager still holds says porter brake --manager ADDRESS";
}

/** Now, or just after the hold began where the clock here is behind the manager's. */
function releaseTime({ since }: BrakeReport, clock: Pick<Clock, "now">): string {
  return new Date(Math.max(clock.now(), (since ?? 0) + 1)).toISOString();
}

const path = "/apis/network.kubesphere.io/v1alpha1";

/** The BgpConfs and Eips: their statuses say what is held, and whose it was. */
async function readCluster(client: KubernetesClient): Promise<BrakeReport> {
  const read = async (kind: "BgpConf" | "Eip") => {
    const list = await client.performRequest({
      method: "GET",
      path: `${path}/${kind.toLowerCase()}s`,
      expectJson: true,
    }) as { readonly items?: readonly object[] };
    return (list.items ?? []).flatMap((item) => {
      const parsed = parseObject({ ...item, apiVersion: "network.kubesphere.io/v1alpha1", kind });
      return parsed.ok ? [parsed.value] : [];
    });
  };
  return brakeReport({
    bgpConfs: (await read("BgpConf")).flatMap((each) => each.kind === "BgpConf" ? each.object : []),
    eips: (await read("Eip")).flatMap((each) => each.kind === "Eip" ? each.object : []),
    services: [],
  });
}

async function annotateInCluster(conf: string, at: string, flags: Flags): Promise<void> {
  const errand = { what: `release what BgpConf ${conf} holds`, instead: kubectl(conf, at) };
  const object = `${path}/bgpconfs/${encodeURIComponent(conf)}`;
  await askCluster(
    flags,
    errand,
    (client) => annotate(client, object, { [brakeReleaseAnnotation]: at }),
  );
}

/** Beside the statuses, where porter's own annotations are: what users wrote stays as it is. */
async function annotateInDirectory(
  conf: string,
  at: string,
  { directory, statusDirectory }: Flags & { readonly directory: string },
): Promise<void> {
  const store = await openDirectoryStore({
    directory,
    ...(statusDirectory === undefined ? {} : { statusDirectory }),
    clock: systemClock,
    log: silentLog,
  });
  try {
    const object = { kind: "BgpConf", namespace: "", name: conf };
    await store.patch([{ object, annotations: { [brakeReleaseAnnotation]: at } }]);
    const read = store.snapshot().bgpConfs.find(({ ref }) => ref.name === conf);
    if (read?.annotations[brakeReleaseAnnotation] === at) return;
    throw new Failure(
      `The manifest of BgpConf ${conf} has the annotation itself; write there ` +
        `${brakeReleaseAnnotation}: "${at}"`,
    );
  } finally {
    await store.close();
  }
}
