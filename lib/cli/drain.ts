/**
 * `porter drain` and `porter undrain`: take a node out of all next hops without losing a request, and in
 * again (docs/policy.md). They only set or remove the Node's annotation; the managers do the rest.
 *
 * @module
 */

import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { drainAnnotation, readDrain } from "../objects/mod.ts";
import type { KubernetesClient } from "../store/mod.ts";
import { systemClock } from "../system/mod.ts";
import { annotate, askCluster } from "./cluster.ts";
import { print } from "./output.ts";
import { contextOption, kubeconfigOption } from "./source.ts";

const drainHelp = `
The node's paths say GRACEFUL_SHUTDOWN (RFC 8326) at once; spec.drain of the BgpConf says when they are
withdrawn. Watch it with porter nodes, or on the leaf switch. Then reboot the node, and undrain it.
A node that is drained already stays so since the time at which that began.

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
      const instead = `kubectl annotate node ${node} ${drainAnnotation}=${since}`;
      const before = await askCluster(
        flags,
        { what: `drain Node ${node}`, instead },
        async (client) => {
          const said = await drainOf(client, node);
          if (!isTime(said)) await annotate(client, pathOf(node), { [drainAnnotation]: since });
          return said;
        },
      );
      print(drainedText(node, since, before));
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
      const instead = `kubectl annotate node ${node} ${drainAnnotation}-`;
      const before = await askCluster(
        flags,
        { what: `undrain Node ${node}`, instead },
        async (client) => {
          const said = await drainOf(client, node);
          if (said !== undefined) await annotate(client, pathOf(node), { [drainAnnotation]: null });
          return said;
        },
      );
      print(undrainedText(node, before));
    });
}

function pathOf(node: string): string {
  return `/api/v1/nodes/${encodeURIComponent(node)}`;
}

/** What the Node's annotation says; undefined where it has none. */
async function drainOf(client: KubernetesClient, node: string): Promise<string | undefined> {
  const path = pathOf(node);
  const said = await client.performRequest({ method: "GET", path, expectJson: true });
  const { metadata } = Object(said) as { readonly metadata?: unknown };
  const { annotations } = Object(metadata) as { readonly annotations?: unknown };
  const value: unknown = Object(annotations)[drainAnnotation];
  return typeof value === "string" ? value : undefined;
}

function isTime(said: string | undefined): boolean {
  return readDrain(said)?.since !== undefined;
}

function drainedText(node: string, since: string, before: string | undefined): string {
  if (before === undefined) return `Node ${node} is drained since ${since}`;
  return isTime(before)
    ? `Node ${node} is drained already, since ${before}; nothing was changed`
    : `Node ${node} is drained since ${since}; its annotation said "${before}", which is no time`;
}

function undrainedText(node: string, before: string | undefined): string {
  if (before === undefined) {
    return `Node ${node} was not drained: it has no annotation ${drainAnnotation}; nothing was changed`;
  }
  const since = isTime(before) ? `, as it was since ${before}` : "";
  return `Node ${node} is not drained any more${since}`;
}
