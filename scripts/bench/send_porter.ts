/**
 * Porter's own speaker as a sender: everything between `setRoutes` and the wire is what porter runs.
 *
 *     deno run -A scripts/bench/send_porter.ts before 100000   routes first, then the session
 *     deno run -A scripts/bench/send_porter.ts live 100000     `setRoutes` on an open session
 *
 * @module
 */

import { peerDefaults, Speaker } from "../../lib/bgp/mod.ts";
import { type Address, type Ipv4, parseAddress } from "../../lib/net/mod.ts";
import { silentLog } from "../../lib/ports/mod.ts";
import { systemClock, tcpTransport } from "../../lib/system/mod.ts";
import { asNumbers, ends } from "./leaf.ts";
import { sharedRoutes } from "./world.ts";

function main(when: string, count: number): void {
  const routerId = parseAddress(ends.sender) as Ipv4;
  const routes = sharedRoutes(count, routerId);
  let isDue = when === "live";
  const speaker = new Speaker({
    transport: tcpTransport(),
    clock: systemClock,
    random: Math.random,
    log: silentLog,
    onChange: () => {
      if (!isDue || speaker.peers()[0]?.state !== "Established") return;
      isDue = false;
      console.error(`start ${Date.now()}`);
      speaker.setRoutes(routes);
    },
  });
  if (!isDue) speaker.setRoutes(routes);
  speaker.setPeers([{
    ...peerDefaults,
    name: "leaf",
    address: parseAddress(ends.leaf) as Address,
    peerAs: asNumbers.leaf,
    passive: true,
    maxPrefixesOut: 10_000_000,
  }]);
  speaker.configure({ as: asNumbers.sender, routerId, listen: { port: 179 } });
  console.error("ready");
}

if (import.meta.main) main(Deno.args[0] ?? "", Number(Deno.args[1]));
