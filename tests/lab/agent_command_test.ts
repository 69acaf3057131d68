import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { type Lab, manifests, porterCommand, until } from "../../scripts/lab/mod.ts";
import { labTest } from "./lab_case.ts";

/** What porter has on the node: its local routes, and the names of its nftables. */
async function state(lab: Lab): Promise<string> {
  const routes = await lab.must("node1", ["ip", "route", "show", "table", "local", "proto", "179"]);
  const tables = await lab.must("node1", ["nft", "list", "tables"]);
  return `${routes}${tables}`.replace(/ +$/gm, "");
}

/** Who owns nothing that porter needs. */
const nobody = 65534;

/** Which of porter's commands, and of the programs that they run, are in a namespace. */
async function processesIn(lab: Lab, role: string): Promise<readonly string[]> {
  const pids = (await lab.must(role, ["ip", "netns", "pids", lab.ns(role)])).split("\n");
  const lines = await Promise.all(
    pids.filter((pid) => pid !== "").map((pid) =>
      Deno.readTextFile(`/proc/${pid}/cmdline`).catch(() => "")
    ),
  );
  return lines.flatMap((line) => /\0(agent|manager|monitor)(?=\0)/.exec(line)?.[1] ?? []);
}

const eip = "203.0.113.1";
const ours = `local ${eip} dev lo scope host\ntable inet porter\n`;

labTest(
  "porter agent leaves the host state on SIGTERM and SIGINT, and removes it with --cleanup",
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
    const start = (signal: string) => {
      const argv = porterCommand("agent", "--node", "node1", "--directory", directory);
      return lab.spawn("node1", `agent-${signal}`, argv);
    };
    for (const signal of ["SIGTERM", "SIGINT"] as const) {
      await lab.must("node1", ["ip", "route", "flush", "table", "local", "proto", "179"]);
      const agent = start(signal);
      await until("the agent takes the EIP in", async () => await state(lab) === ours, {
        ...{ signal: lab.signal, otherwise: () => agent.output() },
      });
      agent.kill(signal);
      assertEquals(await agent.ended, 0, await agent.output());
      assertEquals(await state(lab), ours);
      assertStringIncludes(
        await agent.output(),
        `"event":"agent.stopping","signal":"${signal}"`,
      );
      assertEquals(await processesIn(lab, "node1"), ["manager"], "its monitors are gone too");
    }
    assertEquals(await manager.stop(), 0);

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

/** Starts it as the kernel would have it without these capabilities, whoever runs it; capabilities(7). */
function without(command: readonly string[]): readonly string[] {
  return ["setpriv", "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs", ...command];
}

for (const command of ["agent", "manager"] as const) {
  labTest(
    `porter ${command} tells of a directory that it may not read, in one line`,
    async (lab) => {
      await lab.addNamespace("node1");
      const directory = `${lab.folder}/closed`;
      await Deno.mkdir(directory, { mode: 0o700 });
      await Deno.chown(directory, nobody, nobody);
      const node = command === "agent" ? ["--node", "node1"] : [];
      const argv = porterCommand(command, ...node, "--directory", directory);
      // The agent may change the node's state; what it lacks is the right to read whatever it likes.
      const readsAll = "-dac_override,-dac_read_search";
      const powers = `--bounding-set=${readsAll} --inh-caps=${readsAll}`.split(" ");
      const { code, stdout, stderr } = await lab.run("node1", ["setpriv", ...powers, ...argv]);
      assertEquals(stderr, `porter: Cannot read directory "${directory}": permission denied\n`);
      assertEquals([code, stdout], [1, ""]);
    },
  );
}

labTest("porter agent without CAP_NET_ADMIN says so in one line", async (lab) => {
  await lab.addNamespace("node1");
  const files = await manifests.Manifests.create(`${lab.folder}/manifests`);
  await files.write("node", manifests.node(1));
  for (const args of [["--node", "node1", "--directory", files.folder], ["--cleanup"]]) {
    const argv = without(porterCommand("agent", ...args));
    const { code, stdout, stderr } = await lab.run("node1", argv);
    assertMatch(
      stderr,
      /^porter: Cannot run nft list: [^\n]*; porter agent needs root or CAP_NET_ADMIN\n$/,
    );
    assertEquals([code, stdout], [1, ""]);
  }
});
