/**
 * The brake on a real leaf: a mass deletion leaves its table as it is, over a manager that is killed, until
 * it is undone or released by command.
 *
 * @module
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  addresses,
  conditionsOf,
  Load,
  manifests,
  pause,
  readStatus,
  startManager,
  until,
} from "../../scripts/lab/mod.ts";
import { Rack } from "../../scripts/lab/rack.ts";
import { porter } from "../support/porter.ts";
import { labTest } from "./lab_case.ts";
import { type Bench, leafOptions, managerTest, port, porterAs } from "./manager_case.ts";

const names = Array.from({ length: 10 }, (_, index) => `web${index}`);
const all = names.map((_, index) => `203.0.113.${index + 1}/32`);
const most = names.slice(0, 8);

/** Waits until the leaf has just these prefixes; gives the milliseconds that it took. */
async function leafHas({ leaf, lab }: Bench, wanted: readonly string[]): Promise<number> {
  const began = performance.now();
  const look = async () => (await leaf.routes()).map((each) => each.prefix).sort();
  await until(`the leaf has ${wanted.length} prefixes`, async () => {
    return (await look()).join() === [...wanted].sort().join();
  }, { signal: lab.signal, otherwise: () => leaf.ask("show route") });
  return performance.now() - began;
}

/** Looks for a while whether anything is missing. */
async function leafKeeps(bench: Bench, wanted: readonly string[], ms: number): Promise<void> {
  for (const end = performance.now() + ms; performance.now() < end;) {
    const now = (await bench.leaf.routes()).map((each) => each.prefix).sort();
    assertEquals(now, [...wanted].sort());
    await pause(50);
  }
}

managerTest(
  "a mass deletion is held over a killed manager, undone without loss, and released by command",
  async (bench) => {
    const conf = manifests.bgpConf({ as: porterAs, routerId: addresses.manager.v4, port });
    await bench.files.write("bgpconf", `${conf}  brake: { minRoutes: 5, withinSeconds: 2 }\n`);
    await bench.files.write("eip", manifests.eip("pool", "203.0.113.1-203.0.113.20"));
    // One after the other, so that each has the address that its name says.
    for (const [index, name] of names.entries()) {
      await bench.service({ name });
      await leafHas(bench, all.slice(0, index + 1));
    }
    const remove = (gone: readonly string[]) =>
      Promise.all(gone.map((name) => bench.files.remove(`service-${name}`)));

    await remove(most);
    await bench.reason("BgpConf", "lab", "WithdrawalsHeld");
    await leafKeeps(bench, all, 3000);

    // The leaf keeps the routes of the old process for four seconds; the new one must say them again.
    bench.manager.kill("SIGKILL");
    await bench.manager.ended;
    bench.manager = startManager(bench.lab, { directory: bench.files.folder, logLevel: "info" });
    await bench.sessions(2);
    await leafKeeps(bench, all, 6000);
    const shown = await porter(["brake", "--directory", bench.files.folder]);
    assertStringIncludes(shown.stdout, "BgpConf lab holds 8 routes, 80% of all");
    assertStringIncludes(shown.stdout, "203.0.113.1-203.0.113.8");
    assertStringIncludes(shown.stdout, "default/web0, default/web1");

    await Promise.all(most.map((name) => bench.service({ name })));
    await bench.status(
      "BgpConf",
      "lab",
      (file) => !conditionsOf(file).some(({ type }) => type === "AllWithdrawn"),
    );
    await leafKeeps(bench, all, 500);
    for (const [index, name] of names.entries()) {
      await bench.status(
        "Service",
        name,
        (file) => JSON.stringify(file).includes(`"203.0.113.${index + 1}"`),
      );
    }

    await pause(2500);
    await bench.files.remove("service-web9");
    await leafHas(bench, all.slice(0, 9));
    await pause(2500);

    await remove(most);
    await bench.reason("BgpConf", "lab", "WithdrawalsHeld");
    await leafKeeps(bench, all.slice(0, 9), 500);
    const released = await porter(["brake", "--release", "--directory", bench.files.folder]);
    assertEquals([released.code, released.stderr], [0, ""]);
    await leafHas(bench, ["203.0.113.9/32"]);
    await bench.status(
      "BgpConf",
      "lab",
      (file) => !conditionsOf(file).some(({ type }) => type === "AllWithdrawn"),
    );
  },
  { leaf: leafOptions },
);

labTest(
  "requests go on after the manifest of their Service was deleted by mistake",
  async (lab) => {
    const rack = await Rack.build(lab);
    await rack.writeConf({}, "  brake: { minRoutes: 1 }\n");
    rack.startManager();
    rack.startAgents();
    await rack.writeService({ name: "web" });
    const { value: { address } } = await rack.ingress("web");
    await rack.kernelHas(address, [1, 2, 3]);
    await rack.nodesTake(address);
    const load = await Load.start(lab, address, 80, 100);
    await pause(500);
    await rack.manifests.remove("service-web");
    await until("the BgpConf says so", async () => {
      const file = await readStatus(rack.manifests.folder, "BgpConf", "lab");
      return file !== undefined && conditionsOf(file).some(({ type }) => type === "AllWithdrawn");
    }, { signal: lab.signal });
    // Longer than an agent keeps what is only gone.
    await pause(5000);
    // Nor does an agent that starts meanwhile know the ports from anything but what it finds.
    for (const agent of rack.agents.values()) {
      agent.kill("SIGKILL");
      await agent.ended;
    }
    rack.startAgents();
    for (const agent of rack.agents.values()) await agent.says(/"agent.started"/);
    // Some passes of each.
    await pause(2500);
    const tally = await load.stop();
    assertEquals(tally.failures, []);
    assert(tally.requests > 400);
    assertEquals(
      (await porter(["brake", "--release", "--directory", rack.manifests.folder])).code,
      0,
    );
    await rack.kernelHas(address, []);
  },
);
