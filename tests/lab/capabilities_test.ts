/**
 * The capabilities that manifests/ gives are enough: manager and agent run as user 0 with exactly those,
 * no_new_privs, and a root file system that cannot be written, as the kubelet would start them.
 *
 * @module
 */

import { assertEquals, assertMatch } from "@std/assert";
import {
  addresses,
  Bird,
  buildFabric,
  manifests,
  porterCommand,
  until,
} from "../../scripts/lab/mod.ts";
import { contained, containerOf } from "../support/container.ts";
import { labTest } from "./lab_case.ts";

labTest("porter runs with the capabilities that its manifests give, on port 179", async (lab) => {
  await buildFabric(lab, { nodes: 1 });
  const files = await manifests.Manifests.create(`${lab.folder}/manifests`);
  const [eip, directory] = ["203.0.113.1", files.folder];
  await files.write(
    "all",
    manifests.bgpConf({ as: 65000, routerId: addresses.manager.v4, port: 179 }),
    manifests.bgpPeer({ peerAs: 65001, neighborAddress: addresses.leaf.v4, connectRetry: 1 }),
    manifests.eip("pool", eip),
    manifests.service({ name: "web" }),
    manifests.endpointSlice("web", [1]),
    manifests.node(1),
  );
  const leaf = new Bird(lab);
  await leaf.start({ as: 65001, peerAs: 65000, peerPort: 179 });
  const run = porterCommand("manager", "--directory", directory);
  const powerless = lab.spawn(
    "manager",
    "powerless",
    contained(run, { capabilities: [], writable: directory }),
  );
  assertEquals(await powerless.ended, 1);
  assertMatch(await powerless.output(), /Cannot listen on port 179: /);
  const { capabilities } = await containerOf("30-manager.yaml");
  const managed = contained(run, { capabilities, writable: directory });
  const manager = lab.spawn("manager", "manager", managed);
  await manager.says(/"manager\.started"/);
  await until("port 179 is listened on", async () => {
    const listening = await lab.must("manager", ["ss", "-Hltn", "sport", "=", "179"]);
    return /:179\b/.test(listening);
  }, { otherwise: () => manager.output() });
  assertEquals(await statusOf(manager.pid), ["0000000000000400", "1"]);

  const health = "127.0.0.1:7981";
  const args = ["--node", "node1", "--directory", directory, "--health-address", health];
  const agent = lab.spawn(
    "node1",
    "agent",
    contained(porterCommand("agent", ...args), await containerOf("40-agent.yaml")),
  );
  await until("the agent is ready", async () => {
    const { code, stdout } = await lab.run("node1", ["curl", "-s", `http://${health}/readyz`]);
    return code === 0 && stdout === "ok\n";
  }, { otherwise: () => agent.output() });
  assertEquals(await statusOf(agent.pid), ["0000000000001000", "1"]);
  await until("the agent takes the EIP in", async () => {
    const local = "ip route show table local proto 179".split(" ");
    const routes = await lab.must("node1", local);
    return routes.includes(eip);
  }, { otherwise: () => agent.output() });
  assertMatch(await lab.must("node1", ["nft", "list", "tables"]), /inet porter/);
  await leaf.hasNextHops(`${eip}/32`, ["172.30.0.11"]);
  assertEquals([await manager.stop(), await agent.stop()], [0, 0]);
});

/** CapEff and NoNewPrivs of a process. */
async function statusOf(pid: number): Promise<readonly (string | undefined)[]> {
  const text = await Deno.readTextFile(`/proc/${pid}/status`);
  return [/^CapEff:\s*(\w+)/m, /^NoNewPrivs:\s*(\d)/m].map((line) => line.exec(text)?.[1]);
}
