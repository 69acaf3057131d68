/**
 * Two leaf switches, every node with a link to each: no VLAN is stretched, so each leaf reaches a node
 * at another address, which the node's agent says by itself.
 *
 * @module
 */

import { client, type Topology, type TopologyNode } from "./topology.ts";
import type { Wiring } from "./wires.ts";

const porterAs = 65000;
const coreAs = 65010;
const numbers = [1, 2, 3] as const;
const leaves = [1, 2] as const;

/** Addresses of a node and of the leaf on the network of a leaf; of a leaf and the core between them. */
const nodeOn = (leaf: number, node: number) => `172.30.${leaf}.1${node}`;
const leafOn = (leaf: number) => `172.30.${leaf}.1`;
const coreSide = (leaf: number) => `172.30.8.${leaf * 4 + 1}`;
const leafSide = (leaf: number) => `172.30.8.${leaf * 4 + 2}`;

const nodes: readonly TopologyNode[] = numbers.map((number) => ({
  name: `node${number}`,
  internalIp: nodeOn(1, number),
}));

async function wire(wires: Wiring): Promise<void> {
  await wires.machines("core", "leaf1", "leaf2", "client", "manager1", "manager2");
  await wires.machines(...nodes.map((node) => node.name));
  await wires.cable(
    { role: "client", device: "eth0", address: `${client.address}/24` },
    { role: "core", device: "client0", address: `${client.router}/24` },
  );
  await wires.routes("client", [`default via ${client.router}`]);
  for (const leaf of leaves) {
    const role = `leaf${leaf}`;
    await wires.bridge(role, "rack", `${leafOn(leaf)}/24`);
    // Not by BGP: a leaf that comes back has its nodes' answers to pass on before its sessions are up.
    await wires.cable(
      { role: "core", device: role, address: `${coreSide(leaf)}/30` },
      { role, device: "core", address: `${leafSide(leaf)}/30` },
    );
    await wires.routes(role, [`default via ${coreSide(leaf)}`]);
    for (const number of numbers) await attach(wires, number, leaf);
  }
  // Either leaf leads everywhere; a dead one's link has no carrier.
  const hops = leaves.map((leaf) => `nexthop via ${leafOn(leaf)}`).join(" ");
  for (const node of nodes) await wires.routes(node.name, [`default ${hops}`]);
  await wires.join("manager1", "172.30.1.2/24", { role: "leaf1", bridge: "rack" });
  await wires.join("manager2", "172.30.1.3/24", { role: "leaf1", bridge: "rack" });
}

async function attach(wires: Wiring, number: number, leaf: number): Promise<void> {
  const node = `node${number}`;
  await wires.cable(
    { role: node, device: `eth${leaf}`, address: `${nodeOn(leaf, number)}/24` },
    { role: `leaf${leaf}`, device: `${node}p` },
  );
  await wires.port(`leaf${leaf}`, `${node}p`, "rack");
}

/** The topology. */
export const twoLeaves: Topology = {
  name: "two-leaves",
  about: "two leaf switches, every node dual-homed by routing: agents speak to both (BIRD, FRR)",
  speakers: "agents",
  nodes,
  managers: ["manager1", "manager2"],
  routers: [
    {
      role: "core",
      software: "bird",
      spec: {
        as: coreAs,
        id: "172.30.8.1",
        neighbors: leaves.map((leaf) => ({
          ...{ name: `leaf${leaf}`, address: leafSide(leaf), as: coreAs + leaf },
          is: "external",
        })),
      },
    },
    ...leaves.map((leaf) => ({
      role: `leaf${leaf}`,
      software: leaf === 1 ? "bird" as const : "frr" as const,
      spec: {
        as: coreAs + leaf,
        id: leafOn(leaf),
        agents: { as: [porterAs], range: `172.30.${leaf}.0/24` },
        neighbors: [
          { name: "core", address: coreSide(leaf), as: coreAs, is: "external" as const },
        ],
      },
    })),
  ],
  peers: leaves.map((leaf) => ({
    name: `leaf${leaf}`,
    peerAs: coreAs + leaf,
    neighborAddress: leafOn(leaf),
    speakers: { type: "Agents" },
  })),
  as: porterAs,
  wire,
  tables(up) {
    const alive = numbers.filter((number) => up.nodes.includes(`node${number}`));
    const isUp = (leaf: number) => up.routers.includes(`leaf${leaf}`);
    return {
      leaf1: alive.map((number) => nodeOn(1, number)),
      leaf2: alive.map((number) => nodeOn(2, number)),
      core: leaves.filter(isUp).map(leafSide),
    };
  },
  leaf: "leaf1",
  through: ["core", "leaf1", "leaf2"],
};
