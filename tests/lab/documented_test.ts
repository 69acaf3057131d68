/**
 * The commands of the documents that need a node with porter on it, typed as they stand there: a manager and an
 * agent run in a namespace of the lab, at the addresses where commands look for them.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { commandsFor } from "../../scripts/docs/commands.ts";
import { translated } from "../../scripts/docs/twins.ts";
import {
  addresses,
  buildFabric,
  checkout,
  type Lab,
  manifests,
  nodeAddresses,
  type Output,
  until,
} from "../../scripts/lab/mod.ts";
import { build, executable } from "../support/porter.ts";
import { labTest } from "./lab_case.ts";

const test = "tests/lab/documented_test.ts";
const here = nodeAddresses(1);

/** Commands that go on until they are stopped. */
const lasting = /^porter (manager|agent) |^tcpdump /;
/** Commands that end with 2 when something is refused, broken or not converted, or would change. */
const judging = /porter (plan|explain|import|doctor)\b/;

/** A node with objects, and a folder to type in. */
async function prepare(lab: Lab): Promise<{ readonly directory: string; readonly cwd: string }> {
  await buildFabric(lab, { nodes: 1 });
  await lab.must("node1", ["ip", "address", "add", "192.0.2.2/32", "dev", "lo"]);
  const [files, cwd] = [
    await manifests.Manifests.create(`${lab.folder}/manifests`),
    `${lab.folder}/cwd`,
  ];
  const conf = manifests.bgpConf({ as: 65000, routerId: here.v4, port: 17900 });
  await files.write("conf", `${conf}  brake: {}\n`);
  await files.write(
    "peer",
    manifests.bgpPeer({
      ...{ name: "leaf1", peerAs: 65001, neighborAddress: addresses.leaf.v4 },
      ...{ usingPortForward: true, passiveMode: true },
    }),
  );
  await files.write("eip", manifests.eip("public", "203.0.113.0/28"), manifests.node(1));
  const web = manifests.service({ name: "web" });
  const slice = manifests.endpointSlice("web", [1]);
  const inShop = (text: string) => text.replaceAll("namespace: default", "namespace: shop");
  await files.write("web", web, slice, inShop(web), inShop(slice));
  await Deno.mkdir(`${cwd}/bin`, { recursive: true });
  await Deno.symlink(executable, `${cwd}/bin/porter`);
  await Deno.writeTextFile(`${cwd}/change.yaml`, inShop(web));
  const theirs = await Deno.readTextFile(`${checkout}/tests/golden/migrate/metallb/input.yaml`);
  await Deno.writeTextFile(`${cwd}/theirs.yaml`, theirs);
  await Deno.writeTextFile(`${cwd}/services.yaml`, web);
  return { directory: files.folder, cwd };
}

/** The words for a shell: as they stand, but for the folder of the manifests and what has no name. */
function typed(command: string, directory: string): string {
  return command.replaceAll("/etc/porter", directory).replaceAll("NAMESPACE/NAME", "shop/web");
}

/** Two that say KEEPALIVE to each other at the port of BGP, for somebody who listens to packets. */
const chatter = `
  const server = Deno.listen({ port: 179 });
  const client = await Deno.connect({ port: 179 });
  await server.accept();
  const keepalive = Uint8Array.from([...Array(16).fill(255), 0, 19, 4]);
  setInterval(() => client.write(keepalive), 200);
`;

labTest("the documents' commands of a node do what they shall", async (lab) => {
  await build();
  const { directory, cwd } = await prepare(lab);
  const env = { PATH: `${cwd}/bin:${Deno.env.get("PATH")}` };
  const type = (words: string): Promise<Output> =>
    lab.run("node1", ["sh", "-c", words], { cwd, env });
  const all = await commandsFor(new URL(`file://${checkout}/`), translated, test);
  assert(all.length >= 25, `only ${all.length} commands were found`);

  const daemon = (...args: readonly string[]) =>
    lab.spawn("node1", args[0] ?? "", [executable, ...args]);
  const started = [
    daemon("manager", "--directory", directory, "--health-address", "127.0.0.1:7980"),
    daemon(
      ...["agent", "--node", "node1", "--directory", directory, "--health-address"],
      ...["127.0.0.1:7981", "--api-address", "127.0.0.1:17986"],
    ),
  ];
  await until("the manager and the agent have done their work", async () => {
    const { stdout } = await type("porter explain shop/web; nft list table inet porter_forward");
    return /ok host state|\?\? host state/.test(stdout) && stdout.includes("dnat");
  }, {
    signal: lab.signal,
    timeout: 30_000,
    otherwise: async () => (await type("porter peers")).stdout,
  });
  const run = async (command: string, words: string): Promise<void> => {
    const { code, stdout, stderr } = await type(words);
    assert(code === 0 || (code === 2 && judging.test(command)), `${command}: ${code}: ${stderr}`);
    if (!/>|undrain/.test(command)) assert(stdout.trim() !== "", `${command} says nothing`);
  };
  for (const { command } of all.filter((each) => !lasting.test(each.command))) {
    await run(command, typed(command, directory));
  }
  for (const process of started) assertEquals(await process.stop(), 0);
  const chat = lab.spawn("node1", "chat", [Deno.execPath(), "eval", chatter]);
  for (const { command } of all.filter((each) => lasting.test(each.command))) {
    // A pipeline is ended by its first program. In the foreground that is signalled once: a second
    // signal would mean that it shall end at once.
    const words = `timeout --foreground --preserve-status -s TERM 4 ${typed(command, directory)}`;
    const { code, stdout, stderr } = await type(words);
    assertEquals(code, 0, `${command}: ${stderr}`);
    if (command.includes("decode")) assert(/KEEPALIVE/.test(stdout), stdout);
  }
  await chat.stop();
});
