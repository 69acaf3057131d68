/**
 * The only leaf is restarted: its routes are gone until it has the session again.
 *
 * @module
 */

import type { Lab } from "../lab/mod.ts";
import { addresses } from "../lab/mod.ts";
import { nodeNumbers, scene } from "../lab/rack.ts";
import type { Tell } from "./main.ts";
import { eip, serving, tracing } from "./serving.ts";
import { budgetOf } from "./witness.ts";

/** The time runs from the start of its BGP daemon. */
export async function leafScenes(lab: Lab, tell: Tell): Promise<void> {
  const { rack, looks } = await serving(lab);
  const { leaf } = rack;
  const { leafAs: as, porterAs: peerAs, port: peerPort } = scene;
  const restart = async () => {
    await leaf.stop("kill");
    await lab.must("leaf", ["ip", "route", "flush", "proto", "bird"]);
    const at = Date.now();
    await leaf.start({ as, peerAs, peerPort, peerAddress: addresses.manager.v4, extra: [tracing] });
    return at;
  };
  const birdNotices = /porter: State changed to up/;
  const back = () => rack.kernelHas(eip, nodeNumbers);
  tell("leaf's BGP daemon and routes", await budgetOf({ ...looks, birdNotices }, restart, back));
}
