import { assertEquals, assertStringIncludes } from "@std/assert";
import { type Lab, manifests, porterCommand, until } from "../../scripts/lab/mod.ts";
import { labTest } from "./lab_case.ts";

/** What porter has on the node: its local routes, and the names of its nftables. */
async function state(lab: Lab): Promise<string> {
  const routes = await lab.must("node1", ["ip", "route", "show", "table", "local", "proto", "179"]);
  const tables = await lab.must("node1", ["nft", "list", "tables"]);
  return `${routes}${tables}`.replace(/ +$/gm, "");
}

const eip = "203.0.113.1";
const ours = `local ${eip} dev lo scope host\ntable inet porter\n`;

labTest(
  "porter agent leaves the host state on SIGTERM, and removes it with --cleanup",
  async (lab) => {
    await lab.addNamespace("node1");
    await lab.ip("node1", ["route add local 198.51.100.9/32 dev lo table local"]);
    const files = await manifests.Manifests.create(`${lab.folder}/manifests`);
    await files.write("eip", manifests.eip("pool", eip));
    await files.write(
      "web",
      manifests.service({ name: "web" }),
      manifests.endpointSlice("web", [1]),
    );
    await files.write("node", manifests.node(1));
    const directory = files.folder;
    const manager = lab.spawn(
      "node1",
      "manager",
      porterCommand("manager", "--directory", directory),
    );
    const agent = lab.spawn(
      "node1",
      "agent",
      porterCommand("agent", "--node", "node1", "--directory", directory),
    );

    await until("the agent takes the EIP in", async () => await state(lab) === ours);
    assertEquals(await manager.stop(), 0);
    assertEquals(await agent.stop(), 0);
    assertEquals(await state(lab), ours);
    assertStringIncludes(await agent.output(), '"event":"agent.stopping","signal":"SIGTERM"');

    await lab.must("node1", porterCommand("agent", "--cleanup"));
    assertEquals(await state(lab), "");
    const left = await lab.must("node1", ["ip", "route", "show", "table", "local"]);
    assertStringIncludes(left, "local 198.51.100.9 ");
  },
);

labTest("porter agent says when no Node has its name", async (lab) => {
  await lab.addNamespace("node1");
  const files = await manifests.Manifests.create(`${lab.folder}/manifests`);
  await files.write("node", manifests.node(1));
  const start = (node: string) => {
    const argv = porterCommand("agent", "--node", node, "--directory", files.folder);
    return lab.spawn("node1", `agent-${node}`, argv);
  };
  const [known, unknown] = [start("node1"), start("node-1")];
  for (const agent of [known, unknown]) {
    await until("the agent runs", async () => (await agent.output()).includes("agent.started"));
    assertEquals(await agent.stop(), 0);
  }
  assertStringIncludes(await unknown.output(), '"event":"agent.node-unknown","node":"node-1"');
  assertEquals((await known.output()).includes("agent.node-unknown"), false);
});
