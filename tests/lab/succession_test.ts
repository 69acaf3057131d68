/**
 * A leaf switch that restarts without a word: porter's session with it is Established still when the new
 * one is opened (RFC 4724 section 4.2).
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { collisionMs } from "../../lib/bgp/fsm/mod.ts";
import { addresses, type Bird, type Lab, logEntries, pause, until } from "../../scripts/lab/mod.ts";
import { nodeNumbers, Rack, scene } from "../../scripts/lab/rack.ts";
import { labTest } from "./lab_case.ts";

const eip = "203.0.113.1";

/** The rack with a session, and an EIP that the leaf forwards. */
async function serving(lab: Lab, extra: readonly string[]): Promise<Rack> {
  const rack = await Rack.build(lab, { extra });
  rack.startManager();
  await rack.leaf.established();
  await rack.writeService({ name: "web" });
  await rack.kernelHas(eip, nodeNumbers);
  // A younger session's rival is a collision, and no speaker that has restarted.
  await pause(collisionMs);
  return rack;
}

/** Every packet of the connection there is now is lost; those of another one are not. */
async function loseConnection(lab: Lab): Promise<void> {
  const text = await lab.must("manager", ["ss", "-Htn", "state", "established"]);
  const ends = text.split("\n").flatMap((line) => {
    const found = /(\S+):(\d+)\s+(\S+):(\d+)\s*$/.exec(line);
    return found?.[3]?.endsWith(addresses.leaf.v4) ? [{ own: found[2], leafs: found[4] }] : [];
  });
  assertEquals(ends.length, 1, `one connection with the leaf:\n${text}`);
  const [{ own, leafs } = {}] = ends;
  const stdin = `table inet cut {
    chain in { type filter hook input priority -300; tcp sport ${leafs} tcp dport ${own} drop; }
    chain out { type filter hook output priority -300; tcp sport ${own} tcp dport ${leafs} drop; }
  }\n`;
  await lab.must("manager", ["nft", "-f", "-"], { stdin });
}

/** BIRD dies without a word, with its routes, and starts again. */
async function restart(lab: Lab, leaf: Bird, extra: readonly string[]): Promise<void> {
  await loseConnection(lab);
  await leaf.stop("kill");
  await lab.must("leaf", ["ip", "route", "flush", "proto", "bird"]);
  const { leafAs: as, porterAs: peerAs, port: peerPort } = scene;
  await leaf.start({ as, peerAs, peerPort, extra });
}

labTest("a leaf that restarted unseen takes over from its session before", async (lab) => {
  const rack = await serving(lab, []);
  await restart(lab, rack.leaf, []);
  const { ms } = await rack.kernelHas(eip, nodeNumbers);
  console.log(`  BIRD started again until its kernel has the EIP: ${ms.toFixed(0)} ms`);
  assert(ms < 15_000, `${ms} ms: this was the hold timer of 90 s, or the connection's end`);
  const ended = (await logEntries(rack.manager)).filter(({ event }) => event === "session.ended");
  assertEquals(ended.length, 1);
  assertMatch(String(ended[0]?.["reason"]), /opened a new session while this one was up/);
  await rack.status(
    ...["BgpPeer", "leaf"] as const,
    ({ status }) => /opened a new session/.test(String(status["lastError"])),
    "why the session before ended",
  );
});

labTest(
  "without graceful restart the new session waits for the end of the old one",
  async (lab) => {
    const off = ["graceful restart off;"];
    const rack = await serving(lab, off);
    const { leaf } = rack;
    await restart(lab, leaf, off);
    await until("BIRD was told that there is a session", async () => {
      return /Received: Connection collision resolution/.test(await leaf.log());
    }, { signal: lab.signal, otherwise: () => leaf.log() });
    const ended = async () =>
      (await logEntries(rack.manager)).some(({ event }) => event === "session.ended");
    assertEquals(await ended(), false, "the session before was given up");
    // The old connection is answered again, with a reset: nobody knows it there.
    await lab.must("manager", ["nft", "delete", "table", "inet", "cut"]);
    await lab.must("manager", ["ss", "-K", "dst", addresses.leaf.v4]);
    await rack.kernelHas(eip, nodeNumbers, { timeout: 40_000 });
    assertEquals(await ended(), true);
  },
);
