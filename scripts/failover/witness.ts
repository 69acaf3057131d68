/**
 * Who saw what when, after something was lost: porter's own log, the leaf's, and its kernel's, each with
 * its own time; all read one clock. ip-monitor(8), birdc(8).
 *
 * @module
 */

import { type Lab, Load, logEntries, pause, type Process } from "../lab/mod.ts";

/** Requests a second, each over a connection of its own. */
const rate = 200;

/** Where to look. */
export interface Looks {
  readonly lab: Lab;
  readonly eip: string;
  /** The leaf's namespace. */
  readonly leaf: string;
  /** The file of BIRD's log. */
  readonly birdLog: string;
  /** Whose log tells that something was noticed, with which events. */
  readonly noticing?: { readonly by: Process; readonly events: readonly string[] };
  /** What BIRD logs when it notices something itself. */
  readonly birdNotices?: RegExp;
}

/** What came of a loss: milliseconds after it, undefined where nothing of the kind was seen. */
export interface Budget {
  /** Porter, or the leaf itself, noticed it. */
  readonly noticed: number | undefined;
  /** The leaf's BGP table changed for the last time. */
  readonly table: number | undefined;
  /** The route in the leaf's kernel changed for the last time. */
  readonly kernel: number | undefined;
  readonly requests: number;
  readonly failed: number;
  /** How long the slowest answer took: TCP sends a lost SYN again after a second. */
  readonly slowest: number;
}

/** Loses something under requests, waits until `over`, and tells who saw it when. */
export async function budgetOf(
  looks: Looks,
  lose: () => Promise<number>,
  over: () => Promise<unknown>,
): Promise<Budget> {
  const { lab, eip, leaf } = looks;
  const monitor = lab.spawn(leaf, `monitor-${++monitors}`, ["ip", "-o", "-ts", "monitor", "route"]);
  const load = await Load.start(lab, eip, 80, rate);
  await pause(700);
  const at = await lose();
  await over();
  await pause(500);
  const tally = await load.stop();
  await monitor.stop();
  const bird = (await Deno.readTextFile(looks.birdLog)).split("\n");
  return {
    noticed: await noticed(looks, bird, at),
    table: lastAfter(at, bird.filter((line) => line.includes(`${eip}/32`)).map(birdTime)),
    kernel: lastAfter(
      at,
      (await monitor.output()).split("\n").filter((line) =>
        line.includes(` ${eip} `) ||
        line.includes(`]${eip} `)
      ).map(monitorTime),
    ),
    requests: tally.requests,
    failed: tally.failures.length,
    slowest: tally.slowest,
  };
}

let monitors = 0;

async function noticed(
  { noticing, birdNotices }: Looks,
  bird: readonly string[],
  at: number,
): Promise<number | undefined> {
  if (noticing !== undefined) {
    const entries = await logEntries(noticing.by);
    const times = entries.filter(({ event }) => noticing.events.includes(event))
      .map(({ time }) => Date.parse(time));
    return firstAfter(at, times);
  }
  if (birdNotices === undefined) return undefined;
  return firstAfter(at, bird.filter((line) => birdNotices.test(line)).map(birdTime));
}

const firstAfter = (at: number, times: readonly number[]): number | undefined => {
  const first = times.find((time) => time >= at - 1);
  return first === undefined ? undefined : first - at;
};

const lastAfter = (at: number, times: readonly number[]): number | undefined => {
  const last = times.findLast((time) => time >= at - 1);
  return last === undefined ? undefined : last - at;
};

/** "2026-11-25 19:30:20.123 ..." */
function birdTime(line: string): number {
  const [, day, time] = /^(\S+) (\S+)/.exec(line) ?? [];
  return new Date(`${day}T${time}`).getTime();
}

/** "[2026-11-25T19:30:20.123456] ..." */
function monitorTime(line: string): number {
  return new Date(/^\[(\S+?)\]/.exec(line)?.[1] ?? "").getTime();
}
