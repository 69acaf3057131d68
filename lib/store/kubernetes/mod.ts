/**
 * The Kubernetes API as a store, and a thin client of it (docs/adr/0018).
 *
 * @module
 */

export type { BackoffTimes } from "./backoff.ts";
export type { Cluster, Identity } from "./cluster.ts";
export {
  KubernetesClient,
  type KubernetesClientOptions,
  type RequestOptions,
  type RestClient,
} from "./client.ts";
export type { SilenceTimes } from "./connection.ts";
export { ApiError, ClusterConfigError, ConnectionError } from "./errors.ts";
export { fromKubeconfig, type KubeconfigOptions } from "./kubeconfig.ts";
export { inCluster, inClusterEnvironment, type InClusterOptions } from "./in_cluster.ts";
export { KubernetesLeases, type KubernetesLeasesOptions } from "./lease.ts";
export { microTime } from "./events.ts";
export type { ReflectorTimes } from "./reflector.ts";
export { KubernetesReports, type KubernetesReportsOptions } from "./reports.ts";
export { type KubernetesStore, type KubernetesStoreOptions, openKubernetesStore } from "./store.ts";
