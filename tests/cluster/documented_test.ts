/**
 * The commands of the documents that need a cluster, typed as they stand there, on a real API server with
 * manifests/ applied: those of kubectl, and those of porter that take a kubeconfig.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { type Cluster, ensureBinaries, type KubeObject } from "../../scripts/cluster/mod.ts";
import { commandsFor } from "../../scripts/docs/commands.ts";
import { translated } from "../../scripts/docs/twins.ts";
import { checkout, manifests, type Output, run, until } from "../../scripts/lab/mod.ts";
import { build, executable } from "../support/porter.ts";
import { clusterTest } from "./cluster_case.ts";

const test = "tests/cluster/documented_test.ts";

/** As managers write it into the status of the BgpConf, of whom none runs here. */
const ready = {
  ...{ type: "SpeakersReady", status: "True", reason: "Ready", message: "as told by a test" },
  lastTransitionTime: "2026-01-01T00:00:00Z",
};

/** What the pages speak of beside manifests/. */
const objects: readonly string[] = [
  `${manifests.bgpConf({ as: 65000, routerId: "192.0.2.2", port: 17900 })}  brake: {}\n` +
  `status: ${JSON.stringify({ conditions: [ready] })}\n`,
  manifests.bgpPeer({ name: "tor-a", peerAs: 65001, neighborAddress: "192.0.2.1" }),
  manifests.eip("public", "203.0.113.0/28"),
  manifests.service({ name: "web" }),
  manifests.node(1),
];

/** A folder to type in, and what the shell of somebody who works with the cluster has. */
async function desk(cluster: Cluster): Promise<(words: string) => Promise<Output>> {
  const { lab } = cluster;
  const { kubectl } = await ensureBinaries(["kubectl"]);
  const home = `${lab.folder}/home`;
  await Deno.mkdir(`${home}/.kube`, { recursive: true });
  await Deno.mkdir(`${home}/bin`);
  await Deno.copyFile(await cluster.kubeconfig(), `${home}/.kube/config`);
  await Deno.symlink(executable, `${home}/bin/porter`);
  await Deno.symlink(kubectl, `${home}/bin/kubectl`);
  // kubectl follows no link to a folder.
  await run(["cp", "-R", `${checkout}/manifests`, home]);
  const env = { HOME: home, PATH: `${home}/bin:${Deno.env.get("PATH")}` };
  return (words) => run(["sh", "-c", words], { cwd: home, env, signal: lab.signal });
}

/** Does what the controller of namespaces would: nothing of ours is left in it, so it may go. */
async function letNamespaceGo({ admin, lab }: Cluster): Promise<void> {
  const path = "/api/v1/namespaces/porter-system";
  const going = await until("the namespace is being deleted", async () => {
    const { body } = await admin.request<KubeObject>("GET", path);
    return body.metadata?.deletionTimestamp !== undefined && body;
  }, { signal: lab.signal, timeout: 60_000 });
  await admin.must("PUT", `${path}/finalize`, { ...going.value, spec: { finalizers: [] } });
}

clusterTest("the documents' commands of a cluster do what they shall", async (cluster) => {
  await build();
  const all = await commandsFor(new URL(`file://${checkout}/`), translated, test);
  const commands = [...new Set(all.map(({ command }) => command))];
  assert(commands.length >= 16, `only ${commands.length} commands were found`);
  const type = await desk(cluster);
  const must = async (command: string): Promise<void> => {
    const { code, stdout, stderr } = await type(command);
    assertEquals([command, code, code === 0 ? "" : stderr], [command, 0, ""], stdout);
  };
  const first = commands.filter((each) => each.includes("apply -f"));
  const last = commands.filter((each) => each.includes(" delete "))
    // What is in the namespace goes before it does.
    .sort((a, b) => Number(a.includes("-f")) - Number(b.includes("-f")));
  for (const command of first) await must(command);
  await cluster.admin.apply(objects.join("---\n"));
  for (const command of commands) {
    if (!first.includes(command) && !last.includes(command)) await must(command);
  }
  const web = await Deno.readTextFile(`${cluster.lab.folder}/home/services.yaml`);
  assert(web.includes("name: web"), web);
  const secret = "/api/v1/namespaces/porter-system/secrets/porter-bgp";
  assertEquals((await cluster.admin.request("GET", secret)).status, 200);

  const going = letNamespaceGo(cluster);
  for (const command of last) await must(command);
  await going;
  const crds = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
  const left = await cluster.admin.must<{ readonly items: readonly unknown[] }>("GET", crds);
  assertEquals(left.items, []);
});
