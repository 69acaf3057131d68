/** What documents tell people to load into a router is loaded into one. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { commandsFor } from "../../scripts/docs/commands.ts";
import {
  addresses,
  Bird,
  buildFabric,
  checkout,
  manifests,
  nodeAddresses,
  startManager,
} from "../../scripts/lab/mod.ts";
import { labTest } from "./lab_case.ts";

const path = "docs/deploy_bare_metal.md";

/** The page with the lab's addresses in place of those that a reader puts in. */
async function pageHere(): Promise<string> {
  const page = await Deno.readTextFile(`${checkout}/${path}`);
  return page.replace(/192\.0\.2\.1\b/g, addresses.leaf.v4)
    .replace(/192\.0\.2\.2\b/g, addresses.manager.v4);
}

function configOf(page: string): string {
  const config = /`\/etc\/bird\/bird\.conf`:\n\n```text\n([^]*?)```/.exec(page)?.[1];
  assert(config !== undefined && config.includes("protocol bgp"));
  return config;
}

Deno.test("BIRD takes the configuration of docs/deploy_bare_metal.md", async () => {
  const config = configOf(await pageHere());
  const file = await Deno.makeTempFile({ suffix: ".conf" });
  const parse = async (text: string) => {
    await Deno.writeTextFile(file, text);
    return (await new Deno.Command("bird", { args: ["-p", "-c", file] }).output()).code;
  };
  try {
    assertEquals(await parse(config), 0);
    assertEquals(await parse(config.replace("add paths rx", "add paths maybe")), 1);
  } finally {
    await Deno.remove(file);
  }
});

labTest(
  "a leaf by hand and porter's objects, as docs/deploy_bare_metal.md has them",
  async (lab) => {
    const page = await pageHere();
    await buildFabric(lab, { nodes: 2 });
    const files = await manifests.Manifests.create(`${lab.folder}/manifests`);
    const objects = [...page.matchAll(/```yaml\n([^]*?)```/g)].map(([, yaml = ""]) => yaml);
    assertEquals(objects.length, 2);
    await files.write("page", ...objects);
    await files.write("rest", manifests.node(1), manifests.node(2));
    await files.write("slice", manifests.endpointSlice("web", [1, 2]));
    const leaf = new Bird(lab);
    await leaf.startWith(configOf(page));
    startManager(lab, { directory: files.folder });
    const hops = [1, 2].map((node) => nodeAddresses(node).v4);
    await leaf.hasNextHops("203.0.113.1/32", hops);

    const test = "tests/lab/docs_test.ts";
    const commands = await commandsFor(new URL(`file://${checkout}/`), [path], test);
    assertEquals(commands.length, 6);
    const said: string[] = [];
    for (const { command } of commands) {
      // BIRD's socket is not where an installed one has it.
      const words = `birdc() { command birdc -s bird.ctl "$@"; }; ${command}`;
      const { code, stdout, stderr } = await lab.run("leaf", ["sh", "-c", words], {
        cwd: leaf.folder,
      });
      assertEquals([command, code, stderr], [command, 0, ""]);
      said.push(stdout);
    }
    const all = said.join("\n");
    assertMatch(all, /^manager1 .* Established/m);
    for (const hop of hops) assertMatch(all, new RegExp(`\\tvia ${hop} on `));
    assertMatch(all, /proto bird[^]*nexthop via \S+[^]*nexthop via /);
  },
);
