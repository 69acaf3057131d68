/**
 * A long run of the speaker against a real BIRD: rounds of changes with a flap of the session in the
 * middle of each, and a pause after each in which the leaf's own table must be the plan's. Memory is
 * taken at the pauses.
 *
 * @module
 */

import { addresses, Bird, buildFabric, checkout, type Lab, pause, until } from "../lab/mod.ts";
import { slope } from "./growth.ts";
import { SoakPlan } from "./plan.ts";
import { asNumbers, type Held, type SoakCommand } from "./speaker.ts";

/** How long, and how much. */
export interface SoakOptions {
  readonly changes: number;
  readonly rounds: number;
  /** Of the changes of one round, in milliseconds. */
  readonly roundMs: number;
  /** Told after each round. */
  readonly onRound?: (round: SoakRound) => void;
}

/** What one round found. */
export interface SoakRound extends Held {
  readonly number: number;
  /** Since the start. */
  readonly changes: number;
  readonly flap: FlapKind;
  /** Routes at the leaf, all of them as the plan has them. */
  readonly routes: number;
  /** Until the leaf had them, after the last change or flap. */
  readonly settledMs: number;
}

/** How a session is interrupted. */
export type FlapKind = typeof flapKinds[number];

const flapKinds = ["session restarted by the leaf", "peer configured anew", "leaf killed"] as const;

/** What a run found; growth is that of the second half, by the slope of a line through it, in bytes. */
export interface SoakReport {
  readonly rounds: readonly SoakRound[];
  readonly growth: Held;
}

const leafConfig = `log stderr all;
router id ${addresses.leaf.v4};
protocol device { }
protocol bgp porter {
  local ${addresses.leaf.v4} as ${asNumbers.leaf};
  neighbor ${addresses.manager.v4} as ${asNumbers.speaker};
  direct;
  debug { states };
  connect delay time 1;
  connect retry time 1;
  error wait time 1, 1;
  ipv4 { add paths rx; import all; export none; };
}
`;

/** Runs it in an empty lab. Throws when a table is not the plan's within a minute. */
export async function soak(lab: Lab, options: SoakOptions): Promise<SoakReport> {
  await buildFabric(lab, { nodes: 0 });
  const leaf = new Bird(lab);
  await leaf.startWith(leafConfig);
  const speaker = await SoakSpeaker.start(lab);
  const plan = new SoakPlan(1);
  const rounds: SoakRound[] = [];
  const perRound = Math.ceil(options.changes / options.rounds);
  for (let number = 1; number <= options.rounds; number++) {
    const changing = speaker.tell({ kind: "change", count: perRound, overMs: options.roundMs });
    await pause(options.roundMs / 2);
    const flap = flapKinds[number % flapKinds.length] ?? flapKinds[0];
    // What was asked is read before the next question is written.
    await (flap === "peer configured anew" ? changing : Promise.resolve());
    await interrupt(flap, leaf, speaker);
    await changing;
    plan.change(perRound);
    const { routes, ms } = await compare(lab, leaf, plan, speaker);
    const held = await speaker.measure();
    const round = { number, changes: number * perRound, flap, routes, settledMs: ms, ...held };
    rounds.push(round);
    options.onRound?.(round);
  }
  return { rounds, growth: growthOf(rounds) };
}

async function interrupt(kind: FlapKind, leaf: Bird, speaker: SoakSpeaker): Promise<void> {
  switch (kind) {
    case "session restarted by the leaf":
      await leaf.ask("restart porter");
      return;
    case "peer configured anew":
      await speaker.tell({ kind: "flap" });
      return;
    case "leaf killed":
      await leaf.stop("kill");
      return await leaf.startWith(leafConfig);
  }
}

/** Waits until the leaf's own table is the plan's, over a session that is up. */
async function compare(lab: Lab, leaf: Bird, plan: SoakPlan, speaker: SoakSpeaker) {
  const wanted = plan.table().join("\n");
  let found: string[] = [];
  const { ms } = await until("the leaf's table is the plan's", async () => {
    const table = await leaf.routes();
    found = table.map(({ prefix, paths }) =>
      `${prefix} ${paths.map(({ via }) => via).sort().join(" ")}`
    ).sort();
    return found.join("\n") === wanted && (await leaf.session()).state === "Established";
  }, {
    timeout: 60_000,
    every: 100,
    signal: lab.signal,
    otherwise: async () => `${difference(wanted.split("\n"), found)}\n${await speaker.output()}`,
  });
  return { routes: found.length, ms };
}

function difference(wanted: readonly string[], found: readonly string[]): string {
  const [here, there] = [new Set(wanted), new Set(found)];
  const missing = wanted.filter((line) => !there.has(line));
  const strange = found.filter((line) => !here.has(line));
  const some = [...missing.slice(0, 5).map((it) => `-${it}`), ...strange.slice(0, 5)];
  return `${missing.length} missing, ${strange.length} wrong:\n${some.join("\n")}`;
}

/** The first half fills caches and compiles; what still grows after it leaks. */
function growthOf(rounds: readonly SoakRound[]): Held {
  const second = rounds.slice(Math.floor(rounds.length / 2));
  const over = (second.at(-1)?.changes ?? 0) - (second[0]?.changes ?? 0);
  const grown = (of: (round: SoakRound) => number) =>
    Math.round(over * slope(second.map((round) => [round.changes, of(round)])));
  return { heap: grown((it) => it.heap), resident: grown((it) => it.resident) };
}

/** The speaker's process, asked one thing after the other. */
class SoakSpeaker {
  readonly #process;
  readonly #file: string;
  #asked = 0;

  private constructor(process: ReturnType<Lab["spawn"]>, file: string) {
    this.#process = process;
    this.#file = file;
  }

  static async start(lab: Lab): Promise<SoakSpeaker> {
    const file = `${lab.folder}/soak.json`;
    const argv = [Deno.execPath(), "run", "--quiet", "-A", "--v8-flags=--expose-gc"];
    const script = `${checkout}/scripts/soak/speaker.ts`;
    const process = lab.spawn("manager", "soak", [...argv, script, file]);
    await process.says(/^ready$/m);
    return new SoakSpeaker(process, file);
  }

  async tell(command: SoakCommand): Promise<string> {
    const id = ++this.#asked;
    await Deno.writeTextFile(this.#file, JSON.stringify({ id, command }));
    this.#process.kill("SIGHUP");
    const patience = command.kind === "change" ? 2 * command.overMs + 60_000 : 20_000;
    const match = await this.#process.says(new RegExp(`^answer ${id} (.*)$`, "m"), patience);
    return match[1] ?? "";
  }

  async measure(): Promise<Held> {
    return JSON.parse(await this.tell({ kind: "measure" })) as Held;
  }

  output(): Promise<string> {
    return this.#process.output();
  }
}
