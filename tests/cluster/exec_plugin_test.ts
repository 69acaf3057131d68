/**
 * The built executable and a kubeconfig that names a program for credentials: it may run the one that it
 * was built with, and says how to build it where it may not.
 *
 * @module
 */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { checkout, must, run, until } from "../../scripts/lab/mod.ts";
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
  const plain = await run([await build(), ...manager], { signal: lab.signal });
  assertEquals(plain.code, 1);
  assertStringIncludes(
    plain.stderr,
    `this porter may not run it; build one that may: deno task build --exec-plugin ${login}`,
  );

  const able = lab.spawnHere("manager", [await build(`--exec-plugin=${login}`), ...manager]);
  await until("the manager leads", async () => {
    return (await able.output()).includes('"leader.elected"');
  }, { otherwise: () => able.output() });
  assertEquals(await able.stop(), 0);
});
