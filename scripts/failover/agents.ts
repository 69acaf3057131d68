/**
 * A node falls silent while its own agent speaks for it: the leaf itself notices.
 *
 * @module
 */

import { Lab, until } from "../lab/mod.ts";
import { eip, Scene, topologiesNamed, type Topology, withBfd } from "../lab/topologies/mod.ts";
import { cut } from "../lab/cut.ts";
import type { Tell } from "./main.ts";
import { budgetOf } from "./witness.ts";

/** With a hold time of 3 s, and with BFD at 100 ms x 3, in a lab of its own. */
export async function agentScenes(lab: Lab, tell: Tell): Promise<void> {
  const [plain] = topologiesNamed("one-leaf-no-add-path");
  const watched = plain && withBfd(plain);
  if (plain === undefined || watched === undefined) throw new Error("no such topology");
  await silentNode(lab, plain, (budget) => tell("node, agents speak, hold time 3 s", budget));
  const second = await Lab.openForTest();
  try {
    await silentNode(
      second,
      watched,
      (budget) => tell("node, agents speak, BFD 100 ms x 3", budget),
    );
  } finally {
    await second.down();
  }
}

async function silentNode(
  lab: Lab,
  topology: Topology,
  tell: (budget: Parameters<Tell>[1]) => void,
): Promise<void> {
  const scene = await Scene.build(lab, topology);
  await scene.tablesAreRight();
  await scene.nodesTake();
  const socket = `${lab.folder}/leaf1/bird.ctl`;
  const birdc = (...words: string[]) => lab.must("leaf1", ["birdc", "-s", socket, ...words]);
  await birdc("debug", "all", "{", "states,", "events,", "routes", "}");
  const isWatched = topology.name.endsWith("BFD");
  if (isWatched) {
    await until(
      "all have BFD",
      async () => ((await birdc("show", "bfd", "sessions")).match(/ Up /g) ?? []).length === 3,
    );
  }
  const leaf = scene.routers.get("leaf1");
  const without = () =>
    until("the leaf dropped the node", async () => {
      const hops = await leaf?.nextHops(`${eip}/32`) ?? [];
      return hops.length === 2 && !hops.includes("172.30.0.12");
    }, { signal: lab.signal, otherwise: () => scene.show() });
  const looks = {
    ...{ lab, eip, leaf: "leaf1", birdLog: `${lab.folder}/bird-leaf1.log` },
    birdNotices: isWatched ? /BFD session down|Down/ : /[Hh]old timer expired/,
  };
  tell(await budgetOf(looks, () => cut(lab, "node2"), without));
}
