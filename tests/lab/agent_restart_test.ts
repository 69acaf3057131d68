/**
 * Agents that speak BGP and are replaced while packets flow: their node's kernel goes on taking them in,
 * and what the leaf's own table holds meanwhile (RFC 4724); and agents that BFD watches.
 *
 * @module
 */

import { assert } from "@std/assert";
import { type Lab, until } from "../../scripts/lab/mod.ts";
import {
  eip,
  Scene,
  topologiesNamed,
  type Topology,
  withBfd,
} from "../../scripts/lab/topologies/mod.ts";
import { cut, mend } from "../../scripts/lab/cut.ts";
import { labTest } from "./lab_case.ts";
import { assertUnseen } from "./seen_during.ts";

/** The topology, whose leaf shall keep the routes of agents that are away. */
function keeping(topology: Topology | undefined): Topology {
  assert(topology !== undefined);
  const peers = topology.peers.map((peer) => ({ ...peer, gracefulRestart: true }));
  return { ...topology, peers };
}

const [oneLeaf] = topologiesNamed("one-leaf-no-add-path");
assert(oneLeaf !== undefined);

async function serving(lab: Lab, topology: Topology): Promise<Scene> {
  const scene = await Scene.build(lab, topology);
  await scene.tablesAreRight();
  await scene.nodesTake();
  return scene;
}

/** Requests and the leaf's table while something happens: neither may show that it did. */
async function unseen(scene: Scene, body: () => Promise<void>): Promise<void> {
  const leaf = scene.routers.get("leaf1");
  const wanted = scene.topology.tables(scene.up)["leaf1"];
  assert(leaf !== undefined && wanted !== undefined);
  const look = () => leaf.nextHops(`${eip}/32`);
  await assertUnseen({ lab: scene.lab, eip, wanted, look }, body);
}

async function birdc(scene: Scene, ...words: readonly string[]): Promise<string> {
  const socket = `${scene.lab.folder}/leaf1/bird.ctl`;
  return await scene.lab.must("leaf1", ["birdc", "-s", socket, ...words]);
}

/** Waits until BIRD has all sessions, no route that it only keeps, and so many BFD sessions Up. */
async function settled(scene: Scene, bfd = 0): Promise<void> {
  await until("the leaf is done with the restart", async () => {
    const text = await birdc(scene, "show", "protocols", "all");
    const up = bfd === 0 ? "" : await birdc(scene, "show", "bfd", "sessions");
    return text.match(/BGP state: +Established/g)?.length === 3 &&
      !/graceful restart active/.test(text) && (up.match(/ Up /g) ?? []).length === bfd;
  }, { signal: scene.lab.signal, otherwise: () => scene.show() });
}

labTest("an agent that is killed or upgraded is not missed by any request", async (lab) => {
  const scene = await serving(lab, keeping(oneLeaf));
  await unseen(scene, async () => {
    for (const [node, signal] of [["node1", "SIGKILL"], ["node2", "SIGTERM"]] as const) {
      const before = await birdc(scene, "show", "protocols");
      await scene.replaceAgent(node, signal);
      await until("the leaf lost a session", async () => {
        return (await birdc(scene, "show", "protocols")) !== before;
      }, { signal: lab.signal });
      await settled(scene);
    }
  });
});

labTest(
  "agents and their leaf watch each other with BFD: a silent node goes at once",
  async (lab) => {
    const topology = withBfd(oneLeaf);
    assert(topology !== undefined);
    const scene = await serving(lab, topology);
    await settled(scene, 3);
    await cut(lab, "node2");
    const start = performance.now();
    const leaf = scene.routers.get("leaf1");
    await until("the leaf dropped the silent node", async () => {
      const hops = await leaf?.nextHops(`${eip}/32`) ?? [];
      return hops.length === 2 && !hops.includes("172.30.0.12");
    }, { signal: lab.signal, otherwise: () => scene.show() });
    const took = performance.now() - start;
    console.log(`  node cut until the leaf's table has lost it: ${took.toFixed(0)} ms`);
    assert(took < 2500, `${took} ms: this was the hold time of 3 s, not BFD`);
    await mend(lab, "node2");
    await scene.tablesAreRight();
    await settled(scene, 3);
  },
);
