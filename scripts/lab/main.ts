/**
 * `deno task lab`: porter's main job on a real leaf switch, in network namespaces, told as a story
 * with what really happened. Exit code 0 when all was as it should be, 1 when not, 130 after Ctrl-C.
 *
 *     deno task lab              builds, tells, removes everything
 *     deno task lab --keep       leaves it up and says how to look around
 *     deno task lab --down       removes it
 *     deno task lab --topology spine-leaf    another network; all: every one after the other
 *     deno task lab --topology all --bfd     those in which agents speak, with BFD
 *
 * @module
 */

import { parseArgs } from "node:util";
import { ensureTools, type ToolName } from "../install.ts";
import { Lab, LabInUse, takeDown } from "./lab.ts";
import { Rack } from "./rack.ts";
import { Report } from "./report.ts";
import { tellAround } from "./around.ts";
import { tellStory } from "./story.ts";
import {
  aroundScene,
  listTopologies,
  type LossRow,
  lossTable,
  Scene,
  tellTopology,
  topologiesNamed,
  type Topology,
  withBfd,
} from "./topologies/mod.ts";
import { formatMs } from "./wait.ts";

const help = `Usage: deno task lab [--topology NAME [--bfd]] [--keep | --down] [--name NAME]

Builds a client, a leaf switch (BIRD 2) and three nodes in network namespaces, starts porter
manager and three porter agents, and tells what happens. Needs root; installs what it lacks.

  --topology NAME
               build another network of BIRD and FRR routers in place of this one, and say what is
               lost when a node, a leaf switch and a manager are cut off; all builds all of them
  --bfd        let agents and leaf switches watch each other with BFD at 100 ms x 3; only for
               topologies in which agents speak
  --keep       leave the lab up afterwards and say how to look around in it
  --down       remove the lab
  --name NAME  another name than porter-lab, for a second lab beside the first

Topologies:
${listTopologies()}`;

/** What the command line says. */
interface Flags {
  readonly keep: boolean;
  readonly down: boolean;
  readonly name: string;
  /** Left out: the story of one leaf switch. */
  readonly topologies?: readonly Topology[];
}

function readFlags(args: readonly string[]): Flags {
  const { values } = parseArgs({
    args: [...args],
    options: {
      bfd: { type: "boolean", default: false },
      keep: { type: "boolean", default: false },
      down: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
      name: { type: "string", default: "porter-lab" },
      topology: { type: "string" },
    },
  });
  if (values.help) {
    console.log(help);
    Deno.exit(0);
  }
  if (!/^porter-lab(-[0-9]+)*$/.test(values.name)) {
    throw new Error(`--name must be porter-lab and numbers, as porter-lab-2; not ${values.name}`);
  }
  const { keep, down, name, topology, bfd } = values;
  if (keep && down) throw new Error("--keep and --down exclude each other");
  if (topology === undefined) {
    if (bfd) throw new Error("--bfd goes with --topology");
    return { keep, down, name };
  }
  const named = topologiesNamed(topology);
  const topologies = bfd ? named.flatMap((each) => withBfd(each) ?? []) : named;
  if (topologies.length === 0) {
    if (named.length > 0) throw new Error(`managers speak in ${topology}: --bfd is for agents`);
    throw new Error(`there is no topology ${topology}; --help lists them`);
  }
  if (keep && topologies.length > 1) throw new Error("--keep can leave only one topology up");
  return { keep, down, name, topologies };
}

/** Somebody wants the lab to end. */
class Interrupted extends Error {
  constructor(readonly code: number) {
    super("interrupted");
  }
}

async function main(args: readonly string[]): Promise<number> {
  const flags = readFlags(args);
  if (Deno.uid() !== 0) {
    throw new Error("The lab needs root, for network namespaces: run the same as root");
  }
  await ensureTools(["ip", "setsid"]);
  if (flags.down) {
    const found = await takeDown(flags.name);
    console.log(found ? `The lab ${flags.name} is gone.` : `There is no lab ${flags.name}.`);
    return 0;
  }
  const more: readonly ToolName[] = [
    ...(flags.keep ? ["curl" as const] : []),
    ...(flags.topologies === undefined ? [] : ["vtysh" as const]),
  ];
  await ensureTools(["nft", "bird", "birdc", "ping", ...more]);
  return await up(flags);
}

/** What is told in a lab of its own; gives how to look around in it afterwards. */
type Story = (lab: Lab) => Promise<() => void>;

async function up(flags: Flags): Promise<number> {
  const report = new Report();
  const rows: LossRow[] = [];
  const stories: readonly Story[] = flags.topologies === undefined
    ? [(lab) => tellRack(lab, report)]
    : flags.topologies.map((topology) => async (lab) => {
      report.say(`\n${topology.name}: ${topology.about}`);
      const scene = await Scene.build(lab, topology);
      rows.push(...await tellTopology(scene, report));
      return () => report.say(aroundScene(scene));
    });
  let code = 1;
  for (const story of stories) {
    const interrupted = await inLab(flags, report, async (lab) => {
      const tellAround = await story(lab);
      if (story !== stories.at(-1)) return;
      if (rows.length > 0) report.say(`\n${lossTable(rows).join("\n")}`);
      code = report.finish();
      if (flags.keep) tellAround();
    });
    if (interrupted !== undefined) return interrupted;
  }
  return code;
}

async function tellRack(lab: Lab, report: Report): Promise<() => void> {
  const rack = await build(lab, report);
  await tellStory(rack, report);
  return () => tellAround(rack, report);
}

/** Tells a story in a lab of its own; gives an exit code when somebody ended it. */
async function inLab(
  flags: Flags,
  report: Report,
  story: (lab: Lab) => Promise<void>,
): Promise<number | undefined> {
  const lab = await open(flags.name);
  const forget = interruptOnSignals(lab);
  let keep = false;
  try {
    await story(lab);
    keep = flags.keep;
    if (keep) await lab.keep();
    return undefined;
  } catch (thrown) {
    if (!(lab.signal.reason instanceof Interrupted)) throw thrown;
    report.say("\nInterrupted: removing the lab.");
    return lab.signal.reason.code;
  } finally {
    if (!keep) {
      const start = performance.now();
      await lab.down();
      report.say(`The lab is removed (${formatMs(performance.now() - start)}).`);
    }
    forget();
  }
}

async function open(name: string): Promise<Lab> {
  try {
    return await Lab.open(name);
  } catch (thrown) {
    if (!(thrown instanceof LabInUse)) throw thrown;
    throw new Error(`The lab ${name} is up already. Remove it with: deno task lab --down`);
  }
}

async function build(lab: Lab, report: Report): Promise<Rack> {
  report.say("Building client - leaf (BIRD) - node1, node2, node3 in network namespaces");
  const start = performance.now();
  const rack = await Rack.build(lab);
  report.say(
    `Built in ${formatMs(performance.now() - start)}; manifests in ${rack.manifests.folder}`,
  );
  return rack;
}

/** The story stops at its next step of any size; the lab is then taken down in the one usual way. */
function interruptOnSignals(lab: Lab): () => void {
  const codes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
  const forgets = Object.entries(codes).map(([signal, code]) => {
    const handler = () => lab.interrupt(new Interrupted(code));
    Deno.addSignalListener(signal as Deno.Signal, handler);
    return () => Deno.removeSignalListener(signal as Deno.Signal, handler);
  });
  return () => forgets.forEach((forget) => forget());
}

if (import.meta.main) {
  try {
    Deno.exit(await main(Deno.args));
  } catch (thrown) {
    console.error(`deno task lab: ${thrown instanceof Error ? thrown.message : thrown}`);
    Deno.exit(1);
  }
}
