/**
 * The looking glass of a manager in a lab that lives, in a real browser that was opened once: what happens is on
 * the page by itself.
 *
 * Its pictures, in the folder that PICTURES names, are for people:
 *
 *     PICTURES=/tmp deno test -A tests/lab/live_page_test.ts
 *
 * @module
 */

import { assertEquals, assertMatch } from "@std/assert";
import { type BirdOptions, manifests, nodeAddresses } from "../../scripts/lab/mod.ts";
import { nodeNumbers, Rack, scene } from "../../scripts/lab/rack.ts";
import { Browser, type Looks } from "../support/browser.ts";
import { cut, mend } from "../../scripts/lab/cut.ts";
import { labTest } from "./lab_case.ts";

/** Lets a browser out here reach a socket of the file system, which the lab's namespaces share. */
function relay(path: string): { readonly port: number; readonly close: () => void } {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const pipe = async (conn: Deno.Conn): Promise<void> => {
    const other = await Deno.connect({ transport: "unix", path });
    await Promise.allSettled([
      conn.readable.pipeTo(other.writable),
      other.readable.pipeTo(conn.writable),
    ]);
  };
  const serve = async (): Promise<void> => {
    for await (const conn of listener) pipe(conn).catch(() => {});
  };
  serve();
  return { port: listener.addr.port, close: () => listener.close() };
}

const desk: Looks = { width: 1200, height: 900, scheme: "light" };
const night: Looks = { ...desk, scheme: "dark" };
const phone: Looks = { width: 390, height: 844, scheme: "light" };

async function take(browser: Browser, name: string): Promise<void> {
  const folder = Deno.env.get("PICTURES");
  if (folder === undefined) return;
  for (const [how, looks] of Object.entries({ desk, night, phone })) {
    await browser.look(looks);
    await Deno.writeFile(`${folder}/${name}-${how}.png`, await browser.picture());
  }
  await browser.look(desk);
}

/** Nothing may depend on the look that the page takes every ten seconds anyway. */
const onlyNews = "window.setInterval = () => 0;";

/** The nodes, the first of which is drained since a moment ago or not at all. */
function nodes(drained: boolean): readonly string[] {
  const annotation = `  annotations: { porter.kubesphere.io/drain: "${
    new Date().toISOString()
  }" }\n`;
  return nodeNumbers.map((number) => {
    const text = manifests.node(number);
    return drained && number === 1 ? text.replace("spec:\n", `${annotation}spec:\n`) : text;
  });
}

labTest("the looking glass shows by itself what happens to nodes and sessions", async (lab) => {
  const rack = await Rack.build(lab);
  await rack.writeConf({ nodeBfd: { interval: 100 } });
  const socket = `${lab.folder}/api.sock`;
  rack.startManager(["--api-address", `unix:${socket}`]);
  rack.startAgents();
  await rack.leaf.established();
  for (const name of ["web", "api", "mail"]) await rack.writeService({ name });
  const { value: { address } } = await rack.ingress("web");
  await rack.kernelHas(address, nodeNumbers);
  const { port, close } = relay(socket);
  const browser = await Browser.start();
  const says = (wanted: RegExp) => browser.says(wanted, { signal: lab.signal });
  try {
    await browser.open(`http://127.0.0.1:${port}/`, { ...desk, before: onlyNews });
    await says(/1 of 1 peers up[^]*BFD Up[^]*BFD Up[^]*BFD Up/);
    assertEquals(await browser.value("document.querySelectorAll('#picture .told').length"), 3);
    await take(browser, "all-well");

    await rack.manifests.write("nodes", ...nodes(true));
    await says(/1 node drained[^]*draining, leaves in \d+s/);
    await cut(lab, "node3");
    await says(/BFD Down/);
    assertMatch(await says(/2 of 3 nodes eligible/), /Unreachable/);
    await rack.leaf.configure({
      ...{ as: scene.leafAs + 1, peerAs: scene.porterAs, peerPort: scene.port },
    });
    await says(/0 of 1 peers up/);
    await take(browser, "trouble");
    await mend(lab, "node3");
    await rack.manifests.write("nodes", ...nodes(false));
    await says(/3 of 3 nodes eligible/);
  } finally {
    await browser.close();
    close();
  }
});

labTest("the looking glass shows the session of each agent that speaks", async (lab) => {
  const rack = await Rack.build(lab);
  const [first = "", ...others] = nodeNumbers.map((number) => nodeAddresses(number).v4);
  const leaf: BirdOptions = {
    ...{ as: scene.leafAs, peerAs: scene.porterAs, peerPort: 179, peerAddress: first, others },
    ...{ passive: true, addPaths: false },
  };
  await rack.leaf.configure(leaf);
  await rack.writePeer({ speakers: { type: "Agents" } });
  const socket = `${lab.folder}/api.sock`;
  rack.startManager(["--api-address", `unix:${socket}`]);
  rack.startAgents();
  await rack.writeService({ name: "web" });
  const { value: { address } } = await rack.ingress("web");
  await rack.kernelHas(address, nodeNumbers);
  const { port, close } = relay(socket);
  const browser = await Browser.start();
  try {
    await browser.open(`http://127.0.0.1:${port}/`, { ...desk, before: onlyNews });
    // An agent says so in five to ten seconds, and is heard every ten.
    const options = { signal: lab.signal, timeout: 40_000 };
    await browser.says(/1 of 1 peers up[^]*3 of 3 agents/, options);
    await rack.leaf.configure({ ...leaf, others: others.slice(0, 1) });
    await rack.kernelHas(address, [1, 2]);
    await browser.says(/0 of 1 peers up[^]*2 of 3 agents[^]*node3: Down/, options);
    assertEquals(await browser.value("document.querySelectorAll('#picture .told').length"), 3);
    assertEquals(await browser.value("document.querySelectorAll('#picture .down').length"), 2);
    const bars = "document.querySelectorAll('#peers .history .up, #peers .history .other').length";
    assertEquals(await browser.value(bars) as number >= 2, true);
    await take(browser, "agents");
  } finally {
    await browser.close();
    close();
  }
});
