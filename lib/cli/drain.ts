/**
 * `porter drain` and `porter undrain`: take a node out of all next hops without losing a request, and in
 * again (docs/policy.md). They only set or remove the Node's annotation; the managers do the rest.
 *
 * @module
 */

import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { drainAnnotation } from "../objects/mod.ts";
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
import { print } from "./output.ts";
import { contextOption, kubeconfigOption } from "./source.ts";

const drainHelp = `
The node's paths say GRACEFUL_SHUTDOWN (RFC 8326) at once; spec.drain of the BgpConf says when they are
withdrawn. Watch it with: porter plan, or on the leaf switch. Then reboot the node, and undrain it.

A kubeconfig may name a program for credentials (users[].user.exec) where porter was built with it: deno task
build --exec-plugin PROGRAM. Elsewhere use kubectl.

In a directory of manifests write the annotation yourself, in metadata.annotations of the Node:
  ${drainAnnotation}: "2026-01-31T12:00:00Z"

Examples:
  porter drain node1 --kubeconfig ~/.kube/config
  kubectl annotate node node1 ${drainAnnotation}=$(date -u +%FT%TZ)   # the same`;

const undrainHelp = `
Examples:
  porter undrain node1 --kubeconfig ~/.kube/config
  kubectl annotate node node1 ${drainAnnotation}-   # the same`;

/** The command that takes a node out. */
export function drainCommand(): CommandUnknownOpts {
  return new Command("drain")
    .description("take a node out of all next hops without losing a request")
    .argument("<node>", "the name of the Node object")
    .addOption(kubeconfigOption)
    .addOption(contextOption)
    .addHelpText("after", drainHelp)
    .action(async (node, flags) => {
      const since = new Date(systemClock.now()).toISOString().replace(/\.\d+Z$/, "Z");
      await annotate(node, since, flags);
      print(`Node ${node} is drained since ${since}`);
    });
}

/** The command that takes it in again. */
export function undrainCommand(): CommandUnknownOpts {
  return new Command("undrain")
    .description("let a drained node be a next hop again")
    .argument("<node>", "the name of the Node object")
    .addOption(kubeconfigOption)
    .addOption(contextOption)
    .addHelpText("after", undrainHelp)
    .action(async (node, flags) => {
      await annotate(node, null, flags);
      print(`Node ${node} is not drained`);
    });
}

interface Flags {
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
}

async function annotate(
  node: string,
  value: string | null,
  { kubeconfig: file, context }: Flags,
): Promise<void> {
  if (file === undefined) {
    throw new Failure(
      "Say which cluster: --kubeconfig FILE (for a directory of manifests see --help)",
    );
  }
  const options = context === undefined ? {} : { context };
  let client: KubernetesClient | undefined;
  try {
    const cluster = await fromKubeconfig({ file, clock: systemClock, ...options });
    client = new KubernetesClient({ cluster, clock: systemClock, log: silentLog });
    await client.performRequest({
      method: "PATCH",
      path: `/api/v1/nodes/${encodeURIComponent(node)}`,
      contentType: "application/merge-patch+json",
      bodyJson: { metadata: { annotations: { [drainAnnotation]: value } } },
    });
  } catch (thrown) {
    if (thrown instanceof ApiError || thrown instanceof ConnectionError) {
      throw new Failure(`Cannot annotate Node ${node}: ${thrown.message}`);
    }
    if (thrown instanceof ClusterConfigError) {
      const set = value === null ? `${drainAnnotation}-` : `${drainAnnotation}=${value}`;
      throw new Failure(`${thrown.message}; or: kubectl annotate node ${node} ${set}`);
    }
    throw thrown;
  } finally {
    client?.close();
  }
}
