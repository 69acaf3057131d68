/**
 * Commands that ask, or change, the cluster of a kubeconfig with the rights of who types them.
 *
 * @module
 */

import { silentLog } from "../ports/mod.ts";
import {
  ApiError,
  ClusterConfigError,
  ConnectionError,
  fromKubeconfig,
  KubernetesClient,
} from "../store/mod.ts";
import { systemClock } from "../system/mod.ts";
import { Failure } from "./failure.ts";

/** Which cluster. */
export interface ClusterFlags {
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
}

/** What is done there, for messages. */
export interface Errand {
  /** "drain Node node1". */
  readonly what: string;
  /** The kubectl command that does the same, where a kubeconfig is of a kind that porter cannot use. */
  readonly instead: string;
}

/** Runs an errand; every fault of the file, the server or its answer is one line. */
export async function askCluster<T>(
  { kubeconfig: file, context }: ClusterFlags,
  { what, instead }: Errand,
  run: (client: KubernetesClient) => Promise<T>,
): Promise<T> {
  if (file === undefined) throw new Failure(`Cannot ${what}: say which cluster, --kubeconfig FILE`);
  let client: KubernetesClient | undefined;
  let server = "the cluster";
  try {
    const options = context === undefined ? {} : { context };
    const cluster = await fromKubeconfig({ file, clock: systemClock, ...options });
    server = cluster.server;
    client = new KubernetesClient({ cluster, clock: systemClock, log: silentLog });
    return await run(client);
  } catch (thrown) {
    if (thrown instanceof ApiError || thrown instanceof ConnectionError) {
      throw new Failure(`Cannot ${what} at ${server}: ${thrown.message}`);
    }
    if (thrown instanceof ClusterConfigError) {
      throw new Failure(`${thrown.message}; or: ${instead}`);
    }
    throw thrown;
  } finally {
    client?.close();
  }
}

/** Sets an annotation, or takes it away (null), and leaves everything else as it is. */
export async function annotate(
  client: KubernetesClient,
  path: string,
  annotations: Readonly<Record<string, string | null>>,
): Promise<void> {
  await client.performRequest({
    method: "PATCH",
    path,
    contentType: "application/merge-patch+json",
    bodyJson: { metadata: { annotations } },
  });
}
