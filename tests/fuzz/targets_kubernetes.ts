/**
 * Fuzz targets of what the Kubernetes API and kubeconfig files say. Their laws: a watch's bytes give
 * events or a ConnectionError, a kubeconfig is read or refused by ClusterConfigError that shows no
 * secret, a program's credentials likewise.
 *
 * @module
 */

import { assert } from "@std/assert";
import { ClusterConfigError, ConnectionError } from "../../lib/store/mod.ts";
import { readExecCredential } from "../../lib/store/kubernetes/exec_plugin.ts";
import { readKubeconfig } from "../../lib/store/kubernetes/kubeconfig.ts";
import { WatchDecoder } from "../../lib/store/kubernetes/watch.ts";
import type { FuzzTarget } from "./runner.ts";

const utf8 = new TextEncoder();

const secret = "s3cr3t-t0ken";

const watched = `{"type":"ADDED","object":{"kind":"Eip","metadata":{"resourceVersion":"7"}}}
{"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"9"}}}
{"type":"ERROR","object":{"kind":"Status","code":410,"reason":"Expired"}}
`;

const kubeconfig = `apiVersion: v1
kind: Config
current-context: a
contexts: [{name: a, context: {cluster: c, user: u}}]
clusters: [{name: c, cluster: {server: "https://192.0.2.1:6443", certificate-authority-data: Q0E=}}]
users: [{name: u, user: {token: ${secret}}}]
`;

const credential = JSON.stringify({
  apiVersion: "client.authentication.k8s.io/v1",
  kind: "ExecCredential",
  status: { token: secret, expirationTimestamp: "2026-01-31T12:00:00Z" },
});

function allows(run: () => void, error: typeof ConnectionError | typeof ClusterConfigError): void {
  try {
    run();
  } catch (thrown) {
    assert(thrown instanceof error, `threw ${thrown}`);
    assert(!thrown.message.includes(secret), "shows a secret");
  }
}

/** The targets of this file. */
export const targets: readonly FuzzTarget[] = [
  {
    name: "kubernetes-watch",
    seeds: [utf8.encode(watched)],
    run: (bytes) =>
      allows(() => {
        const decoder = new WatchDecoder();
        const half = bytes.length >> 1;
        for (const piece of [bytes.subarray(0, half), bytes.subarray(half)]) decoder.push(piece);
      }, ConnectionError),
  },
  {
    name: "kubernetes-kubeconfig",
    seeds: [utf8.encode(kubeconfig)],
    run: (bytes) =>
      allows(() => {
        readKubeconfig(new TextDecoder().decode(bytes), { file: "kubeconfig" });
      }, ClusterConfigError),
  },
  {
    name: "kubernetes-exec-credential",
    seeds: [utf8.encode(credential)],
    run: (bytes) =>
      allows(() => {
        const plugin = { apiVersion: "client.authentication.k8s.io/v1", command: "login" };
        readExecCredential(new TextDecoder().decode(bytes), plugin);
      }, ClusterConfigError),
  },
];
