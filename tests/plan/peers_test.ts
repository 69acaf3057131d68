import { assertEquals, assertStringIncludes } from "@std/assert";
import { formatAddress } from "../../lib/net/mod.ts";
import { plan } from "../../lib/plan/mod.ts";
import { bgpConf, bgpPeer, snapshot } from "../support/objects.ts";

Deno.test("without a BgpConf every BgpPeer is refused and no session is planned", () => {
  const planned = plan(
    snapshot({ bgpPeers: [bgpPeer("a", "10.0.0.1"), bgpPeer("b", "10.0.0.2")] }),
  );
  assertEquals(planned.speaker, undefined);
  assertEquals(planned.peers, []);
  assertEquals(planned.refusals.map((each) => each.reason), ["BgpConfMissing", "BgpConfMissing"]);
});

Deno.test("a BgpConf that is being deleted is not in force", () => {
  const planned = plan(snapshot({
    bgpConfs: [bgpConf("old", { as: 1, deleting: true }), bgpConf("new", { as: 2, createdAt: 1 })],
  }));
  assertEquals(planned.speaker?.as, 2);
  assertEquals(planned.refusals, []);
});

Deno.test("of BgpConfs of one age the lower name is in force", () => {
  const planned = plan(snapshot({ bgpConfs: [bgpConf("b"), bgpConf("a")] }));
  assertEquals(planned.conf?.name, "a");
  assertEquals(planned.refusals.map((each) => `${each.object.name} ${each.reason}`), [
    "b BgpConfSuperseded",
  ]);
});

Deno.test("a peer has what its BgpPeer says, and the defaults for the rest", () => {
  const planned = plan(snapshot({
    bgpConfs: [bgpConf("conf")],
    bgpPeers: [bgpPeer("leaf", "2001:db8::1", {
      peerAs: 4200000000,
      sendMax: 4,
      passiveMode: true,
      remotePort: 1790,
      holdTime: 9,
      connectRetryTime: 3,
    })],
  }));
  assertEquals(planned.peers.map((each) => ({ ...each, address: formatAddress(each.address) })), [{
    name: "leaf",
    address: "2001:db8::1",
    port: 1790,
    peerAs: 4200000000,
    passive: true,
    families: [4, 6],
    addPathSendMax: 4,
    nextHop: "keep",
    holdTime: 9,
    connectRetryTime: 3,
    idleHoldTime: 1,
    idleHoldTimeMax: 60,
    maxPrefixesOut: 1_000_000,
  }]);
  assertEquals(planned.speaker?.listen, { port: 17900 });
});

Deno.test("defect of 2020: two BgpPeers of one address do not fight, the older one counts", () => {
  const planned = plan(snapshot({
    bgpConfs: [bgpConf("conf")],
    bgpPeers: [
      bgpPeer("a", "10.0.0.1", { createdAt: 2, peerAs: 1 }),
      bgpPeer("z", "10.0.0.1", { createdAt: 1, peerAs: 2 }),
      bgpPeer("y", "10.0.0.2", { deleting: true }),
    ],
  }));
  assertEquals(planned.peers.map((each) => `${each.name} ${each.peerAs}`), ["z 2"]);
  assertEquals(planned.refusals.map((each) => `${each.object.name} ${each.reason}`), [
    "a PeerDuplicate",
  ]);
});

Deno.test("usingPortForward is refused by name, and the session is planned without it", () => {
  const planned = plan(snapshot({
    bgpConfs: [bgpConf("conf")],
    bgpPeers: [bgpPeer("leaf", "10.0.0.1", { usingPortForward: true })],
  }));
  assertEquals(planned.peers.length, 1);
  assertEquals(planned.refusals.map((each) => each.reason), ["PeerUnsupported"]);
  assertStringIncludes(planned.refusals[0]?.message ?? "", "spec.usingPortForward");
});
