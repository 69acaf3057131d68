/**
 * What `porter router-config` prints, in force in a real BIRD and a real FRR: the session comes up, whoever
 * calls, and the EIP has all its next hops.
 *
 * @module
 */

import { assertEquals, assertMatch } from "@std/assert";
import {
  addresses,
  Frr,
  type Lab,
  manifests,
  nodeAddresses,
  porterCommand,
  until,
} from "../../scripts/lab/mod.ts";
import { nodeNumbers, Rack } from "../../scripts/lab/rack.ts";
import { labTest } from "./lab_case.ts";
import { must } from "../../scripts/lab/command.ts";

const birdBase = `log stderr all;
router id ${addresses.leaf.v4};
protocol device { scan time 1; }
protocol kernel { merge paths on limit 16; scan time 1; ipv4 { import none; export all; }; }
`;

/** Porter in front of a leaf that nobody has told anything yet. */
async function rackOf(lab: Lab, peer: Partial<manifests.BgpPeerSpec>): Promise<Rack> {
  const rack = await Rack.build(lab);
  await rack.writePeer(peer);
  await rack.writeService({ name: "web" });
  return rack;
}

/** What the command prints for this rack. */
function printed(rack: Rack, vendor: "bird" | "frr"): Promise<string> {
  const from = ["--directory", rack.manifests.folder, "--speaker", addresses.manager.v4];
  return must(porterCommand("router-config", "--vendor", vendor, ...from));
}

/** Ways in which the two may meet: porter calls, waits to be called, lets its agents call. */
const ways = {
  "porter calls": {},
  "porter is called": { passiveMode: true },
  "porter calls, with GTSM": { ttlSecurity: 1 },
  "agents call": { speakers: { type: "Agents" } },
} as const satisfies Readonly<Record<string, Partial<manifests.BgpPeerSpec>>>;

const all = nodeNumbers.map((number) => nodeAddresses(number).v4).sort();

for (const [way, peer] of Object.entries(ways)) {
  labTest(`a real BIRD with what router-config prints has the EIP: ${way}`, async (lab) => {
    const rack = await rackOf(lab, peer);
    const config = await printed(rack, "bird");
    await rack.leaf.configureWith(birdBase + config);
    rack.startManager();
    rack.startAgents();
    const { value: { address } } = await rack.ingress("web");
    await rack.kernelHas(address, nodeNumbers, { timeout: 60_000 });
    assertMatch(config, /import filter porter4/);
  });

  labTest(`a real FRR with what router-config prints has the EIP: ${way}`, async (lab) => {
    const rack = await rackOf(lab, peer);
    await rack.leaf.stop();
    const leaf = new Frr(lab, "leaf", await printed(rack, "frr"));
    await leaf.start();
    rack.startManager();
    rack.startAgents();
    const { value: { address } } = await rack.ingress("web");
    const look = { signal: lab.signal, timeout: 60_000, otherwise: () => leaf.show() };
    await until(`FRR has ${address} by all nodes`, async () => {
      return (await leaf.nextHops(`${address}/32`)).join() === all.join() && true;
    }, look);
    // Nothing but the EIPs comes in, and nothing goes out.
    assertEquals(Object.keys(JSON.parse(await leaf.ask("show bgp ipv4 unicast json")).routes), [
      `${address}/32`,
    ]);
    await leaf.kill();
  });
}
