/**
 * `deno task lab --topology` as docs/topologies.md has it: what it tells, the table at its end, and the commands
 * that it says to look around with.
 *
 * @module
 */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { allNamespaces, checkout, run } from "../../scripts/lab/mod.ts";
import { topologiesNamed } from "../../scripts/lab/topologies/mod.ts";
import { commandsFor } from "../../scripts/docs/commands.ts";

const root = new URL("../../", import.meta.url);
const self = "tests/lab/topologies_command_test.ts";

/** Types it in the checkout's folder. */
function type(command: string) {
  return run(["sh", "-c", command.replace(/^deno /, `${Deno.execPath()} `)], { cwd: checkout });
}

/** The commands of the page that this test is said to run. */
async function documented(): Promise<readonly string[]> {
  const found = await commandsFor(root, ["docs/topologies.md"], self);
  return found.map(({ command }) => command);
}

Deno.test("the documented commands name topologies that are there, and all is all", async () => {
  const commands = await documented();
  assert(commands.length >= 3, commands.join("\n"));
  for (const command of commands) {
    const name = /--topology (\S+)/.exec(command)?.[1] ?? "";
    assert(topologiesNamed(name).length > 0, command);
  }
  assert(commands.some((command) => command.endsWith("--topology all")));
});

for (
  const [flags, says] of [
    ["--topology ring", "there is no topology ring; --help lists them"],
    ["--topology one-leaf --bfd", "managers speak in one-leaf: --bfd is for agents"],
    ["--topology all --keep", "--keep can leave only one topology up"],
    ["--bfd", "--bfd goes with --topology"],
  ] as const
) {
  Deno.test(`deno task lab ${flags} says what is wrong`, async () => {
    const { code, stderr } = await type(`deno task lab ${flags}`);
    assertEquals(code, 1);
    assertStringIncludes(stderr, `deno task lab: ${says}`);
  });
}

Deno.test({
  name: "a topology is told with its table, stays up with --keep, and what is said to type works",
  ignore: Deno.uid() !== 0,
  fn: async () => {
    const command = (await documented()).find((each) => each.endsWith("--keep")) ?? "";
    const lab = `porter-lab-${Deno.pid}-9100`;
    try {
      const { code, stdout, stderr } = await type(`${command} --name ${lab}`);
      assertEquals(code, 0, `${stdout}\n${stderr}`);
      const [topology] = topologiesNamed(/--topology (\S+)/.exec(command)?.[1] ?? "");
      assert(topology !== undefined);
      const lost = [topology.nodes[0]?.name, topology.leaf, topology.managers[0]];
      for (const machine of lost) {
        const row =
          `\\n\\| ${topology.name} +\\| ${machine} +\\| \\d+ of \\d+ +\\| .+ \\| [\\d.]+ m?s +\\|`;
        assertMatch(stdout, new RegExp(row));
      }
      const hints = stdout.split("\n").filter((line) =>
        /^ {4}(birdc|vtysh|ip|ls|deno) /.test(line)
      );
      assert(hints.length > topology.routers.length * 2, stdout);
      for (const hint of hints) {
        const looked = await type(hint.trim());
        assertEquals(looked.code, 0, hint + looked.stderr);
        assert(looked.stdout.trim() !== "", hint);
      }
      assertStringIncludes(stdout, `Remove it with: deno task lab --down --name ${lab}`);
    } finally {
      const down = await type(`deno task lab --down --name ${lab}`);
      assertEquals(down.code, 0, down.stderr);
    }
    assertEquals((await allNamespaces()).filter((ns) => ns.startsWith(`${lab}-`)), []);
  },
});
