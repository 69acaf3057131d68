import { assert, assertEquals } from "@std/assert";
import {
  ingressOf,
  kernelNextHops,
  type Lab,
  Load,
  manifests,
  nodeAddresses,
  readStatus,
  requests,
  until,
} from "../../scripts/lab/mod.ts";
import { nodeNumbers, Rack } from "../../scripts/lab/rack.ts";
import { labTest } from "./lab_case.ts";

const eip4 = "203.0.113.1";
const eip6 = "2001:db8:1::1";

/** A rack with manager and agents, their session up, and a pool of each family. */
async function startRack(lab: Lab): Promise<Rack> {
  const rack = await Rack.build(lab);
  await rack.manifests.write("eip6", manifests.eip("pool-v6", "2001:db8:1::1-2001:db8:1::9"));
  rack.startManager();
  rack.startAgents();
  await rack.leaf.established();
  return rack;
}

/** Waits until the leaf's kernel has all three nodes, by their addresses of the family. */
async function leafHasAll(rack: Rack, address: string): Promise<void> {
  const own = (number: number) =>
    address.includes(":") ? nodeAddresses(number).v6 : nodeAddresses(number).v4;
  const wanted = nodeNumbers.map(own).sort().join(" ");
  await until(`the leaf's kernel has ${address} via ${wanted}`, async () => {
    return (await kernelNextHops(rack.lab, address)).join(" ") === wanted;
  }, { otherwise: () => rack.manager.output() });
}

/** Which addresses the agent has taken in on a node, in the kernel's own words. */
async function taken(rack: Rack, family: "-4" | "-6"): Promise<readonly string[]> {
  const list = ["ip", family, "-j", "route", "show", "table", "local", "proto", "179"];
  const routes = JSON.parse(await rack.lab.must("node1", list)) as { dst: string }[];
  return routes.map((route) => route.dst).sort();
}

async function eventuallyTaken(rack: Rack, family: "-4" | "-6", wanted: string): Promise<void> {
  await until(`node1 has taken ${wanted || "nothing"} in`, async () => {
    return (await taken(rack, family)).join(" ") === wanted;
  }, { otherwise: async () => (await rack.agents.get(1)?.output()) ?? "" });
}

async function assertServed(rack: Rack, address: string): Promise<void> {
  const tally = await requests(rack.lab, address, 80, 120);
  assertEquals(tally.failures, []);
  assertEquals(Object.keys(tally.answers).sort(), ["node1", "node2", "node3"]);
  const refused = await requests(rack.lab, address, 81, 5);
  assertEquals(refused.failures.map((failure) => failure.kind), Array(5).fill("ConnectionRefused"));
}

labTest("an IPv6 EIP over the IPv4 session carries packets to every node", async (lab) => {
  const rack = await startRack(lab);
  await rack.manifests.write(
    "service-six",
    manifests.service({ name: "six", families: ["IPv6"] }),
    manifests.endpointSlice("six", nodeNumbers, 6),
  );
  await leafHasAll(rack, eip6);
  await eventuallyTaken(rack, "-6", eip6);
  await rack.nodesTake(eip6);
  await assertServed(rack, eip6);
  await rack.manifests.remove("service-six");
  await until("the leaf has lost the route", async () => {
    return (await rack.leaf.routeCount(6)) === 0;
  });
  await eventuallyTaken(rack, "-6", "");
});

labTest("a Service of both families has an EIP of each, and both are served", async (lab) => {
  const rack = await startRack(lab);
  await rack.manifests.write(
    "service-both",
    manifests.service({ name: "both", families: ["IPv4", "IPv6"] }),
    manifests.endpointSlice("both", nodeNumbers, 4),
    manifests.endpointSlice("both", nodeNumbers, 6),
  );
  for (const address of [eip4, eip6]) {
    await leafHasAll(rack, address);
    await rack.nodesTake(address);
    await assertServed(rack, address);
  }
  const file = await readStatus(rack.manifests.folder, "Service", "both");
  assertEquals(file === undefined ? [] : [...ingressOf(file)].sort(), [eip6, eip4].sort());
});

labTest("no request fails while a Service next to it comes and goes", async (lab) => {
  const rack = await startRack(lab);
  await rack.writeService({ name: "web" });
  await leafHasAll(rack, eip4);
  await rack.nodesTake(eip4);
  const load = await Load.start(rack.lab, eip4, 80, 200);
  for (let round = 0; round < 5; round++) {
    await rack.writeService({ name: "guest" });
    await eventuallyTaken(rack, "-4", `${eip4} 203.0.113.2`);
    await rack.manifests.remove("service-guest");
    await eventuallyTaken(rack, "-4", eip4);
    await rack.writeService({ name: "guest", requested: "203.0.113.2" });
    await eventuallyTaken(rack, "-4", `${eip4} 203.0.113.2`);
    await rack.writeService({ name: "guest", type: "ClusterIP" });
    await eventuallyTaken(rack, "-4", eip4);
  }
  const tally = await load.stop();
  assert(tally.requests > 100);
  assertEquals(tally.failures, []);
  const told = async () => `${await rack.leaf.log()}\n${await rack.manager.output()}`;
  assertEquals(await rack.leaf.timesUp(), 1, await told());
});
