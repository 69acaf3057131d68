/**
 * The built executable and a kubeconfig that names a program for credentials: it may run the one that it
 * was built with, and says how to build it where it may not.
 *
 * @module
 */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { KubeObject } from "../../scripts/cluster/mod.ts";
import { checkout, manifests, must, run, until } from "../../scripts/lab/mod.ts";
import { clusterTest } from "./cluster_case.ts";

interface Kubeconfig {
  users: { user: Record<string, unknown> }[];
}

clusterTest("a porter built with --exec-plugin asks it for credentials", async (cluster) => {
  const { lab } = cluster;
  const identity = await cluster.certificate({ user: "operator", groups: ["system:masters"] });
  const login = `${lab.folder}/login`;
  const credential = {
    apiVersion: "client.authentication.k8s.io/v1",
    kind: "ExecCredential",
    status: {
      clientCertificateData: identity.certificate,
      clientKeyData: identity.key,
    },
  };
  await Deno.writeTextFile(`${login}.json`, JSON.stringify(credential));
  await Deno.writeTextFile(login, `#!/bin/sh\ncat ${login}.json\n`, { mode: 0o755 });
  const file = await cluster.kubeconfig();
  const config = JSON.parse(await Deno.readTextFile(file)) as Kubeconfig;
  for (const each of config.users) {
    each.user = { exec: { apiVersion: credential.apiVersion, command: login } };
  }
  await Deno.writeTextFile(file, JSON.stringify(config));

  const build = async (...args: readonly string[]): Promise<string> => {
    const output = `${lab.folder}/porter${args.length}`;
    const script = [Deno.execPath(), "run", "-A", `${checkout}/scripts/build.ts`];
    await must([...script, ...args, `--output=${output}`], { signal: lab.signal });
    return output;
  };
  const manager = ["manager", `--kubeconfig=${file}`];
  const unable = await build();
  const plain = await run([unable, ...manager], { signal: lab.signal });
  assertEquals(plain.code, 1);
  assertStringIncludes(
    plain.stderr,
    `this porter may not run it; build one that may: deno task build --exec-plugin ${login}`,
  );

  await cluster.admin.apply(manifests.node(1));
  const drain = ["drain", "node1", `--kubeconfig=${file}`];
  const undrained = await run([unable, ...drain], { signal: lab.signal });
  assertEquals(undrained.code, 1);
  assertStringIncludes(
    undrained.stderr,
    `deno task build --exec-plugin ${login}; or: kubectl anno`,
  );
  const built = await build(`--exec-plugin=${login}`);
  await must([built, ...drain], { signal: lab.signal });
  const { metadata } = await cluster.admin.must<KubeObject>("GET", "/api/v1/nodes/node1");
  assertMatch(Object(metadata.annotations)["porter.kubesphere.io/drain"], /^20\d\d-/);

  const able = lab.spawnHere("manager", [built, ...manager]);
  await until("the manager leads", async () => {
    return (await able.output()).includes('"leader.elected"');
  }, { otherwise: () => able.output() });
  assertEquals(await able.stop(), 0);
});
