/**
 * A pod's own way to the API server: the ServiceAccount's token, authority and namespace, which the
 * kubelet puts into the pod and rotates ("Accessing the Kubernetes API from a Pod").
 *
 * @module
 */

import type { Clock } from "../../ports/mod.ts";
import type { Cluster, Identity } from "./cluster.ts";
import { ClusterConfigError } from "./errors.ts";
import { Fresh, freshMs, readConfigured } from "./fresh.ts";

/** Where the kubelet puts the files. */
export const serviceAccountFolder = "/var/run/secrets/kubernetes.io/serviceaccount";

/** The environment variables that the kubelet sets. */
export const inClusterEnvironment = ["KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT"] as const;

/** How to find the API server from within a pod. */
export interface InClusterOptions {
  readonly clock: Clock;
  /** The values of the environment variables. */
  readonly environment: (name: string) => string | undefined;
  readonly folder?: string;
}

/** The cluster that this pod runs in. Throws ClusterConfigError when this is no pod. */
export async function inCluster(options: InClusterOptions): Promise<Cluster> {
  const { clock, environment, folder = serviceAccountFolder } = options;
  const [host, port] = inClusterEnvironment.map((name) => (environment(name) ?? "").trim());
  if (host === undefined || host === "" || port === undefined || port === "") {
    throw new ClusterConfigError(
      "Not in a pod of Kubernetes: KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set",
    );
  }
  const identity = new Fresh(
    clock,
    async () => ({ value: await read(folder), goodForMs: freshMs }),
  );
  await identity.get();
  return {
    server: `https://${host.includes(":") ? `[${host}]` : host}:${port}`,
    namespace: await namespaceOf(folder),
    source: "the pod's ServiceAccount",
    identity: () => identity.get(),
    renew: () => identity.forget(),
  };
}

async function read(folder: string): Promise<Identity> {
  const token = (await readConfigured(`${folder}/token`, "the ServiceAccount's token")).trim();
  if (token === "") throw new ClusterConfigError(`The file "${folder}/token" is empty`);
  const ca = await readConfigured(`${folder}/ca.crt`, "the cluster's certificate authority");
  return { caCerts: [ca], token };
}

async function namespaceOf(folder: string): Promise<string> {
  const namespace = await Deno.readTextFile(`${folder}/namespace`).catch(() => "");
  return namespace.trim() || "default";
}
