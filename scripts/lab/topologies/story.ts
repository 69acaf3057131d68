/**
 * What is told of one topology: its tables, packets over every path, and what is lost when a node, a
 * leaf switch and a manager are lost in turn.
 *
 * @module
 */

import type { Bird } from "../bird.ts";
import type { Report } from "../report.ts";
import { formatMs, until } from "../wait.ts";
import { requests, type Tally } from "../web.ts";
import { answers, failures, outcome } from "../words.ts";
import { lose, type Loss } from "./loss.ts";
import type { Scene } from "./scene.ts";

/** One line of the table of all topologies. */
export interface LossRow {
  readonly topology: string;
  readonly lost: string;
  readonly failed: string;
  readonly right: string;
  readonly back: string;
}

/** Tells of a topology; gives its lines of the table. */
export async function tellTopology(scene: Scene, report: Report): Promise<readonly LossRow[]> {
  const { topology, lab } = scene;
  const rows: LossRow[] = [];
  const tell = (title: string, body: () => Promise<void>) =>
    report.run(`${topology.name}: ${title}`, body, lab.signal);
  await tell("the routers' tables", () => tables(scene, report));
  await tell("packets over every path", () => packets(scene, report));
  const machines = [topology.nodes[0]?.name ?? "", topology.leaf, topology.managers[0] ?? ""];
  for (const machine of machines) {
    await tell(`${machine} is cut off, and comes back`, async () => {
      const loss = await lose(scene, machine);
      const row = rowOf(scene, loss);
      rows.push(row);
      report.say(`          requests failed: ${outcome(loss.tally)}`);
      report.say(`          until the tables were right without it: ${row.right}`);
      report.say(`          from its return until they were right with it: ${row.back}`);
      const after = await requests(lab, scene.eip, 80, 60);
      report.check("afterwards every request is answered", allAnswered(after), failures(after));
    });
  }
  return rows;
}

async function tables(scene: Scene, report: Report): Promise<void> {
  const { ms } = await scene.tablesAreRight();
  await scene.nodesTake();
  await besideUp(scene, report);
  report.measured(
    `${scene.topology.name}: everything started until the tables were right`,
    formatMs(ms),
  );
  for (const [role, router] of scene.routers) {
    const hops = await router.nextHops(scene.prefix);
    const wanted = [...scene.topology.tables(scene.up)[role] ?? []].sort();
    report.check(
      `${role} has ${scene.prefix}, in BGP and in its kernel`,
      hops.join(" ") === wanted.join(" "),
      `via ${hops.join(", ")}`,
    );
  }
}

/** Porter must not take over what is another daemon's. */
async function besideUp(scene: Scene, report: Report): Promise<void> {
  for (const [role, bird] of scene.beside) {
    const { value } = await until(`the other daemon of ${role} has its session`, async () => {
      const state = await meshState(bird);
      return state.up && state;
    }, { signal: scene.lab.signal, otherwise: () => bird.ask("show protocols all mesh") });
    report.check(`the other daemon of ${role} has its session on port 179`, value.up, value.text);
  }
}

/** Whether the session that a daemon beside porter has is up, and since when. */
export async function meshState(
  bird: Bird,
): Promise<{ readonly up: boolean; readonly text: string }> {
  const text = (await bird.ask("show protocols mesh")).trim().split("\n").at(-1) ?? "";
  return { up: text.includes("Established"), text };
}

async function packets(scene: Scene, report: Report): Promise<void> {
  const { through, nodes } = scene.topology;
  const sent = () => Promise.all(through.map((role) => scene.wires.sent(role)));
  const before = await sent();
  const tally = await requests(scene.lab, scene.eip, 80, 300);
  const after = await sent();
  report.check("no request failed", allAnswered(tally), failures(tally));
  // One of four nodes has below 25 of 300 by chance less than once in a million times.
  const each = nodes.every(({ name }) => (tally.answers[name] ?? 0) >= 25);
  report.check("every node answered its share", each, answers(tally));
  through.forEach((role, index) => {
    const count = (after[index] ?? 0) - (before[index] ?? 0);
    report.check(`packets went through ${role}`, count > 300, String(count));
  });
}

function allAnswered(tally: Tally): boolean {
  return tally.failures.length === 0;
}

function rowOf({ topology }: Scene, loss: Loss): LossRow {
  const { machine, rightAfter, backAfter, tally } = loss;
  const manager = topology.managers.includes(machine);
  return {
    topology: topology.name,
    lost: machine,
    failed: `${tally.failures.length} of ${tally.requests}`,
    right: rightAfter === undefined
      ? "no other way"
      : manager && rightAfter === 0
      ? "never wrong"
      : formatMs(rightAfter),
    back: formatMs(backAfter),
  };
}

/** The table of all topologies, as Markdown. */
export function lossTable(rows: readonly LossRow[]): readonly string[] {
  const head: LossRow = {
    topology: "topology",
    lost: "lost",
    failed: "requests failed",
    right: "tables right after",
    back: "right again after its return",
  };
  const columns = ["topology", "lost", "failed", "right", "back"] as const;
  const widths = columns.map((column) =>
    Math.max(...[head, ...rows].map((row) => row[column].length))
  );
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const cells = (row: LossRow) =>
    columns.map((column, index) => row[column].padEnd(widths[index] ?? 0));
  return [
    line(cells(head)),
    line(widths.map((width) => "-".repeat(width))),
    ...rows.map((row) => line(cells(row))),
  ];
}
