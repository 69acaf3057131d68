/**
 * One cluster for all tests of a file, where starting one for each would take most of the time.
 *
 * @module
 */

import { type Cluster, type ClusterOptions, startCluster } from "../../scripts/cluster/mod.ts";
import { Lab } from "../../scripts/lab/mod.ts";

/** Starts a cluster before the file's first test and stops it after the last; gives it to tests. */
export function sharedCluster(
  prepare: (cluster: Cluster) => Promise<void>,
  options: Pick<ClusterOptions, "apiserver"> = {},
): () => Cluster {
  let lab: Lab | undefined;
  let cluster: Cluster | undefined;
  Deno.test.beforeAll(async () => {
    lab = await Lab.openForTest();
    cluster = await startCluster({ lab, ...options });
    await prepare(cluster);
  });
  Deno.test.afterAll(async () => {
    await cluster?.stop();
    await lab?.down();
  });
  return () => {
    if (cluster === undefined) throw new Error("The cluster did not start");
    return cluster;
  };
}
