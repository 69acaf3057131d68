/** What documents tell people to load into a router is loaded into one. */
import { assert, assertEquals } from "@std/assert";

Deno.test("BIRD takes the configuration of docs/deploy_bare_metal.md", async () => {
  const page = await Deno.readTextFile(new URL("../../docs/deploy_bare_metal.md", import.meta.url));
  const config = /`\/etc\/bird\/bird\.conf`:\n\n```text\n([^]*?)```/.exec(page)?.[1];
  assert(config !== undefined && config.includes("protocol bgp"));
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
