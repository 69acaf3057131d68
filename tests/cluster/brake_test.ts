/**
 * The brake on a real API server, with two managers, agents, kube-proxy and BIRD: a control plane that
 * calls every node NotReady costs no request, and a Service that is deleted leads nobody into a loop.
 *
 * @module
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { Load, manifests, pause, until } from "../../scripts/lab/mod.ts";
import { inexcusable } from "../../scripts/lab/words.ts";
import { porter } from "../support/porter.ts";
import { clusterTest } from "./cluster_case.ts";
import { bothNodes, eip, Site } from "./site.ts";

/** Waits until the BgpConf's condition AllWithdrawn is "False", or is not there: "". */
async function held(site: Site, wanted: "False" | ""): Promise<void> {
  const path = 'jsonpath={.status.conditions[?(@.type=="AllWithdrawn")].status}';
  await until(`AllWithdrawn is "${wanted}"`, async () => {
    return await site.cluster.kubectl(["get", "bgpconf", "lab", "-o", path]) === wanted;
  }, { timeout: 60_000, otherwise: () => site.logs() });
}

/** Waits until the object is read as it is now, and both managers brake: only one of them says so in it. */
async function brakes(site: Site): Promise<void> {
  const accepted = '{.status.conditions[?(@.type=="Accepted")].observedGeneration}';
  const path = `jsonpath={.metadata.generation} ${accepted}`;
  await until("the BgpConf is read as it is now", async () => {
    const text = await site.cluster.kubectl(["get", "bgpconf", "lab", "-o", path]);
    const [wanted, seen] = text.split(" ");
    return seen !== "" && seen === wanted;
  }, { timeout: 60_000, otherwise: () => site.logs() });
  for (const which of [0, 1] as const) {
    await until(`manager ${which} brakes`, async () => {
      return (await site.ask(which, "brake"))["settings"] !== null;
    }, { timeout: 60_000, otherwise: () => site.logs() });
  }
}

clusterTest(
  "nodes that are called NotReady serve on, and a deletion is released by command",
  async (cluster) => {
    const site = await Site.build(cluster, "nftables");
    const brake = { spec: { brake: { minRoutes: 1, withinSeconds: 2 } } };
    await cluster.kubectl(["patch", "bgpconf", "lab", "--type=merge", "-p", JSON.stringify(brake)]);
    await brakes(site);

    const load = await Load.start(site.lab, eip, 80, 100);
    const from = Date.now();
    for (const node of [1, 2]) await cluster.apply(manifests.node(node, { ready: false }));
    await held(site, "False");
    await pause(2000);
    // The first one went by itself, and is back since the other did not stay.
    await site.routed(bothNodes);
    for (const node of [1, 2]) await cluster.apply(manifests.node(node));
    await held(site, "");
    await site.routed(bothNodes);
    const to = Date.now();
    const tally = await load.stop();
    assertEquals(inexcusable(tally, { from, to }), []);
    assertEquals(
      tally.failures.filter(({ ms }) => ms > 500),
      [],
      "none was left without an answer",
    );

    await pause(3000);
    await cluster.kubectl(["delete", "service", "web"]);
    await held(site, "False");
    const file = await cluster.kubeconfig();
    const shown = await porter(["brake", "--kubeconfig", file]);
    assertEquals(shown.stderr, "");
    assertStringIncludes(shown.stdout, `BgpConf lab holds 1 routes, 100% of all`);
    assertStringIncludes(shown.stdout, `Of default/web`);
    // Longer than what agents keep of themselves; meanwhile another manager leads, and holds on.
    const [kept, leader] = [pause(4000), await site.leader()];
    assertEquals(await site.manager(leader).stop(), 0);
    const next = await site.leader();
    assert(next !== leader);
    const { settings } = await site.ask(next, "brake") as { settings: Record<string, unknown> };
    assert(settings !== null);
    await kept;
    await held(site, "False");
    site.startManager(leader);
    await site.managerReady(leader);
    await brakes(site);
    const { code } = await site.lab.run("client", ["curl", "-s", "-m", "2", `http://${eip}/`]);
    assertEquals(code, 7, "refused by the nodes, not sent round in circles");
    await site.routed(bothNodes);

    const released = await porter(["brake", "--release", "--kubeconfig", file]);
    assertEquals([released.code, released.stderr], [0, ""]);
    await site.routed([]);
    await held(site, "");
  },
  { nodes: 2 },
);
