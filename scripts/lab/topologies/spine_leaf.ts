/**
 * Spines and leaves: two racks, each with an AS for its leaf switch and another for its nodes; a node's
 * agent speaks to the leaf of its rack, and the spines spread over the racks.
 *
 * @module
 */

import { rackLabel, type Topology, type TopologyNode } from "./topology.ts";
import type { Wiring } from "./wires.ts";

const porterAs = 65000;
const spineAs = 65100;
const racks = [1, 2] as const;
const spines = [1, 2] as const;

/** porter's AS in a rack. */
const nodesAs = (rack: number) => porterAs + rack;
const leafAs = (rack: number) => spineAs + rack;
const leafOn = (rack: number) => `172.30.${rack}.1`;
const spineSide = (spine: number, rack: number) => `172.30.8.${spine * 16 + rack * 4 + 1}`;
const leafSide = (spine: number, rack: number) => `172.30.8.${spine * 16 + rack * 4 + 2}`;
/** The client has a link to each spine, and one address beside them. */
const clientSide = (spine: number) => `172.30.8.${spine * 16 + 14}`;
const spineToClient = (spine: number) => `172.30.8.${spine * 16 + 13}`;

const nodes: readonly TopologyNode[] = racks.flatMap((rack) =>
  [1, 2].map((place) => ({
    name: `node${(rack - 1) * 2 + place}`,
    internalIp: `172.30.${rack}.1${place}`,
    labels: { [rackLabel]: String(rack) },
  }))
);

const nodesOf = (rack: number) => nodes.filter((node) => node.labels?.[rackLabel] === String(rack));

async function wire(wires: Wiring): Promise<void> {
  await wires.machines("spine1", "spine2", "leaf1", "leaf2", "client", "manager1", "manager2");
  await wires.machines(...nodes.map((node) => node.name));
  for (const spine of spines) {
    await wires.cable(
      { role: "client", device: `eth${spine}`, address: `${clientSide(spine)}/30` },
      { role: `spine${spine}`, device: "client0", address: `${spineToClient(spine)}/30` },
    );
    for (const rack of racks) {
      await wires.cable(
        { role: `spine${spine}`, device: `leaf${rack}`, address: `${spineSide(spine, rack)}/30` },
        { role: `leaf${rack}`, device: `spine${spine}`, address: `${leafSide(spine, rack)}/30` },
      );
    }
  }
  const hops = spines.map((spine) => `nexthop via ${spineToClient(spine)}`).join(" ");
  await wires.routes("client", [`default ${hops}`]);
  for (const rack of racks) {
    const leaf = { role: `leaf${rack}`, bridge: "rack" };
    await wires.bridge(leaf.role, leaf.bridge, `${leafOn(rack)}/24`);
    const machines = [
      [`manager${rack}`, `172.30.${rack}.2`] as const,
      ...nodesOf(rack).map(({ name, internalIp }) => [name, internalIp] as const),
    ];
    for (const [role, address] of machines) {
      await wires.join(role, `${address}/24`, leaf);
      await wires.routes(role, [`default via ${leafOn(rack)}`]);
    }
  }
}

/** The topology. */
export const spineLeaf: Topology = {
  name: "spine-leaf",
  about:
    "two spines, a leaf switch and an AS for each rack: agents speak to the leaf of their rack " +
    "(BIRD, FRR)",
  speakers: "agents",
  nodes,
  managers: ["manager1", "manager2"],
  routers: [
    ...spines.map((spine) => ({
      role: `spine${spine}`,
      software: spine === 1 ? "bird" as const : "frr" as const,
      spec: {
        as: spineAs,
        id: `172.30.8.${spine}`,
        // Packets back to the client find the spine that it is connected to.
        networks: [`172.30.8.${spine * 16 + 12}/30`],
        neighbors: racks.map((rack) => ({
          ...{ name: `leaf${rack}`, address: leafSide(spine, rack), as: leafAs(rack) },
          is: "external" as const,
        })),
      },
    })),
    ...racks.map((rack) => ({
      role: `leaf${rack}`,
      software: rack === 1 ? "bird" as const : "frr" as const,
      spec: {
        as: leafAs(rack),
        id: leafOn(rack),
        agents: { as: [nodesAs(rack)], range: `172.30.${rack}.0/24` },
        neighbors: spines.map((spine) => ({
          ...{ name: `spine${spine}`, address: spineSide(spine, rack), as: spineAs },
          is: "external" as const,
        })),
      },
    })),
  ],
  peers: racks.map((rack) => ({
    name: `leaf${rack}`,
    peerAs: leafAs(rack),
    neighborAddress: leafOn(rack),
    speakers: { type: "Agents", nodes: { [rackLabel]: String(rack) } },
  })),
  as: porterAs,
  asPerRack: Object.fromEntries(racks.map((rack) => [String(rack), nodesAs(rack)])),
  wire,
  tables(up) {
    const leaf = (rack: number) =>
      nodesOf(rack).filter((node) => up.nodes.includes(node.name)).map((node) => node.internalIp);
    const isUp = (rack: number) => up.routers.includes(`leaf${rack}`);
    const spine = (number: number) => racks.filter(isUp).map((rack) => leafSide(number, rack));
    return { leaf1: leaf(1), leaf2: leaf(2), spine1: spine(1), spine2: spine(2) };
  },
  leaf: "leaf1",
  through: ["spine1", "spine2", "leaf1", "leaf2"],
};
