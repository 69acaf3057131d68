/**
 * One leaf switch: with ADD-PATH the managers tell it everything over one session each; without, every
 * node's agent tells it about its own node.
 *
 * @module
 */

import type { MeshSpec } from "./mesh.ts";
import { client, managerPort, type Topology, type TopologyNode } from "./topology.ts";
import type { Wiring } from "./wires.ts";

const leafAs = 65001;
const porterAs = 65000;
const leafAddress = "172.30.0.1";
const managers = { manager1: "172.30.0.2", manager2: "172.30.0.3" } as const;

const nodes: readonly TopologyNode[] = [1, 2, 3].map((number) => ({
  name: `node${number}`,
  internalIp: `172.30.0.1${number}`,
}));

async function wire(wires: Wiring): Promise<void> {
  const machines = [...Object.keys(managers), ...nodes.map((node) => node.name)];
  await wires.machines("leaf1", "client", ...machines);
  await wires.bridge("leaf1", "rack", `${leafAddress}/24`);
  await wires.cable(
    { role: "client", device: "eth0", address: `${client.address}/24` },
    { role: "leaf1", device: "client0", address: `${client.router}/24` },
  );
  await wires.routes("client", [`default via ${client.router}`]);
  const addresses = [
    ...Object.entries(managers),
    ...nodes.map(({ name, internalIp }) => [name, internalIp] as const),
  ];
  for (const [role, address] of addresses) {
    await wires.join(role, `${address}/24`, { role: "leaf1", bridge: "rack" });
    await wires.routes(role, [`default via ${leafAddress}`]);
  }
}

function oneLeaf(
  software: "bird" | "frr",
  speakers: "managers" | "agents",
): Topology {
  const central = speakers === "managers";
  const spec = central
    ? { managers: { as: porterAs, addresses: Object.values(managers), port: managerPort } }
    : { agents: { as: [porterAs], range: "172.30.0.0/24" } };
  const name = central ? "one-leaf" : "one-leaf-no-add-path";
  const about = central
    ? "one leaf switch with ADD-PATH: the managers speak"
    : "one leaf switch without ADD-PATH: the agent of every node speaks";
  return {
    name: software === "bird" ? name : `${name}-frr`,
    about: `${about} (${software === "bird" ? "BIRD" : "FRR"})`,
    speakers,
    nodes,
    managers: Object.keys(managers),
    routers: [{ role: "leaf1", software, spec: { as: leafAs, id: leafAddress, ...spec } }],
    peers: [{
      name: "leaf1",
      peerAs: leafAs,
      neighborAddress: leafAddress,
      ...(central ? {} : { speakers: { type: "Agents" } }),
    }],
    as: porterAs,
    wire,
    tables: (up) => ({
      leaf1: nodes.filter((node) => up.nodes.includes(node.name)).map((node) => node.internalIp),
    }),
    leaf: "leaf1",
    through: ["leaf1"],
  };
}

/**
 * Calico's node-to-node mesh, in small: iBGP on port 179, each tells the network of its pods. The one on
 * the manager's machine waits, so that the session is always one to port 179 there.
 */
const mesh: readonly MeshSpec[] = [
  { role: "manager1", own: managers.manager1, pods: "172.30.101.0/24", waits: true },
  { role: "node1", own: "172.30.0.11", pods: "172.30.102.0/24", waits: false },
].map((each, index, all) => ({ ...each, other: all[1 - index]?.own ?? "" }));

/** Another BGP daemon holds port 179 where a manager and an agent run. */
const sharedPort: Topology = {
  ...oneLeaf("bird", "managers"),
  name: "shared-port",
  about:
    "one leaf switch with ADD-PATH, and a mesh like Calico's that holds port 179 on porter's machines",
  beside: mesh,
};

/** The four combinations of router and architecture, and one with another daemon beside porter. */
export const oneLeafTopologies: readonly Topology[] = [
  oneLeaf("bird", "managers"),
  oneLeaf("frr", "managers"),
  oneLeaf("bird", "agents"),
  oneLeaf("frr", "agents"),
  sharedPort,
];
