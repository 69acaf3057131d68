/**
 * The CRDs on a real API server: it takes them, fills in the defaults, and refuses with CEL what can
 * be judged in one object.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import type { Client, KubeObject } from "../../scripts/cluster/mod.ts";
import { clusterTest } from "./cluster_case.ts";

const root = new URL("../../", import.meta.url);

type Spec = Readonly<Record<string, unknown>>;

function object(kind: string, spec: Spec, name = "one"): KubeObject {
  return {
    apiVersion: "network.kubesphere.io/v1alpha1",
    kind,
    metadata: { name },
    spec,
  } as KubeObject;
}

/** What the API server says of an object: "" when it would take it. */
async function objection(client: Client, kind: string, spec: Spec): Promise<string> {
  try {
    await client.apply([object(kind, spec)]);
    return "";
  } catch (thrown) {
    return thrown instanceof Error ? thrown.message : String(thrown);
  }
}

const peer = (config: Spec, more: Spec = {}): Spec => ({
  config: { peerAs: 64600, neighborAddress: "10.0.0.1", ...config },
  ...more,
});

const taken: readonly (readonly [string, Spec])[] = [
  ["Eip", { address: "203.0.113.7" }],
  ["Eip", { address: "203.0.113.0/24", protocol: "" }],
  ["Eip", { address: "192.168.1.1/25", usingKnownIPs: true }],
  ["Eip", { address: "203.0.113.9-203.0.113.20", protocol: "layer2", disable: true }],
  ["Eip", { address: "2001:db8::1-2001:db8::ff" }],
  ["Eip", { address: "203.0.113.0/24", bgp: { aggregationLength: 24 } }],
  ["Eip", { address: "203.0.113.9-203.0.113.20", bgp: { aggregationLength: 30 } }],
  ["Eip", { address: "2001:db8::/64", bgp: { aggregationLength: 120 } }],
  ["Eip", { address: "2001:db8::/64", namespaces: ["shop"], serviceSelector: { matchLabels: {} } }],
  ["BgpConf", { as: 4294967295, routerID: "10.0.0.250", port: 17900 }],
  ["BgpPeer", peer({})],
  ["BgpPeer", peer({ neighborAddress: "2001:db8::1" }, { timers: { holdTime: 0 } })],
  ["BgpPeer", peer({}, { timers: { holdTime: 3, connectRetry: 1 } })],
  ["BgpPeer", peer({ localAs: 64621 }, { timers: { keepalive: 30, idleHold: 5 } })],
  ["BgpPeer", peer({}, { timers: { keepalive: 5, holdTime: 0 } })],
  ["BgpPeer", peer({}, { gracefulRestart: { enabled: false } })],
  ["BgpConf", { as: 1, asPerRack: { r1: 64621 }, routerID: "10.0.0.250", port: 179 }],
  ["BgpPeer", peer({}, { speakers: { type: "Managers" } })],
  ["BgpPeer", peer({}, { speakers: { type: "Agents" } })],
  [
    "BgpPeer",
    peer({}, { speakers: { type: "Agents", nodeSelector: { matchLabels: { a: "b" } } } }),
  ],
  ["BgpPeer", peer({}, { transport: { sourceAddress: "10.0.0.2", ttlSecurity: 254 } })],
  ["BgpPeer", peer({}, { transport: { interface: "eth0.100", ebgpMultiHop: 255 } })],
  ["BgpPeer", peer({ neighborAddress: "fe80::1" }, { transport: { interface: "eth0" } })],
  ["BgpPeer", peer({}, { passwordSecretRef: { name: "porter-bgp", key: "tor-a" } })],
  ["BgpPeer", { config: { peerAs: 1, listenRange: "10.0.0.0/8", listenLimit: 7 } }],
  ["BgpPeer", {
    config: { peerAs: 1, listenRange: "fe80::/64" },
    transport: { interface: "eth0", sourceAddress: "fe80::1" },
  }],
  ["BgpPeer", peer({ neighborAddress: "169.254.0.1" }, { transport: { ebgpMultiHop: 2 } })],
];

const refused: readonly (readonly [string, Spec, string])[] = [
  ["Eip", { address: "203.0.113.300" }, "must be an address, a prefix"],
  ["Eip", { address: "203.0.113.0/33" }, "must be an address, a prefix"],
  ["Eip", { address: "203.0.113.1-203.0.113.2-203.0.113.3" }, "must be an address, a prefix"],
  ["Eip", { address: "203.0.113.1-2001:db8::1" }, "must be a range of one family"],
  ["Eip", { address: "203.0.113.9-203.0.113.8" }, "whose first address is not after its last"],
  ["Eip", { address: "9.0.113.9-10.0.0.1", priority: -1 }, "spec.priority"],
  ["Eip", { address: "203.0.113.0/28", bgp: { aggregationLength: 24 } }, "not be shorter than"],
  ["Eip", { address: "2001:db8::/120", bgp: { aggregationLength: 64 } }, "not be shorter than"],
  ["Eip", { address: "203.0.113.0/24", bgp: { aggregationLength: 64 } }, "at most 32"],
  ["Eip", { address: "203.0.113.0/24", bgp: { aggregationLength: 7 } }, "aggregationLength"],
  ["Eip", { address: "203.0.113.1", bgp: { communities: ["no-exprt"] } }, "a community like"],
  ["Eip", { address: "203.0.113.1", bgp: { serviceMaySet: ["origin"] } }, "serviceMaySet"],
  ["BgpPeer", peer({}, { export: { largeCommunities: ["1:2"] } }), "a large community like"],
  ["BgpConf", { as: 0, routerID: "10.0.0.1", port: 179 }, "spec.as"],
  ["BgpConf", { as: 1, routerID: "0.0.0.0", port: 179 }, "must be a dotted quad"],
  ["BgpConf", { as: 1, routerID: "2001:db8::1", port: 179 }, "must be a dotted quad"],
  ["BgpPeer", peer({ neighborAddress: "leaf" }), "must be the IPv4 or IPv6 address"],
  ["BgpPeer", peer({ neighborAddress: "0.0.0.0" }), "must be the IPv4 or IPv6 address"],
  ["BgpPeer", peer({}, { timers: { holdTime: 2 } }), "must be 0 or from 3 to 65535"],
  ["BgpPeer", peer({}, { timers: { keepalive: 31 } }), "must be at most a third of holdTime"],
  ["BgpPeer", peer({}, { gracefulRestart: { restartTime: 4096 } }), "spec.gracefulRestart"],
  ["BgpConf", { as: 1, asPerRack: { a: 0 }, routerID: "10.0.0.1", port: 179 }, "spec.asPerRack"],
  ["BgpPeer", peer({}, { speakers: { type: "Nodes" } }), "spec.speakers.type"],
  [
    ...["BgpPeer", peer({}, { speakers: { type: "Managers", nodeSelector: {} } })] as const,
    "nodeSelector goes with type Agents only",
  ],
  ["BgpPeer", peer({}, { transport: { ttlSecurity: 1, ebgpMultiHop: 2 } }), "cannot stand beside"],
  ["BgpPeer", peer({}, { transport: { sourceAddress: "fd00::1" } }), "must be of the family"],
  ["BgpPeer", peer({}, { transport: { sourceAddress: "me" } }), "must be an address of this host"],
  ["BgpPeer", peer({}, { transport: { interface: "a b" } }), "spec.transport.interface"],
  ["BgpPeer", peer({}, { passwordSecretRef: { key: "tor-a" } }), "spec.passwordSecretRef.name"],
  ["BgpPeer", { config: { peerAs: 1 } }, "neighborAddress is required"],
  ["BgpPeer", peer({ listenRange: "10.0.0.0/8" }), "cannot stand beside neighborAddress"],
  ["BgpPeer", peer({ listenLimit: 7 }), "listenLimit goes with listenRange only"],
  ["BgpPeer", { config: { peerAs: 1, listenRange: "0.0.0.0/0" } }, "must be a prefix of routers"],
  [
    "BgpPeer",
    { config: { peerAs: 1, listenRange: "fe80::/64" } },
    "transport.interface is required",
  ],
  ["BgpPeer", peer({}, { passwordSecretRef: { name: "a", key: "b c" } }), "passwordSecretRef.key"],
  ["BgpPeer", peer({ neighborAddress: "fe80::1" }), "transport.interface is required"],
  [
    "BgpPeer",
    peer({ neighborAddress: "fe80::1" }, { transport: { interface: "e", ttlSecurity: 2 } }),
    "one hop at most",
  ],
];

clusterTest(
  "the API server takes the CRDs, and judges what one object can say",
  async (cluster) => {
    const client = cluster.admin;
    for (const plural of ["eips", "bgpconfs", "bgppeers"]) {
      const file = new URL(`crds/network.kubesphere.io_${plural}.yaml`, root);
      await client.apply(await Deno.readTextFile(file));
    }
    for (const [kind, spec] of taken) {
      assertEquals(await objection(client, kind, spec), "", JSON.stringify(spec));
    }
    for (const [kind, spec, expected] of refused) {
      const said = await objection(client, kind, spec);
      assert(said.includes(expected), `${JSON.stringify(spec)}: "${said}" is not "${expected}"`);
    }
    const [eip] = await client.apply([object("Eip", { address: "203.0.113.7" }, "plain")]);
    assertEquals((eip as unknown as { spec: unknown }).spec, {
      address: "203.0.113.7",
      autoAssign: true,
      disable: false,
      priority: 100,
      usingKnownIPs: false,
    });
    assert(taken.length >= 10 && refused.length >= 12);
  },
);
