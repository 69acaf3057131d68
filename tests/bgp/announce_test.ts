import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { formatAddress, formatPrefix, ipv4 } from "../../lib/net/mod.ts";
import { Talker, talkerOpen } from "./speaker/bench.ts";
import { peerDefaults } from "../../lib/bgp/mod.ts";
import { tcpTransport } from "../../lib/system/mod.ts";

const root = new URL("../../", import.meta.url);

/** The program in the doc comment of lib/bgp/mod.ts. */
async function documentedProgram(): Promise<string> {
  const source = await Deno.readTextFile(new URL("lib/bgp/mod.ts", root));
  const fenced = /^ \* ```ts\n([\s\S]*?)^ \* ```$/m.exec(source);
  assert(fenced?.[1] !== undefined, "lib/bgp/mod.ts opens with a program");
  return fenced[1].replaceAll(/^ \* ?/gm, "");
}

Deno.test("the program that lib/bgp/mod.ts opens with announces its route", async () => {
  const program = await documentedProgram();
  assert(program.trim().split("\n").length <= 24, "twenty lines or so");
  const listener = tcpTransport().listen({ address: ipv4(0x7f000001), port: 0 });
  // Only where the router is differs from what is documented.
  const leaf = `address: ip("127.0.0.1"), port: ${listener.local.port}`;
  const here = program.replace(`address: ip("192.0.2.1")`, leaf).replaceAll(
    `from "./lib/`,
    `from "${new URL("lib/", root)}`,
  );
  assertStringIncludes(here, leaf);
  const file = await Deno.makeTempFile({ suffix: ".ts" });
  await Deno.writeTextFile(file, here);
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--check", "--config", new URL("deno.json", root).pathname, file],
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const output = child.output();
  // Should the program end by itself, nobody would ever connect.
  void output.then(() => listener.close());
  try {
    const connection = await listener.accept();
    if (connection === undefined) {
      throw new Error(new TextDecoder().decode((await output).stderr));
    }
    const config = { ...peerDefaults, name: "us", address: ipv4(0x7f000001), peerAs: 64513 };
    const talker = new Talker(connection);
    await talker.establish(config, talkerOpen(config));
    const [update] = await talker.told(1);
    assertEquals(update?.nlri.map((it) => formatPrefix(it.prefix)), ["203.0.113.32/32"]);
    const nextHop = update?.attributes.find((it) => it.kind === "next-hop");
    assertEquals(nextHop && formatAddress(nextHop.address), "192.0.2.10");
    child.kill("SIGINT");
    assertEquals(await talker.farewell(), "6/2");
    const { success, stdout } = await output;
    assert(success, "it ends by itself on SIGINT");
    assertStringIncludes(new TextDecoder().decode(stdout), "leaf Established");
  } finally {
    try {
      child.kill("SIGKILL");
    } catch {
      // It has ended already.
    }
    await output;
    await Deno.remove(file);
  }
});
