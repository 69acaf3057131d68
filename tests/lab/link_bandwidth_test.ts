/**
 * Link bandwidth on a router that acts on it: FRR's own table says the weights of its next hops.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import {
  addresses,
  buildFabric,
  manifests,
  nodeAddresses,
  startManager,
  until,
} from "../../scripts/lab/mod.ts";

import { Frr } from "../../scripts/lab/frr.ts";
import { labTest } from "./lab_case.ts";
import { leafAs, poolAddress, port, porterAs } from "./manager_case.ts";

const config = `router bgp ${leafAs}
 bgp router-id ${addresses.leaf.v4}
 no bgp ebgp-requires-policy
 bgp bestpath as-path multipath-relax
 timers connect 1
 neighbor ${addresses.manager.v4} remote-as ${porterAs}
 neighbor ${addresses.manager.v4} port ${port}
 address-family ipv4 unicast
  maximum-paths 8
 exit-address-family
`;

/** Endpoints ready on node 1, 2, 3, ... */
function slice(counts: readonly number[]): string {
  const nodes = counts.flatMap((count, index) => new Array<number>(count).fill(index + 1));
  return manifests.endpointSlice("web", nodes);
}

labTest(
  "FRR weighs next hops by the endpoints that are ready on each node",
  async (lab) => {
    await buildFabric(lab, { nodes: 0 });
    const files = await manifests.Manifests.create(`${lab.folder}/manifests`);
    await files.write(
      "bgpconf",
      manifests.bgpConf({ as: porterAs, routerId: addresses.manager.v4, port }),
    );
    await files.write(
      "bgppeer",
      manifests.bgpPeer({ peerAs: leafAs, neighborAddress: addresses.leaf.v4, connectRetry: 1 }),
    );
    await files.write("nodes", ...[1, 2, 3].map((number) => manifests.node(number)));
    const eip = manifests.eip("pool", poolAddress);
    await files.write("eip", `${eip}  bgp: { linkBandwidthPerEndpoint: 125000000 }\n`);
    await files.write("service-web", manifests.service({ name: "web" }), slice([2, 1]));
    const leaf = new Frr(lab, "leaf", config);
    await leaf.start();
    const manager = startManager(lab, { directory: files.folder });
    /** The weight of each next hop in FRR's routing table, of the nodes in their order. */
    const weights = async (): Promise<string> => {
      const text = await leaf.ask(`show ip route 203.0.113.1/32 json`);
      const routes = JSON.parse(text) as Record<string, readonly { nexthops?: readonly Hop[] }[]>;
      const found = routes["203.0.113.1/32"]?.[0]?.nexthops ?? [];
      return [1, 2, 3].map((number) =>
        found.find((each) => each.ip === nodeAddresses(number).v4)?.weight ?? 0
      ).join(" ");
    };
    const weigh = (wanted: RegExp): Promise<unknown> =>
      until(`FRR weighs ${wanted}`, async () => wanted.test(await weights()), {
        signal: lab.signal,
        otherwise: async () =>
          `${await weights()}\n${await leaf.ask("show bgp ipv4 unicast 203.0.113.1/32")}\n` +
          `${await leaf.ask("show ip route")}\n${await manager.output()}`,
      });
    await weigh(/^66 33 0$/);
    await files.write("service-web", manifests.service({ name: "web" }), slice([1, 1]));
    await weigh(/^50 50 0$/);
    assertEquals(manager.code, undefined);
  },
);

interface Hop {
  readonly ip?: string;
  readonly weight?: number;
}
