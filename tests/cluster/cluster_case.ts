/**
 * One test with a real API server: a lab and a cluster of its own, taken down whatever happens.
 *
 * @module
 */

import { type Cluster, type ClusterOptions, startCluster } from "../../scripts/cluster/mod.ts";
import { buildFabric, Lab } from "../../scripts/lab/mod.ts";

/** What a test needs beside the API server. */
export interface ClusterCase extends Pick<ClusterOptions, "apiserver"> {
  /** The number of nodes of the rack that the cluster is part of; without it, it is on loopback. */
  readonly nodes?: number;
}

/** Registers a test that gets an empty cluster. With nodes it is ignored without root. */
export function clusterTest(
  name: string,
  body: (cluster: Cluster) => Promise<void>,
  { nodes, ...options }: ClusterCase = {},
): void {
  Deno.test({
    name,
    ignore: nodes !== undefined && Deno.uid() !== 0,
    fn: async () => {
      const lab = await Lab.openForTest();
      let cluster: Cluster | undefined;
      try {
        if (nodes !== undefined) await buildFabric(lab, { nodes });
        const at = nodes === undefined ? "loopback" : "rack";
        cluster = await startCluster({ lab, at, ...options });
        await body(cluster);
      } finally {
        await cluster?.stop();
        await lab.down();
      }
    },
  });
}
