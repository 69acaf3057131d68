/**
 * A manager that ends and starts again, seen by FRR and GoBGP as helpers of its graceful restart: their own
 * tables, all the time (RFC 4724, RFC 8538).
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import {
  addresses,
  buildFabric,
  Frr,
  Gobgp,
  kernelNextHops,
  type Lab,
  manifests,
  nodeAddresses,
  startManager,
  until,
} from "../../scripts/lab/mod.ts";
import { labTest } from "./lab_case.ts";
import { leafAs, leafOptions, poolAddress, port, porterAs } from "./manager_case.ts";
import { seenDuring } from "./seen_during.ts";

const eip = "203.0.113.1";
const route = `${eip}/32`;
/** The configuration of bgpd: one neighbour, ECMP, routes of an eBGP peer without a policy. */
const frrConfig = `hostname leaf
router bgp ${leafAs}
 bgp router-id ${addresses.leaf.v4}
 no bgp ebgp-requires-policy
 no bgp default ipv4-unicast
 neighbor ${addresses.manager.v4} remote-as ${porterAs}
 neighbor ${addresses.manager.v4} port ${port}
 neighbor ${addresses.manager.v4} timers connect 1
 address-family ipv4 unicast
  neighbor ${addresses.manager.v4} activate
  maximum-paths 16
 exit-address-family
`;
const hops = [1, 2].map((number) => nodeAddresses(number).v4);

async function writeObjects(
  lab: Lab,
  more: Partial<manifests.BgpPeerSpec> = {},
): Promise<manifests.Manifests> {
  const files = await manifests.Manifests.create(`${lab.folder}/manifests`);
  const peer = { peerAs: leafAs, neighborAddress: addresses.leaf.v4, connectRetry: 1, ...more };
  await files.write("bgppeer", manifests.bgpPeer(peer));
  await files.write(
    "rest",
    manifests.bgpConf({ as: porterAs, routerId: addresses.manager.v4, port }),
    manifests.eip("pool", poolAddress),
    manifests.node(1),
    manifests.node(2),
    manifests.service({ name: "web" }),
    manifests.endpointSlice("web", [1, 2]),
  );
  return files;
}

/** The manager as bgpd sees it. */
async function neighborOf(leaf: Frr): Promise<Readonly<Record<string, unknown>>> {
  const text = await leaf.ask(`show bgp neighbors ${addresses.manager.v4} json`);
  return (JSON.parse(text) as Record<string, Record<string, unknown>>)[addresses.manager.v4] ?? {};
}

async function hasNextHops(leaf: Frr, hops: readonly string[]): Promise<void> {
  await until(`FRR has ${route} via [${hops}]`, async () => {
    return String(await leaf.nextHops(route)) === String(hops);
  }, { otherwise: () => leaf.show() });
}

labTest(
  "FRR keeps the routes of a manager that is killed or upgraded, and drops them on Hard Reset",
  async (lab) => {
    await buildFabric(lab, { nodes: 0 });
    const files = await writeObjects(lab);
    const leaf = new Frr(lab, "leaf", frrConfig);
    await leaf.start();
    let manager = startManager(lab, { directory: files.folder });
    const up = async (count: number): Promise<void> => {
      await until(`FRR has its session number ${count} and End-of-RIB`, async () => {
        const neighbor = await neighborOf(leaf);
        const { endOfRibRecv } = neighbor["gracefulRestartInfo"] as { endOfRibRecv?: object };
        return neighbor["bgpState"] === "Established" &&
          neighbor["connectionsEstablished"] === count &&
          (endOfRibRecv as Record<string, unknown>)["ipv4Unicast"] === true;
      }, { otherwise: async () => JSON.stringify(await neighborOf(leaf), undefined, 1) });
    };
    await up(1);
    await hasNextHops(leaf, hops);
    const info = (await neighborOf(leaf))["gracefulRestartInfo"] as Record<string, unknown>;
    assertEquals([info["remoteGrMode"], info["rBit"], info["nBit"]], ["Restart", true, true]);
    const look = async () => {
      assertEquals(await kernelNextHops(lab, route), hops, "the leaf's kernel");
      return await leaf.nextHops(route);
    };
    const keeps = async (): Promise<void> => {
      await until("FRR has lost the session, and keeps the route as a stale one", async () => {
        const text = await leaf.ask(`show bgp ipv4 unicast ${route} json`);
        return (await neighborOf(leaf))["bgpState"] !== "Established" &&
          /"stale": ?true/.test(text);
      }, { signal: lab.signal, otherwise: () => leaf.ask(`show bgp ipv4 unicast ${route} json`) });
    };
    const seen = await seenDuring(look, async () => {
      manager.kill("SIGKILL");
      await manager.ended;
      await keeps();
      manager = startManager(lab, { directory: files.folder });
      await up(2);
      assertEquals(await manager.stop(), 0);
      await keeps();
      manager = startManager(lab, { directory: files.folder });
      await up(3);
    });
    assertEquals(seen, [hops.join(" ")]);
    await files.remove("bgppeer");
    await hasNextHops(leaf, []);
    const last = await neighborOf(leaf);
    assertEquals(last["lastNotificationReason"], "Cease/Peer De-configured");
    assertEquals(last["lastNotificationHardReset"], true);
  },
);

labTest("GoBGP keeps the routes of a manager that is killed or upgraded", async (lab) => {
  await buildFabric(lab, { nodes: 0 });
  // After a lost session GoBGP takes no connection for five seconds (HOLDTIME_IDLE of its server), whatever it
  // is told: with porter's default of four it would have dropped the routes by then.
  const files = await writeObjects(lab, { restartTime: 20 });
  const leaf = new Gobgp(lab);
  await leaf.start({ ...leafOptions, gracefulRestart: true });
  let manager = startManager(lab, { directory: files.folder });
  await leaf.established();
  await leaf.hasNextHops(route, hops);
  const stale = async (wanted: boolean): Promise<void> => {
    await until(`GoBGP has ${wanted ? "only stale" : "no stale"} paths`, async () => {
      const paths = await leaf.paths();
      return paths.length === hops.length && paths.every((each) => each.stale === wanted);
    }, { signal: lab.signal, otherwise: async () => JSON.stringify(await leaf.paths()) });
  };
  const seen = await seenDuring(() => leaf.nextHops(route), async () => {
    manager.kill("SIGKILL");
    await manager.ended;
    await stale(true);
    manager = startManager(lab, { directory: files.folder });
    await leaf.established();
    await stale(false);
    assertEquals(await manager.stop(), 0);
    await stale(true);
    manager = startManager(lab, { directory: files.folder });
    await leaf.established();
    await stale(false);
  });
  assertEquals(seen, [hops.join(" ")]);
  await files.remove("bgppeer");
  await leaf.hasNextHops(route, []);
});
