/**
 * The test cluster: a real etcd, kube-apiserver and kube-proxies, beside or in the lab's rack. See
 * docs/cluster_tests.md.
 *
 * @module
 */

export * from "./arguments.ts";
export * from "./binaries.ts";
export * from "./certificates.ts";
export * from "./client.ts";
export * from "./cluster.ts";
export * from "./kubeconfig.ts";
export * from "./pods.ts";
