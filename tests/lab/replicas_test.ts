/**
 * Two managers that say the same to one leaf: the leaf uses each next hop once, and loses none when one
 * manager dies. With BIRD and FRR that is the kernel's route, with GoBGP the paths it takes for the best.
 */

import { assertEquals } from "@std/assert";
import {
  addresses,
  Bird,
  buildFabric,
  Frr,
  Gobgp,
  kernelNextHops,
  type Lab,
  nodeAddresses,
  pause,
  until,
} from "../../scripts/lab/mod.ts";
import { labTest } from "./lab_case.ts";
import { ownAs, ownSpeaker, type Setting, SpeakerProcess } from "./speaker_process.ts";

const eip4 = "203.0.113.1/32";
const eip6 = "2001:db8:1::1/128";
const hops4 = [1, 2].map((number) => nodeAddresses(number).v4);
const hops6 = [1, 2].map((number) => nodeAddresses(number).v6);

/** Where the two managers are. */
const replicas = [
  { role: "manager", routerId: addresses.manager.v4 },
  { role: "node1", routerId: nodeAddresses(1).v4 },
] as const;

const leafAs = 65001;
const leafOptions = {
  as: leafAs,
  peerAs: ownAs,
  peerPort: ownSpeaker.port,
  others: [nodeAddresses(1).v4],
};

/** What a leaf is asked. */
interface Leaf {
  start(options: typeof leafOptions): Promise<void>;
  stop(): Promise<void>;
  /** Sessions that are up. */
  sessions(): Promise<number>;
  /** The next hops that it sends packets for a prefix to; one that it has twice is there twice. */
  hops(prefix: string): Promise<readonly string[]>;
  /** Its own words. */
  says(): Promise<string>;
}

function bird(lab: Lab): Leaf {
  const leaf = new Bird(lab);
  return {
    start: (options) => leaf.start(options),
    stop: () => leaf.stop(),
    sessions: async () => (await leaf.ask("show protocols")).split("Established").length - 1,
    hops: (prefix) => kernelNextHops(lab, prefix),
    says: () => leaf.ask("show route all"),
  };
}

function frr(lab: Lab): Leaf {
  const leaf = new Frr(lab, "leaf", frrConfig());
  return {
    start: () => leaf.start(),
    stop: () => leaf.kill(),
    sessions: async () => {
      const text = await leaf.ask("show bgp ipv4 unicast summary json");
      const { peers = {} } = JSON.parse(text) as { peers?: Record<string, { state: string }> };
      return Object.values(peers).filter(({ state }) => state === "Established").length;
    },
    hops: (prefix) => kernelNextHops(lab, prefix),
    says: () => leaf.show(),
  };
}

/** A session with each manager, both families, ECMP of eight. */
function frrConfig(): string {
  const peers = [addresses.manager.v4, ...leafOptions.others];
  return [
    `router bgp ${leafAs}`,
    ` bgp router-id ${addresses.leaf.v4}`,
    " no bgp ebgp-requires-policy",
    " bgp bestpath as-path multipath-relax",
    ...peers.flatMap((peer) => [
      ` neighbor ${peer} remote-as ${ownAs}`,
      ` neighbor ${peer} port ${ownSpeaker.port}`,
      ` neighbor ${peer} timers connect 1`,
    ]),
    ...["ipv4", "ipv6"].flatMap((family) => [
      ` address-family ${family} unicast`,
      "  maximum-paths 8",
      ...peers.map((peer) => `  neighbor ${peer} activate`),
      " exit-address-family",
    ]),
    "",
  ].join("\n");
}

function gobgp(lab: Lab): Leaf {
  const leaf = new Gobgp(lab);
  return {
    start: (options) => leaf.start(options),
    stop: () => leaf.stop(),
    sessions: () => leaf.sessionsUp(),
    hops: (prefix) => leaf.bestNextHops(prefix),
    says: async () => JSON.stringify(await leaf.paths()),
  };
}

for (const [name, leafOf] of Object.entries({ BIRD: bird, FRR: frr, GoBGP: gobgp })) {
  labTest(
    `${name} has each next hop of two managers once, also when one of them dies`,
    async (lab) => {
      await buildFabric(lab, { nodes: 2 });
      const leaf = leafOf(lab);
      await leaf.start(leafOptions);
      try {
        const speakers = [];
        for (const { role, routerId } of replicas) {
          speakers.push(await SpeakerProcess.start(lab, setting(routerId), role));
        }
        await until(`${name} has both sessions`, async () => await leaf.sessions() === 2, {
          otherwise: () => leaf.says(),
        });
        await uses(leaf, name);
        // Whichever comes later changes nothing.
        await pause(500);
        await usesNow(leaf);
        speakers[0]?.process.kill("SIGKILL");
        await speakers[0]?.process.ended;
        await until(`${name} has lost a session`, async () => await leaf.sessions() === 1, {
          otherwise: () => leaf.says(),
        });
        await usesNow(leaf);
      } finally {
        await leaf.stop();
      }
    },
  );
}

async function uses(leaf: Leaf, name: string): Promise<void> {
  for (const [prefix, hops] of [[eip4, hops4], [eip6, hops6]] as const) {
    await until(`${name} uses ${hops} for ${prefix}`, async () => {
      return String([...await leaf.hops(prefix)].sort()) === String(hops);
    }, { otherwise: () => leaf.says() });
  }
}

async function usesNow(leaf: Leaf): Promise<void> {
  assertEquals([...await leaf.hops(eip4)].sort(), hops4, await leaf.says());
  assertEquals([...await leaf.hops(eip6)].sort(), hops6);
}

function setting(routerId: string): Setting {
  return {
    speaker: { ...ownSpeaker, routerId },
    peers: [{ name: "leaf", address: addresses.leaf.v4, peerAs: leafAs }],
    routes: [{ prefix: eip4, nextHops: hops4 }, { prefix: eip6, nextHops: hops6 }],
  };
}
