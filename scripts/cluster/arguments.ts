/**
 * The command lines of the cluster's programs.
 *
 * @module
 */

import type { Addresses } from "../lab/fabric.ts";
import type { Certificate } from "./certificates.ts";

/** The addresses that Services' ClusterIPs come from: kube-proxy drops what else goes there. */
export const serviceRanges = { v4: "10.96.0.0/16", v6: "fd96::/112" } as const;

/** The addresses that pods have. */
export const podRanges = { v4: "10.244.0.0/16", v6: "fd44::/48" } as const;

/** What etcd needs. It is asked by loopback and without TLS. */
export interface EtcdOptions {
  readonly program: string;
  readonly data: string;
  readonly clientPort: number;
  readonly peerPort: number;
}

/** etcd; it never waits for the disk. */
export function etcdArguments(options: EtcdOptions): readonly string[] {
  const client = `http://127.0.0.1:${options.clientPort}`;
  const peer = `http://127.0.0.1:${options.peerPort}`;
  return [
    options.program,
    `--data-dir=${options.data}`,
    ...[`--listen-client-urls=${client}`, `--advertise-client-urls=${client}`],
    ...[`--listen-peer-urls=${peer}`, `--initial-advertise-peer-urls=${peer}`],
    `--initial-cluster=default=${peer}`,
    "--unsafe-no-fsync",
    "--log-level=warn",
  ];
}

/** What the API server needs. */
export interface ApiserverOptions {
  readonly program: string;
  readonly etcdPort: number;
  /** Where it listens. */
  readonly address: string;
  readonly port: number;
  /** Where it writes what it makes itself. */
  readonly folder: string;
  /** File of the authority of clients. */
  readonly ca: string;
  readonly server: Certificate;
  readonly signer: { readonly key: string; readonly publicKey: string };
  /** Further flags; the last of its kind counts. */
  readonly more: readonly string[];
}

/**
 * kube-apiserver with RBAC. No controllers run: EndpointSlices, garbage collection and default
 * ServiceAccounts are the test's to write, and a pod needs no ServiceAccount.
 */
export function apiserverArguments(options: ApiserverOptions): readonly string[] {
  return [
    options.program,
    `--etcd-servers=http://127.0.0.1:${options.etcdPort}`,
    ...[`--bind-address=${options.address}`, `--secure-port=${options.port}`],
    `--cert-dir=${options.folder}`,
    ...[`--tls-cert-file=${options.server.certificate}`],
    ...[`--tls-private-key-file=${options.server.key}`],
    `--client-ca-file=${options.ca}`,
    "--authorization-mode=RBAC",
    `--service-cluster-ip-range=${serviceRanges.v4},${serviceRanges.v6}`,
    "--service-account-issuer=https://kubernetes.default.svc",
    `--service-account-key-file=${options.signer.publicKey}`,
    `--service-account-signing-key-file=${options.signer.key}`,
    "--disable-admission-plugins=ServiceAccount",
    "--allow-privileged=true",
    "--enable-priority-and-fairness=false",
    "--endpoint-reconciler-type=none",
    ...options.more,
  ];
}

/** The modes of kube-proxy that porter is shown with. */
export type ProxyMode = "nftables" | "iptables";

/** What kube-proxy needs. */
export interface ProxyOptions {
  readonly program: string;
  readonly kubeconfig: string;
  /** The name of its Node. */
  readonly node: string;
  readonly address: Addresses;
  readonly mode: ProxyMode;
}

/**
 * kube-proxy on a node. With `--bind-address` it need not wait for its Node's addresses; limits of
 * conntrack are the whole machine's and stay as they are.
 */
export function proxyArguments(options: ProxyOptions): readonly string[] {
  return [
    options.program,
    `--kubeconfig=${options.kubeconfig}`,
    `--proxy-mode=${options.mode}`,
    `--hostname-override=${options.node}`,
    `--bind-address=${options.address.v4}`,
    `--cluster-cidr=${podRanges.v4},${podRanges.v6}`,
    "--conntrack-max-per-core=0",
    "--conntrack-min=0",
    "--conntrack-tcp-timeout-established=0",
    "--conntrack-tcp-timeout-close-wait=0",
  ];
}
