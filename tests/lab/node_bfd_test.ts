/**
 * BFD between the manager and the agents: a node whose packets are lost without any link going down
 * leaves the leaf's own routes, and nodes that are all lost at once do not.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { conditionsOf, formatMs, pause, readStatus, until } from "../../scripts/lab/mod.ts";
import { nodeNumbers, Rack } from "../../scripts/lab/rack.ts";
import { Load } from "../../scripts/lab/web.ts";
import { outcome } from "../../scripts/lab/words.ts";
import { cut, mend } from "../../scripts/lab/cut.ts";
import { labTest } from "./lab_case.ts";

labTest("a node that dies silently leaves the leaf's routes; all at once are kept", async (lab) => {
  const rack = await Rack.build(lab);
  await rack.writeConf({ nodeBfd: { interval: 100 } });
  rack.startManager();
  rack.startAgents();
  await rack.leaf.established();
  await rack.writeService({ name: "web" });
  const { value: { address: eip } } = await rack.ingress("web");
  await rack.kernelHas(eip, nodeNumbers);
  await rack.nodesTake(eip);
  const up = async (nodes: readonly number[]) => {
    const log = await rack.manager.output();
    return nodes.every((node) => new RegExp(`"bfd\\.up"[^\\n]*"Node node${node}"`).test(log));
  };
  const look = { signal: lab.signal, otherwise: () => rack.manager.output() };
  await until("the manager has a session with every agent", () => up(nodeNumbers), look);

  const load = await Load.start(lab, eip, 80, 200);
  await pause(500);
  const at = await cut(lab, "node3");
  const start = performance.now();
  await rack.kernelHas(eip, [1, 2]);
  const took = performance.now() - start;
  await pause(500);
  const tally = await load.stop();
  console.log(`  node cut until the leaf's kernel has lost it: ${formatMs(took)}`);
  console.log(`  requests failed: ${outcome(tally)}`);
  assert(took < 5000, "this was no BFD: nothing else would ever take the node out here");
  const late = tally.failures.filter((failure) => failure.at > at + took + 200);
  assertEquals(late, [], "requests that began afterwards failed");
  await mend(lab, "node3");
  await rack.kernelHas(eip, nodeNumbers);

  // Only BFD is lost, of all nodes at once: BGP goes on, so a mistake would be seen at the leaf.
  await lab.must("manager", ["nft", "-f", "-"], {
    stdin: "table inet cut { chain input { type filter hook input priority -300; " +
      "udp sport 7784 drop; }\n}\n",
  });
  const reason = async (wanted: string | undefined) => {
    const file = await readStatus(rack.manifests.folder, "BgpConf", "lab");
    const condition = file && conditionsOf(file).find(({ type }) => type === "NodeBfd");
    return condition?.reason === wanted;
  };
  await until("the BgpConf says that it is held", () => reason("NodesHeld"), look);
  await pause(300);
  await rack.kernelHas(eip, nodeNumbers);
  const out = (await rack.manager.output()).split("\n").filter((line) =>
    line.includes('"nodes.unreachable"')
  );
  assertEquals(out.length, 1, `only the dead node was ever taken out:\n${out.join("\n")}`);
  await mend(lab, "manager");
  await until("the condition is gone", () => reason(undefined), look);

  // An agent that stops in order takes its node's BFD down by hand: the node stays.
  const before = (await rack.manager.output()).length;
  await rack.agents.get(1)?.stop();
  await until("the manager heard AdminDown", async () => {
    return (await rack.manager.output()).slice(before).includes("taken it down by hand");
  }, look);
  await pause(500);
  await rack.kernelHas(eip, nodeNumbers);
});
