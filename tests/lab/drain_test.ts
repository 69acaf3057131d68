/**
 * Taking a node out under continuous requests, with a leaf that honours GRACEFUL_SHUTDOWN (RFC 8326).
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { addresses, Load, manifests, nodeAddresses } from "../../scripts/lab/mod.ts";
import { Rack, scene } from "../../scripts/lab/rack.ts";
import { labTest } from "./lab_case.ts";

const honouring = "filter { if (65535, 0) ~ bgp_community then bgp_local_pref = 0; accept; }";

/** The nodes, the first of which is drained since a moment ago or not at all. */
function nodes(drained: boolean): readonly string[] {
  const since = new Date().toISOString();
  const annotation = `  annotations: { porter.kubesphere.io/drain: "${since}" }\n`;
  return [1, 2, 3].map((number) => {
    const text = manifests.node(number);
    return drained && number === 1 ? text.replace("spec:\n", `${annotation}spec:\n`) : text;
  });
}

labTest(
  "a drained node is first preferred less, then withdrawn, and no request fails",
  async (lab) => {
    const rack = await Rack.build(lab, { importing: honouring });
    const conf = manifests.bgpConf({
      as: scene.porterAs,
      routerId: addresses.manager.v4,
      port: scene.port,
    });
    await rack.manifests.write("bgpconf", `${conf}  drain: { withdrawAfterSeconds: 3 }\n`);
    rack.startManager();
    rack.startAgents();
    await rack.writeService({ name: "web" });
    const { value: { address } } = await rack.ingress("web");
    await rack.kernelHas(address, [1, 2, 3]);
    await rack.nodesTake(address);
    const load = Load.start(lab, address, 80, 100);
    await rack.manifests.write("nodes", ...nodes(true));
    await rack.kernelHas(address, [2, 3], { every: 5 });
    const moved = Date.now();
    // The node is still there, as the last choice.
    const all = await rack.leaf.routes();
    const paths = all.find((each) => each.prefix === `${address}/32`)?.paths ?? [];
    const drained = paths.find((each) => each.via === nodeAddresses(1).v4);
    assertEquals(drained?.attributes["BGP.local_pref"], "0");
    assertEquals(drained?.attributes["BGP.community"], "(65535,0)");
    await rack.leaf.hasNextHops(`${address}/32`, [nodeAddresses(2).v4, nodeAddresses(3).v4]);
    // Nobody needs the node any longer.
    await rack.agents.get(1)?.stop();
    await rack.manifests.write("nodes", ...nodes(true));
    const tally = await load.stop();
    // This leaf has no resilient hashing: it takes connections that are open in the one moment in which
    // its table changes to another node, which knows nothing of them. No other request may fail.
    const others = tally.failures.filter(({ at, ms }) => at > moved || at + ms < moved - 1000);
    assertEquals(others, []);
    assert(tally.failures.length <= 2, JSON.stringify(tally.failures));
    assert(tally.requests > 200);
  },
);
