/**
 * Every topology of `deno task lab --topology`, in short: the tables of its routers, answers from every
 * node, and the tables again when a node and, where there is another way, a leaf switch is cut off.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { requests, until } from "../../scripts/lab/mod.ts";
import { meshState, Scene, topologies, withBfd } from "../../scripts/lab/topologies/mod.ts";
import { labTest } from "./lab_case.ts";

for (const topology of topologies) {
  labTest(`topology ${topology.name}: the routers' tables follow nodes and leaves`, async (lab) => {
    const scene = await Scene.build(lab, topology);
    await scene.tablesAreRight();
    await scene.nodesTake();
    const tally = await requests(lab, scene.eip, 80, 150);
    assertEquals(tally.failures, []);
    for (const mesh of scene.beside.values()) {
      await until("the other daemon has its session", async () => (await meshState(mesh)).up);
    }
    assertEquals(Object.keys(tally.answers).sort(), topology.nodes.map(({ name }) => name));

    const [node] = topology.nodes;
    assert(node !== undefined);
    const before = topology.tables(scene.up);
    await scene.lose(node.name);
    assert(JSON.stringify(topology.tables(scene.up)) !== JSON.stringify(before));
    await scene.tablesAreRight();
    if (topology.routers.length === 1) return;
    await scene.lose(topology.leaf);
    await scene.tablesAreRight();
    assertEquals((await requests(lab, scene.eip, 80, 60)).failures, []);
  });
}

for (const name of ["one-leaf-no-add-path", "one-leaf-no-add-path-frr"]) {
  const topology = topologies.find((each) => each.name === name);
  assert(topology !== undefined);
  const watched = withBfd(topology);
  assert(watched !== undefined);
  // Such a leaf accepts a range of neighbours: it does BFD with none of them before BGP is up.
  labTest(`topology ${watched.name}: BGP comes back where BFD waits for it`, async (lab) => {
    const scene = await Scene.build(lab, watched);
    await scene.tablesAreRight();
    await scene.bfdIsUp();
    for (const machine of [watched.leaf, watched.nodes[0]?.name ?? ""]) {
      const { nodes } = scene.up;
      const since = Date.now();
      await scene.lose(machine);
      if (machine !== watched.leaf) await scene.tablesAreRight();
      await scene.lossIsSeen(machine === watched.leaf ? nodes : [machine], since);
      await scene.bring(machine);
      const { ms } = await scene.tablesAreRight();
      assert(ms < 20_000, `${machine}: the tables were right after ${ms} ms`);
      await scene.bfdIsUp();
    }
  });
}
