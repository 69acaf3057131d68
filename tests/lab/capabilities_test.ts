/**
 * The capabilities that manifests/ gives are enough: manager and agent run as user 0 with exactly those,
 * no_new_privs, and a root file system that cannot be written, as the kubelet would start them.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { parseAllDocuments } from "yaml";
import {
  addresses,
  Bird,
  buildFabric,
  manifests,
  porterCommand,
  until,
} from "../../scripts/lab/mod.ts";
import { labTest } from "./lab_case.ts";

/** What the container of a workload is given, in the words of setpriv(1). */
async function capabilities(file: string): Promise<readonly string[]> {
  const url = new URL(`../../manifests/${file}`, import.meta.url);
  const [workload] = parseAllDocuments(await Deno.readTextFile(url));
  const { containers } = (workload?.toJS() as {
    readonly spec: {
      readonly template: {
        readonly spec: {
          readonly containers: readonly {
            readonly securityContext: {
              readonly runAsUser: number;
              readonly capabilities: { readonly drop: unknown; readonly add: readonly string[] };
            };
          }[];
        };
      };
    };
  }).spec.template.spec;
  const [context] = containers.map(({ securityContext }) => securityContext);
  assert(context !== undefined);
  assertEquals([context.runAsUser, context.capabilities.drop], [0, ["ALL"]]);
  return context.capabilities.add.map((name) => name.toLowerCase());
}

/** The command as a container would run it; `writable` stays so. */
function confined(
  caps: readonly string[],
  command: readonly string[],
  writable?: string,
): readonly string[] {
  const kept = ["-all", ...caps.map((name) => `+${name}`)].join(",");
  const keep = writable === undefined ? "" : `mount --bind '${writable}' '${writable}' && `;
  const script = `${keep}mount -o remount,bind,ro / && exec "$@"`;
  return [
    ...["unshare", "--mount", "sh", "-c", script, "sh"],
    ...["setpriv", `--bounding-set=${kept}`, "--inh-caps=-all", "--no-new-privs"],
    ...command,
  ];
}

labTest("porter runs with the capabilities that its manifests give, on port 179", async (lab) => {
  await buildFabric(lab, { nodes: 1 });
  const files = await manifests.Manifests.create(`${lab.folder}/manifests`);
  const [eip, directory] = ["203.0.113.1", files.folder];
  await files.write(
    "all",
    manifests.bgpConf({ as: 65000, routerId: addresses.manager.v4, port: 179 }),
    manifests.bgpPeer({ peerAs: 65001, neighborAddress: addresses.leaf.v4, connectRetry: 1 }),
    manifests.eip("pool", eip),
    manifests.service({ name: "web" }),
    manifests.endpointSlice("web", [1]),
    manifests.node(1),
  );
  const leaf = new Bird(lab);
  await leaf.start({ as: 65001, peerAs: 65000, peerPort: 179 });
  const run = porterCommand("manager", "--directory", directory);
  const powerless = lab.spawn("manager", "powerless", confined([], run, directory));
  assertEquals(await powerless.ended, 1);
  assertMatch(await powerless.output(), /Cannot listen on port 179: /);
  const managed = confined(await capabilities("30-manager.yaml"), run, directory);
  const manager = lab.spawn("manager", "manager", managed);
  await manager.says(/"manager\.started"/);
  await until("port 179 is listened on", async () => {
    const listening = await lab.must("manager", ["ss", "-Hltn", "sport", "=", "179"]);
    return /:179\b/.test(listening);
  }, { otherwise: () => manager.output() });
  assertEquals(await statusOf(manager.pid), ["0000000000000400", "1"]);

  const health = "127.0.0.1:7981";
  const agent = lab.spawn(
    "node1",
    "agent",
    confined(
      await capabilities("40-agent.yaml"),
      porterCommand(
        "agent",
        "--node",
        "node1",
        "--directory",
        directory,
        "--health-address",
        health,
      ),
    ),
  );
  await until("the agent is ready", async () => {
    const { code, stdout } = await lab.run("node1", ["curl", "-s", `http://${health}/readyz`]);
    return code === 0 && stdout === "ok\n";
  }, { otherwise: () => agent.output() });
  assertEquals(await statusOf(agent.pid), ["0000000000001000", "1"]);
  await until("the agent takes the EIP in", async () => {
    const routes = await lab.must("node1", [
      "ip",
      "route",
      "show",
      "table",
      "local",
      "proto",
      "179",
    ]);
    return routes.includes(eip);
  }, { otherwise: () => agent.output() });
  assertMatch(await lab.must("node1", ["nft", "list", "tables"]), /inet porter/);
  await leaf.hasNextHops(`${eip}/32`, ["172.30.0.11"]);
  assertEquals([await manager.stop(), await agent.stop()], [0, 0]);
});

/** CapEff and NoNewPrivs of a process. */
async function statusOf(pid: number): Promise<readonly (string | undefined)[]> {
  const text = await Deno.readTextFile(`/proc/${pid}/status`);
  return [/^CapEff:\s*(\w+)/m, /^NoNewPrivs:\s*(\d)/m].map((line) => line.exec(text)?.[1]);
}
