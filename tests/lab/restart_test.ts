/**
 * Managers that end and start again while packets flow: what the leaf's own table holds meanwhile, and
 * what becomes of the requests (RFC 4724).
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import {
  addresses,
  Bird,
  joinRack,
  type Lab,
  nodeAddresses,
  pause,
  type Process,
  startManager,
  until,
} from "../../scripts/lab/mod.ts";
import { nodeNumbers, Rack, scene } from "../../scripts/lab/rack.ts";
import { labTest } from "./lab_case.ts";
import { assertUnseen } from "./seen_during.ts";

const eip = "203.0.113.1";
const allHops = nodeNumbers.map((number) => nodeAddresses(number).v4).sort();

/** A rack in which the EIP is served by all nodes. */
async function serving(lab: Lab): Promise<Rack> {
  const rack = await Rack.build(lab);
  rack.startManager();
  rack.startAgents();
  await rack.leaf.established();
  await rack.writeService({ name: "web" });
  await rack.kernelHas(eip, nodeNumbers);
  await rack.nodesTake(eip);
  return rack;
}

/** Requests and the leaf's table while something happens: neither may show that it did. */
async function unseen({ lab, leaf }: Rack, body: () => Promise<void>): Promise<void> {
  const look = async () => [...new Set(await leaf.nextHops(`${eip}/32`))];
  await assertUnseen({ lab, eip, wanted: allHops, look }, body);
}

/** Waits until the leaf has a new session, and no stale route any more. */
async function restarted(leaf: Bird, timesUp: number): Promise<void> {
  await until("the leaf's session came up anew and the restart is over", async () => {
    const { state, text } = await leaf.session();
    const isDone = (await leaf.log()).split("Neighbor graceful restart done").length;
    return state === "Established" && !/graceful restart active/.test(text) &&
      isDone === timesUp;
  }, { otherwise: () => leaf.log() });
}

labTest("a manager that is killed or upgraded is not missed by any request", async (lab) => {
  const rack = await serving(lab);
  const { leaf } = rack;
  await unseen(rack, async () => {
    rack.manager.kill("SIGKILL");
    await rack.manager.ended;
    rack.startManager();
    await restarted(leaf, 2);
    assertEquals(await rack.manager.stop(), 0);
    rack.startManager();
    await restarted(leaf, 3);
  });
  const log = await leaf.log();
  assertEquals(log.split("Neighbor graceful restart detected").length, 3);
  // What changed while no manager ran is true at its End-of-RIB: that drops what is stale.
  await rack.writeService({ name: "shop" });
  await leaf.hasNextHops("203.0.113.2/32", allHops);
  rack.manager.kill("SIGKILL");
  await rack.manager.ended;
  await rack.manifests.remove("service-shop");
  await rack.writeService({ name: "web" }, [2]);
  assertEquals(await leaf.nextHops("203.0.113.2/32"), allHops);
  rack.startManager();
  await leaf.hasNextHops("203.0.113.2/32", []);
  await leaf.hasNextHops(`${eip}/32`, [nodeAddresses(2).v4]);
});

labTest("another hold time resets the session, and no request notices", async (lab) => {
  const rack = await serving(lab);
  await unseen(rack, async () => {
    await rack.writePeer({ holdTime: 30 });
    await restarted(rack.leaf, 2);
  });
  assertMatch((await rack.leaf.session()).text, /Hold timer:\s+\S+\/30/);
});

labTest(
  "the routes go at once when they shall, and after the restart time at the latest",
  async (lab) => {
    const rack = await serving(lab);
    const { leaf } = rack;
    await rack.manifests.remove("bgppeer");
    await leaf.hasNextHops(`${eip}/32`, []);
    await rack.writePeer();
    await leaf.hasNextHops(`${eip}/32`, allHops);
    const killed = performance.now();
    rack.manager.kill("SIGKILL");
    await leaf.hasNextHops(`${eip}/32`, []);
    const kept = performance.now() - killed;
    // BIRD counts whole seconds.
    assert(kept > 3000 && kept < 6000, `kept for ${kept} ms, not the default of four seconds`);
    const flags = ["--on-stop", "withdraw"];
    const withdrawing = startManager(lab, { directory: rack.manifests.folder, flags });
    await leaf.hasNextHops(`${eip}/32`, allHops);
    await withdrawing.stop();
    await leaf.hasNextHops(`${eip}/32`, []);
    assertMatch(await leaf.log(), /Received: Administrative shutdown/);
  },
);

labTest("with a longer restart time a manager may be away for longer", async (lab) => {
  const rack = await serving(lab);
  await unseen(rack, async () => {
    await rack.writePeer({ restartTime: 60 });
    await restarted(rack.leaf, 2);
    assertEquals(await rack.manager.stop(), 0);
    // Twice as long as the default.
    await pause(8000);
    rack.startManager();
    await restarted(rack.leaf, 3);
  });
});

labTest("two managers restart in turns and both at once, and no request notices", async (lab) => {
  const rack = await Rack.build(lab);
  await joinRack(lab, "stranger", addresses.stranger);
  const { as, peerAs, peerPort } = {
    as: scene.leafAs,
    peerAs: scene.porterAs,
    peerPort: scene.port,
  };
  await rack.leaf.configure({ as, peerAs, peerPort, others: [addresses.stranger.v4] });
  const roles = ["manager", "stranger"] as const;
  const running = new Map<string, Process>();
  const start = (role: string): void => {
    running.set(role, startManager(lab, { directory: rack.manifests.folder }, role));
  };
  const bothUp = async (): Promise<void> => {
    await until("both sessions are up and no route is stale", async () => {
      const text = await rack.leaf.ask("show protocols all");
      return text.match(/BGP state: +Established/g)?.length === 2 &&
        !/graceful restart active/.test(text);
    }, { otherwise: () => rack.leaf.log() });
  };
  roles.forEach(start);
  rack.startAgents();
  await bothUp();
  await rack.writeService({ name: "web" });
  await until("both sessions told the leaf", async () => {
    return (await rack.leaf.nextHops(`${eip}/32`)).length === 2 * nodeNumbers.length;
  });
  await rack.nodesTake(eip);
  await rack.status(
    ...["BgpPeer", "leaf"] as const,
    ({ status }) => status["speakersEstablished"] === 2 && status["speakersWanted"] === 2,
    "that both managers have their session",
  );
  await unseen(rack, async () => {
    for (const role of roles) {
      assertEquals(await running.get(role)?.stop(), 0);
      start(role);
      await bothUp();
    }
    for (const role of roles) running.get(role)?.kill("SIGKILL");
    for (const role of roles) await running.get(role)?.ended;
    assertEquals(new Set(await rack.leaf.nextHops(`${eip}/32`)), new Set(allHops));
    roles.forEach(start);
    await bothUp();
  });
});
