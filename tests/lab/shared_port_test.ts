/**
 * Another BGP daemon, as Calico's BIRD, holds port 179 on a manager's machine. Every way around it brings
 * porter's session up, and none touches the other daemon's.
 *
 * @module
 */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { manifests, until } from "../../scripts/lab/mod.ts";
import {
  besidePods,
  BirdRouter,
  birdText,
  meshState,
  Scene,
  topologiesNamed,
} from "../../scripts/lab/topologies/mod.ts";
import { labTest } from "./lab_case.ts";

/** TCP connections of BGP on manager1: "local port -> remote port", without the mesh's. */
async function sessionPorts(scene: Scene): Promise<string> {
  const text = await scene.lab.must("manager1", ["ss", "-Htn", "state", "established"]);
  const ports = text.split("\n").flatMap((line) => {
    const [, , local = "", remote = ""] = line.trim().split(/\s+/);
    // A listener for both families shows an IPv4 caller as [::ffff:ADDRESS].
    if (!/\b172\.30\.0\.1\]?:\d+$/.test(remote)) return [];
    const [own, far] = [local, remote].map((each) => each.slice(each.lastIndexOf(":") + 1));
    // The side that called has a port of no meaning.
    return [own === "17900" ? "called on 17900" : `calls ${far}`];
  });
  return ports.join(", ");
}

labTest(
  "porter and another BGP daemon share a machine, each with its own sessions",
  async (lab) => {
    const [topology] = topologiesNamed("shared-port");
    const [leafPart] = topology?.routers ?? [];
    assert(topology !== undefined && leafPart !== undefined);
    const scene = await Scene.build(lab, topology);
    const leaf = scene.routers.get("leaf1");
    const [mesh, far] = [scene.beside.get("manager1"), scene.beside.get("node1")];
    assert(leaf instanceof BirdRouter && mesh !== undefined && far !== undefined);
    await scene.tablesAreRight();
    await until("the mesh is up", async () => (await meshState(mesh)).up);
    const before = await meshState(mesh);

    const listening = await lab.must("manager1", ["ss", "-Htlnp"]);
    assertMatch(listening, /:179 .*"bird"/);
    assertMatch(listening, /:17900 .*"(deno|porter)"/);

    const timers = { holdTime: 3, connectRetry: 1 };
    const peer = {
      ...timers,
      name: "leaf1",
      peerAs: leafPart.spec.as,
      neighborAddress: "172.30.0.1",
    };
    const passiveLeaf = leaf.config.replaceAll("connect retry time 5;", "passive;");
    const ways = [
      {
        what: "we call the leaf's port 179",
        peer,
        config: passiveLeaf,
        ports: "calls 179",
      },
      {
        what: "the leaf calls our port",
        peer: { ...peer, passiveMode: true },
        config: birdText(leafPart.spec),
        ports: "called on 17900",
      },
      {
        what: "we call a port of the leaf's that is not the usual one",
        peer: { ...peer, remotePort: 1790 },
        config: passiveLeaf.replaceAll("local as", "local port 1790 as"),
        ports: "calls 1790",
      },
    ];
    for (const { what, peer, config, ports } of ways) {
      await leaf.configure(config);
      await scene.files.write("bgppeer", manifests.bgpPeer(peer));
      await until(what, async () => (await sessionPorts(scene)) === ports, {
        otherwise: async () => `${await sessionPorts(scene)}\n${await scene.show()}`,
      });
      await scene.tablesAreRight();
      assertEquals(await meshState(mesh), before, what);
    }
    assertStringIncludes(await far.ask("show route"), besidePods.manager1);
  },
);
