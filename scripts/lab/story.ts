/**
 * The story of `deno task lab`, from the first session to what a wrong port gets. Every figure is
 * measured while it is told; every "ok" is the state of the world (the leaf's table, the kernel's
 * routes, an answer that came back), never a call that was made.
 *
 * @module
 */

import { kernelNextHops } from "./fabric.ts";
import { logEntries } from "./porter.ts";
import { nodeNumbers, type Rack, scene } from "./rack.ts";
import type { Report } from "./report.ts";
import { tellPool } from "./story_pool.ts";
import { tellTrouble } from "./story_trouble.ts";
import { formatMs, pause, took, until } from "./wait.ts";
import { Load, requests } from "./web.ts";
import { answers, failures, inexcusable, isOnly, outcome, short } from "./words.ts";

/** What later steps need to know of earlier ones. */
export interface Told {
  /** The EIP of the first Service. */
  eip: string;
  /** When that Service was written, by performance.now(). */
  written: number;
}

/** Tells everything. Throws only when the lab is interrupted. */
export async function tellStory(rack: Rack, report: Report): Promise<void> {
  const told: Told = { eip: "", written: 0 };
  const { signal } = rack.lab;
  const tell = (title: string, body: () => Promise<void>) => report.run(title, body, signal);
  await tell("The manager opens a session with the leaf", () => session(rack, report));
  await tell("A Service gets an EIP", () => address(rack, report, told));
  await tell("The leaf's own table", () => table(rack, report, told));
  await tell("300 requests through the EIP", () => spread(rack, report, told));
  await tell("node3 loses its endpoint, under load", () => endpoints(rack, report, told));
  await tellPool(rack, report, tell);
  await tellTrouble(rack, report, told, tell);
}

async function session(rack: Rack, report: Report): Promise<void> {
  const start = performance.now();
  rack.startManager();
  rack.startAgents();
  const { value } = await rack.leaf.established();
  report.measured("processes started until Established", took(start));
  report.check("the leaf says Established", value.state === "Established");
  // Each end is Established when it has the other's KEEPALIVE: one of them is a little later.
  const { value: entry } = await until("the manager's log says session.established", async () => {
    const entries = await logEntries(rack.manager);
    return entries.find((each) => each.event === "session.established");
  }, { signal: rack.lab.signal });
  report.check("the manager's log says so too", entry["peer"] === "leaf");
  report.show(`grep session.established ${short(rack.manager.log)}`, JSON.stringify(entry));
}

async function address(rack: Rack, report: Report, told: Told): Promise<void> {
  told.written = performance.now();
  const path = await rack.writeService({ name: "web" });
  report.say(`   wrote ${short(path)}: a Service of type LoadBalancer and its EndpointSlice`);
  const { value } = await rack.ingress("web");
  told.eip = value.address;
  report.measured("Service written until its status has the EIP", took(told.written));
  report.check("the EIP is from the pool", value.address === "203.0.113.1", value.address);
  report.say(`   the status is in ${short(value.file.path)}:`);
  report.show(`cat ${short(value.file.path)}`, await Deno.readTextFile(value.file.path));
  const eip = await rack.status("Eip", scene.pool, (file) => file.status["usage"] === 1, "usage 1");
  report.check("the pool counts it", eip.value.status["poolSize"] === 3, "usage 1 of poolSize 3");
}

async function table(rack: Rack, report: Report, told: Told): Promise<void> {
  await rack.kernelHas(told.eip, nodeNumbers);
  report.measured(
    "Service written until the leaf's kernel has three next hops",
    took(told.written),
  );
  const paths = await rack.leaf.nextHops(`${told.eip}/32`);
  report.check("BIRD has three paths from one session (ADD-PATH)", paths.length === 3);
  report.show(`birdc show route ${told.eip}/32`, await rack.leaf.ask(`show route ${told.eip}/32`));
  const hops = await kernelNextHops(rack.lab, told.eip);
  report.check("the leaf's kernel has three next hops (ECMP)", hops.length === 3);
  const route = await rack.lab.must("leaf", ["ip", "route", "show", told.eip]);
  report.show(`ip route show ${told.eip}`, route);
  await rack.nodesTake(told.eip);
  report.measured("Service written until every agent has taken the EIP in", took(told.written));
}

async function spread(rack: Rack, report: Report, told: Told): Promise<void> {
  const tally = await requests(rack.lab, told.eip, 80, 300);
  report.check("no request failed", tally.failures.length === 0, failures(tally));
  const counts = nodeNumbers.map((number) => tally.answers[`node${number}`] ?? 0);
  // Chance alone keeps each of three equal nodes above 60 of 300 but once in a million runs.
  report.check("every node answered its share", counts.every((count) => count > 60));
  report.measured(`300 requests in ${formatMs(tally.ms)}`, answers(tally));
}

async function endpoints(rack: Rack, report: Report, told: Told): Promise<void> {
  const load = await Load.start(rack.lab, told.eip, 80, 200);
  await pause(500);
  const start = performance.now();
  const from = Date.now();
  await rack.writeService({ name: "web" }, [1, 2]);
  await rack.kernelHas(told.eip, [1, 2]);
  const changed = { from, to: Date.now() };
  report.measured(
    "endpoint gone until the leaf's route lost node3",
    took(start),
  );
  await pause(500);
  const during = await load.stop();
  report.measured("requests failed meanwhile", outcome(during));
  const bad = inexcusable(during, changed);
  report.check(
    "no request failed but what was under way at that moment",
    bad.length === 0,
    bad.map(({ kind, at }) => `${kind} of one begun ${at - changed.to} ms after`).join(", "),
  );
  const after = await requests(rack.lab, told.eip, 80, 100);
  report.check(
    "afterwards only node1 and node2 answer",
    isOnly(after, ["node1", "node2"]),
    answers(after),
  );
  const back = performance.now();
  await rack.writeService({ name: "web" });
  await rack.kernelHas(told.eip, nodeNumbers);
  report.measured(
    "endpoint back until the leaf has node3 again",
    took(back),
  );
}
