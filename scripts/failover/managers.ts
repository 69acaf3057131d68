/**
 * Managers are lost: killed, one of two or both, and cut off.
 *
 * @module
 */

import { type Lab, pause, until } from "../lab/mod.ts";
import { cut } from "../lab/cut.ts";
import type { Tell } from "./main.ts";
import { both, eip, serving, sessionsUp } from "./serving.ts";
import { budgetOf } from "./witness.ts";

/** All of them, in one rack with two managers that both announce. */
export async function managerScenes(lab: Lab, tell: Tell): Promise<void> {
  const { rack, managers, start, looks } = await serving(lab, { roles: both });
  const kill = async (roles: readonly string[]) => {
    const at = Date.now();
    for (const role of roles) managers.get(role)?.kill("SIGKILL");
    for (const role of roles) await managers.get(role)?.ended;
    return at;
  };
  const sessionLost = {
    birdNotices: /porter2?: (Neighbor graceful restart detected|State changed to)/,
  };
  const all = { ...looks, ...sessionLost };

  const one = () => kill(["stranger"]);
  // Longer than the restart time: what is kept only for that long is gone then.
  tell("one of two managers, kill -9", await budgetOf(all, one, () => pause(8000)));
  start("stranger");
  await sessionsUp(rack, 2);

  const again = async () => {
    both.forEach(start);
    await sessionsUp(rack, 2);
  };
  const two = () => kill(both);
  tell("both, kill -9, started at once", await budgetOf(all, two, again));

  await rack.writePeer({ restartTime: 60 });
  await sessionsUp(rack, 2);
  await pause(1000);
  await sessionsUp(rack, 2);
  const later = async () => {
    await pause(15_000);
    await again();
  };
  tell("both, away for 15 s, restartTime 60", await budgetOf(all, two, later));

  await rack.writePeer();
  await pause(1000);
  await sessionsUp(rack, 2);
  const forGood = async () => {
    await rack.kernelHas(eip, []);
    await pause(1000);
  };
  tell("both, kill -9, for good", await budgetOf(all, two, forGood));

  await again();
  await rack.kernelHas(eip, [1, 2, 3]);
  const silent = () => cut(lab, "stranger");
  tell("link of one of two managers", await budgetOf(all, silent, () => pause(5000)));
  await until("the other one's session is up", async () => {
    return (await rack.leaf.session()).state === "Established";
  });
}
