/**
 * The part of the story about what goes wrong: a peer's configuration changed, a manager killed, a
 * port that nobody serves.
 *
 * @module
 */

import { nodeAddresses, sentTowards } from "./fabric.ts";
import { logEntries } from "./porter.ts";
import { nodeNumbers, type Rack, scene } from "./rack.ts";
import type { Report } from "./report.ts";
import { ingressOf, readStatus } from "./status.ts";
import type { Tell } from "./story_pool.ts";
import { pause, took, until } from "./wait.ts";
import { Load, requests, type Tally } from "./web.ts";
import { failures, outcome } from "./words.ts";

/** Tells of the three troubles. `told` knows the EIP of the first Service. */
export async function tellTrouble(
  rack: Rack,
  report: Report,
  told: { readonly eip: string },
  tell: Tell,
): Promise<void> {
  await tell(
    "The peer's configuration is changed live, under load",
    () => changed(rack, report, told.eip),
  );
  await tell(
    "The manager is killed (kill -9) and started again, under load",
    () => killed(rack, report, told.eip),
  );
  await tell("A port that nobody serves", () => refused(rack, report, told.eip));
}

async function changed(rack: Rack, report: Report, eip: string): Promise<void> {
  const before = await rack.leaf.timesUp();
  const load = await Load.start(rack.lab, eip, 80, 200);
  await pause(300);
  const start = performance.now();
  await rack.writePeer({ holdTime: 30 });
  report.say("   wrote bgppeer.yaml: spec.timers.holdTime: 30");
  await until("the session is up again", async () => {
    return (await rack.leaf.timesUp()) > before &&
      (await rack.leaf.session()).state === "Established";
  }, { signal: rack.lab.signal });
  report.measured("hold time changed until the new session is up", took(start));
  await freshAgain(rack);
  report.check("no request failed meanwhile", ...none(await load.stop()));
  const session = await rack.leaf.session();
  const hold = /Hold timer:\s+(\S+)/.exec(session.text)?.[1] ?? "";
  report.check("the leaf uses the new hold time", hold.endsWith("/30"), hold);
  await pause(300);
  report.check("the session was reset once", await rack.leaf.timesUp() === before + 1);
  const entries = await logEntries(rack.manager);
  const why = entries.findLast((entry) =>
    entry.event === "session.ended" && String(entry["reason"]).includes("holdTime")
  );
  report.check("the manager's log says why", why !== undefined, String(why?.["reason"] ?? ""));
}

/** Waits until the leaf has heard from the new session all that it kept from the old one. */
async function freshAgain(rack: Rack): Promise<void> {
  await until("the leaf's graceful restart is over", async () => {
    const { state, text } = await rack.leaf.session();
    return state === "Established" && !/graceful restart active/.test(text);
  }, { signal: rack.lab.signal, otherwise: () => rack.leaf.log() });
}

/** For a check that all requests were answered. */
function none(tally: Tally): [boolean, string] {
  return [tally.failures.length === 0, outcome(tally)];
}

/** The address of every Service, as the status files have them. */
async function held(rack: Rack): Promise<string> {
  const texts = await Promise.all(["web", "shop", "fourth"].map(async (name) => {
    const file = await readStatus(rack.manifests.folder, "Service", name);
    return `${name} ${file === undefined ? "" : ingressOf(file).join()}`;
  }));
  return texts.join(", ");
}

async function killed(rack: Rack, report: Report, eip: string): Promise<void> {
  const before = await held(rack);
  const load = await Load.start(rack.lab, eip, 80, 200);
  await pause(300);
  const start = performance.now();
  rack.manager.kill("SIGKILL");
  await rack.manager.ended;
  await until("the leaf has noticed, and keeps what it was told", async () => {
    const { state, text } = await rack.leaf.session();
    return state !== "Established" && /graceful restart active/.test(text);
  }, { signal: rack.lab.signal, every: 2, otherwise: () => rack.leaf.log() });
  const alone = await rack.leaf.nextHops(`${eip}/32`);
  report.check("without a manager the leaf keeps the route", alone.length === 3, alone.join(" "));
  report.say("   (graceful restart, RFC 4724; spec.gracefulRestart of the BgpPeer says how long)");
  rack.startManager();
  await freshAgain(rack);
  report.measured("killed until all routes were said again, End-of-RIB", took(start));
  const during = await load.stop();
  report.check("no request failed meanwhile", ...none(during));
  report.measured("requests failed meanwhile", outcome(during));
  const after = await held(rack);
  report.check("no address moved", after === before, after);
  const tally = await requests(rack.lab, eip, 80, 60);
  report.check(
    "afterwards every request is answered",
    tally.failures.length === 0,
    failures(tally),
  );
}

async function refused(rack: Rack, report: Report, eip: string): Promise<void> {
  const { lab } = rack;
  const sent = async () => {
    const counts = nodeNumbers.map((number) => sentTowards(lab, `node${number}`));
    return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
  };
  const before = await sent();
  const nobody = await requests(lab, eip, 81, 10);
  const packets = await sent() - before;
  const slowest = Math.max(...nobody.failures.map((failure) => failure.ms));
  const kinds = new Set(nobody.failures.map((failure) => failure.kind));
  report.check(
    "ten connections to port 81 are refused",
    nobody.failures.length === 10 && kinds.size === 1 && kinds.has("ConnectionRefused"),
    failures(nobody),
  );
  report.measured("the slowest of ten refusals", `${slowest.toFixed(1)} ms`);
  // One SYN each; a loop would be some 60 copies of each. Neighbour discovery may add a few.
  report.check("no packet looped between leaf and node", packets < 40, `${packets} packets`);
  report.measured("packets from the leaf to the nodes for them", String(packets));
  const port = scene.hostDaemonPort;
  const own = await requests(lab, nodeAddresses(1).v4, port, 3);
  report.check(
    `a daemon of node1 answers on its own address, port ${port}`,
    own.failures.length === 0,
  );
  const through = await requests(lab, eip, port, 9);
  report.check(
    "and cannot be reached through the EIP",
    through.failures.length === 9,
    failures(through),
  );
  const ping = await lab.run("client", ["ping", "-c", "1", "-W", "2", eip]);
  const time = /time=([\d.]+ ms)/.exec(ping.stdout)?.[1] ?? "";
  report.check("a ping to the EIP is answered", ping.code === 0, time);
}
