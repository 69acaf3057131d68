/**
 * What it costs to lose a machine: it is cut off under continuous requests, the tables are watched until
 * they are right without it, it comes back, and the tables are watched again.
 *
 * @module
 */

import { pause, until } from "../wait.ts";
import { Load, type Tally } from "../web.ts";
import type { Scene } from "./scene.ts";

/** What came of one loss. */
export interface Loss {
  readonly machine: string;
  /** From the cut until the tables were right without it, milliseconds; undefined: no router was left. */
  readonly rightAfter: number | undefined;
  /** From its return until the tables were right with it. */
  readonly backAfter: number;
  readonly tally: Tally;
}

/** Requests a second. */
const rate = 100;

/** Longer than the hold time: what a dead session would take along is gone by then. */
const watched = 4500;

/** Loses a machine and gets it back. */
export async function lose(scene: Scene, machine: string): Promise<Loss> {
  await scene.bfdIsUp();
  const load = await Load.start(scene.lab, scene.eip, 80, rate);
  await pause(500);
  const start = performance.now();
  await scene.lose(machine);
  const rightAfter = await rightWithout(scene, machine, start);
  await scene.bring(machine);
  const back = performance.now();
  await scene.tablesAreRight();
  const backAfter = performance.now() - back;
  await pause(500);
  return { machine, rightAfter, backAfter, tally: await load.stop() };
}

async function rightWithout(
  scene: Scene,
  machine: string,
  start: number,
): Promise<number | undefined> {
  if (scene.up.routers.length === 0) {
    await pause(1000);
    return undefined;
  }
  if (scene.topology.managers.includes(machine)) return await wrongFor(scene);
  await scene.tablesAreRight();
  return performance.now() - start;
}

/** For how long the tables are not right while a lost manager's sessions run out, milliseconds. */
async function wrongFor(scene: Scene): Promise<number> {
  const end = performance.now() + watched;
  let wrong = 0;
  let last = performance.now();
  await until("the sessions with the lost manager are over", async () => {
    const right = await scene.areRight();
    const now = performance.now();
    if (!right) wrong += now - last;
    last = now;
    return now >= end;
  }, { signal: scene.lab.signal, every: 50 });
  return wrong;
}
