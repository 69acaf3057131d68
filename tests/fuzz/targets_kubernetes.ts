/**
 * Fuzz targets of what the Kubernetes API and kubeconfig files say. Their laws: a watch's bytes give
 * events or a ConnectionError, a kubeconfig is read or refused by ClusterConfigError that shows no
 * secret, a program's credentials likewise.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { ClusterConfigError, ConnectionError } from "../../lib/store/mod.ts";
import { readEntry } from "../../lib/store/kubernetes/entry.ts";
import { apiError, watchError } from "../../lib/store/kubernetes/errors.ts";
import { readExecCredential } from "../../lib/store/kubernetes/exec_plugin.ts";
import { readKubeconfig } from "../../lib/store/kubernetes/kubeconfig.ts";
import { isRecord } from "../../lib/store/kubernetes/raw.ts";
import { resources } from "../../lib/store/kubernetes/resources.ts";
import { WatchDecoder } from "../../lib/store/kubernetes/watch.ts";
import type { FuzzTarget } from "./runner.ts";

const utf8 = new TextEncoder();
const utf8Text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

const secret = "s3cr3t-t0ken";

const watched = `{"type":"ADDED","object":{"kind":"Eip","metadata":{"resourceVersion":"7"}}}
{"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"9"}}}
{"type":"ERROR","object":{"kind":"Status","code":410,"reason":"Expired"}}
`;

const users = `users: [{name: u, user: {token: ${secret}}}]`;

const kubeconfig = `apiVersion: v1
kind: Config
current-context: a
contexts: [{name: a, context: {cluster: c, user: u}}]
clusters: [{name: c, cluster: {server: "https://192.0.2.1:6443", certificate-authority-data: Q0E=}}]
${users}
`;

const status = `"status": {"token": "${secret}", "expirationTimestamp": "2026-01-31T12:00:00Z"}}`;

const credential = `{"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential",
${status}
`;

/** Runs; an error of the kind may come of it. `keeps` is a text that holds the secret. */
function allows(
  run: () => void,
  error: typeof ConnectionError | typeof ClusterConfigError,
  keeps: { readonly text: string; readonly line: string },
): void {
  try {
    run();
  } catch (thrown) {
    assert(thrown instanceof error, `threw ${thrown}`);
    if (!inPlace(keeps)) return;
    assert(!thrown.message.includes(secret), "shows a secret");
  }
}

/** Mutations may make the secret the name of a server, which is told; here it is where it belongs. */
function inPlace({ text, line }: { readonly text: string; readonly line: string }): boolean {
  return text.includes(`\n${line}\n`) && text.split(secret).length === 2;
}

const objects = [
  {
    apiVersion: "network.kubesphere.io/v1alpha1",
    kind: "Eip",
    metadata: { name: "edge", uid: "1", resourceVersion: "7" },
    spec: { address: "203.0.113.0/28", protocol: "bgp" },
  },
  {
    apiVersion: "v1",
    kind: "Service",
    metadata: {
      name: "web",
      uid: "2",
      annotations: { "porter.kubesphere.io/assigned": "203.0.113.1 pool=edge by=pool" },
    },
    spec: { type: "LoadBalancer", ports: [{ port: 80 }] },
    status: { loadBalancer: { ingress: [{ ip: "203.0.113.1" }] } },
  },
  {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name: "node1", labels: { rack: "7" } },
    status: { conditions: [{ type: "Ready", status: "True" }] },
  },
];

/** An object of a list or a watch, read as each kind; a broken one leaves the good one in force. */
function readObject(bytes: Uint8Array): void {
  const raw = jsonOf(utf8Text(bytes));
  if (!isRecord(raw)) return;
  for (const resource of Object.values(resources)) {
    const entry = readEntry(resource, raw, { version: "1", before: undefined });
    assertEquals(entry.good, entry.noun !== undefined);
    if (!entry.good) continue;
    const broken = { ...raw, spec: 7, endpoints: 7, status: 7, data: 7 };
    const after = readEntry(resource, broken, { version: "2", before: entry });
    assert(after.noun !== undefined, "the last good version is gone");
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The targets of this file. */
export const targets: readonly FuzzTarget[] = [
  {
    name: "kubernetes-watch",
    seeds: [utf8.encode(watched)],
    run: (bytes) =>
      allows(
        () => {
          const decoder = new WatchDecoder();
          const half = bytes.length >> 1;
          for (const piece of [bytes.subarray(0, half), bytes.subarray(half)]) decoder.push(piece);
        },
        ConnectionError,
        { text: "", line: "" },
      ),
  },
  {
    name: "kubernetes-kubeconfig",
    seeds: [utf8.encode(kubeconfig)],
    run(bytes) {
      const text = utf8Text(bytes);
      const read = () => void readKubeconfig(text, { file: "kubeconfig" });
      allows(read, ClusterConfigError, { text, line: users });
    },
  },
  {
    name: "kubernetes-exec-credential",
    seeds: [utf8.encode(credential)],
    run(bytes) {
      const text = utf8Text(bytes);
      const plugin = { apiVersion: "client.authentication.k8s.io/v1", command: "login" };
      const read = () => void readExecCredential(text, plugin);
      allows(read, ClusterConfigError, { text, line: status });
    },
  },
  {
    name: "kubernetes-object",
    seeds: objects.map((each) => utf8.encode(JSON.stringify(each))),
    run: readObject,
  },
  {
    name: "kubernetes-error",
    seeds: [`{"kind":"Status","code":409,"reason":"Conflict","message":"changed"}`, "<html>"]
      .map((text) => utf8.encode(text)),
    run(bytes) {
      const body = utf8Text(bytes);
      const made = apiError({ what: "PATCH", code: 500, body, retryAfterMs: undefined });
      assert(made.message.startsWith("PATCH: 500") && !made.message.includes("\n"));
      const ended = watchError("watch", jsonOf(body));
      assert(ended.message.startsWith("watch: ") && Number.isFinite(ended.code));
    },
  },
];
