import { assert, assertEquals } from "@std/assert";
import { parse } from "yaml";
import { parseObject } from "../../lib/objects/mod.ts";
import {
  bgpConf,
  bgpPeer,
  eip,
  endpointSlice,
  node,
  service,
} from "../../scripts/lab/manifests.ts";

const leaf = { peerAs: 65001, neighborAddress: "172.30.0.1" };
const documents: Readonly<Record<string, string>> = {
  "BgpConf": bgpConf({ as: 65000, routerId: "172.30.0.2", port: 17900 }),
  "BgpPeer": bgpPeer(leaf),
  "BgpPeer with everything": bgpPeer({
    ...leaf,
    ...{ sendMax: 2, passiveMode: true, remotePort: 1179, holdTime: 30, connectRetry: 1 },
    ...{ gracefulRestart: true, restartTime: 30 },
  }),
  "Eip": eip("lab", "203.0.113.1-203.0.113.3", { disable: true, usingKnownIPs: true }),
  "Node": node(1),
  "Node with everything": node(2, { ready: false, excluded: true, unschedulable: true }),
  "Service": service({ name: "web" }),
  "Service that asks by annotation": service({ name: "web", requested: "203.0.113.1" }),
  "Service that asks by loadBalancerIP": service({
    ...{ name: "web", requested: "203.0.113.1", requestedBy: "loadBalancerIP" },
    ...{ optIn: false, type: "ClusterIP", policy: "Cluster", families: ["IPv4", "IPv6"] },
  }),
  "EndpointSlice": endpointSlice("web", [1, 2, 3]),
  "EndpointSlice of IPv6": endpointSlice("web", [1], 6),
  "EndpointSlice without endpoints": endpointSlice("web", []),
};

for (const [name, text] of Object.entries(documents)) {
  Deno.test(`porter reads the lab's ${name} without a word`, () => {
    const parsed = parseObject(parse(text));
    assert(parsed.ok, Deno.inspect(parsed));
    assert(parsed.value.kind !== "Ignored");
    assertEquals(parsed.value.warnings, []);
  });
}
