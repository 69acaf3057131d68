/**
 * Route reflectors (iBGP, RFC 4456): the managers speak to two reflectors of their own AS, which pass all
 * next hops on to the leaf switches over ADD-PATH. These need not know the managers.
 *
 * @module
 */

import { client, managerPort, type Topology, type TopologyNode } from "./topology.ts";
import type { Wiring } from "./wires.ts";

const as = 65000;
const leafAddress = "172.30.0.1";
/** Packets of the client come through the first; the other is there for its table. */
const leaves = { leaf1: leafAddress, leaf2: "172.30.0.6" } as const;
const managers = { manager1: "172.30.0.2", manager2: "172.30.0.3" } as const;
const reflectors = { rr1: "172.30.0.4", rr2: "172.30.0.5" } as const;

const nodes: readonly TopologyNode[] = [1, 2, 3].map((number) => ({
  name: `node${number}`,
  internalIp: `172.30.0.1${number}`,
}));

async function wire(wires: Wiring): Promise<void> {
  const addresses = [
    ...Object.entries({ ...managers, ...reflectors, leaf2: leaves.leaf2 }),
    ...nodes.map(({ name, internalIp }) => [name, internalIp] as const),
  ];
  await wires.machines("leaf1", "client", ...addresses.map(([role]) => role));
  await wires.bridge("leaf1", "rack", `${leafAddress}/24`);
  await wires.cable(
    { role: "client", device: "eth0", address: `${client.address}/24` },
    { role: "leaf1", device: "client0", address: `${client.router}/24` },
  );
  await wires.routes("client", [`default via ${client.router}`]);
  for (const [role, address] of addresses) {
    await wires.join(role, `${address}/24`, { role: "leaf1", bridge: "rack" });
    await wires.routes(role, [`default via ${leafAddress}`]);
  }
}

const reflector = (role: keyof typeof reflectors, software: "bird" | "frr") => ({
  role,
  software,
  spec: {
    as,
    id: reflectors[role],
    managers: { as, addresses: Object.values(managers), port: managerPort },
    neighbors: Object.entries(leaves).map(([name, address]) => ({
      ...{ name, address, as },
      is: "client" as const,
    })),
  },
});

const leaf = (role: keyof typeof leaves, software: "bird" | "frr") => ({
  role,
  software,
  spec: {
    as,
    id: leaves[role],
    neighbors: Object.entries(reflectors).map(([name, address]) => ({
      ...{ name, address, as },
      is: "reflector" as const,
    })),
  },
});

/** The topology. */
export const routeReflector: Topology = {
  name: "route-reflector",
  about:
    "two route reflectors (iBGP): the managers speak to them, they to two leaf switches (BIRD, FRR)",
  speakers: "managers",
  nodes,
  managers: Object.keys(managers),
  routers: [
    reflector("rr1", "bird"),
    reflector("rr2", "frr"),
    leaf("leaf1", "bird"),
    leaf("leaf2", "frr"),
  ],
  peers: Object.entries(reflectors).map(([name, neighborAddress]) => ({
    name,
    peerAs: as,
    neighborAddress,
  })),
  as,
  wire,
  tables(up) {
    const alive = nodes.filter((node) => up.nodes.includes(node.name))
      .map((node) => node.internalIp);
    return { leaf1: alive, leaf2: alive, rr1: alive, rr2: alive };
  },
  leaf: "rr1",
  through: ["leaf1"],
};
