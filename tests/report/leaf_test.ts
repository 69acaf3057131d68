import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { formatPrefix, parsePrefix, parseRange } from "../../lib/net/mod.ts";
import type { Snapshot } from "../../lib/objects/mod.ts";
import { leafConfig, leafFacts, rangePrefixes, subjectOf, vendors } from "../../lib/report/mod.ts";
import { addressOf, bgpConf, bgpPeer, cluster, eip, node } from "../support/objects.ts";

const speakers = [addressOf("10.0.0.11"), addressOf("10.0.0.12")];

function factsOf(parts: Partial<Snapshot> = {}, peer?: string) {
  const eips = [eip("edge", "203.0.113.8-203.0.113.18"), eip("six", "2001:db8::/120")];
  return leafFacts(subjectOf(cluster({ eips, ...parts })), peer, speakers);
}

const ranges: readonly (readonly [string, readonly string[]])[] = [
  ["203.0.113.7", ["203.0.113.7/32"]],
  ["203.0.113.0/24", ["203.0.113.0/24"]],
  ["203.0.113.1-203.0.113.6", [
    ...["203.0.113.1/32", "203.0.113.2/31", "203.0.113.4/31", "203.0.113.6/32"],
  ]],
  ["0.0.0.0-255.255.255.255", ["0.0.0.0/0"]],
  ["2001:db8::1-2001:db8::3", ["2001:db8::1/128", "2001:db8::2/127"]],
];

for (const [text, prefixes] of ranges) {
  Deno.test(`rangePrefixes() makes up ${text} of as few prefixes as it can`, () => {
    const range = parseRange(text);
    assert(range.ok);
    assertEquals(rangePrefixes(range.value).map(formatPrefix), prefixes);
  });
}

Deno.test("every vendor's words name AS, neighbours, both families' prefixes and a limit", () => {
  const facts = factsOf();
  assert(facts.ok, "no facts");
  // 11 and 256 addresses, 8 next hops each, a tenth more, and ten.
  assertEquals(facts.value.maxPaths, Math.ceil(1.1 * (11 + 256) * 8) + 10);
  for (const vendor of vendors) {
    const text = leafConfig(vendor, facts.value);
    for (const part of ["64620", "64600", "10.0.0.11", "10.0.0.12", "2001:db8::/120"]) {
      assertStringIncludes(text, part, `${vendor} lacks ${part}`);
    }
    assertStringIncludes(text, "203.0.113.8/29");
    assertMatch(text, new RegExp(`\\b${facts.value.maxPaths}\\b`));
    assertStringIncludes(text.split("\n")[0] ?? "", "BgpPeer leaf");
  }
});

Deno.test("a peer that agents speak to has their nodes as neighbours", () => {
  const speakers = {
    type: "Agents",
    nodeSelector: { requirements: [{ key: "rack", operator: "In", values: ["a"] }] },
  } as const;
  const peer = bgpPeer("leaf", "10.0.0.1");
  const facts = factsOf({
    bgpPeers: [{ ...peer, spec: { ...peer.spec, speakers } }],
    nodes: [node("node1", ["10.0.0.21"], { labels: { rack: "a" } }), node("node2", ["10.0.0.22"])],
  });
  assert(facts.ok, "no facts");
  assertStringIncludes(leafConfig("bird", facts.value), "neighbor 10.0.0.21 ");
  assertEquals(leafConfig("bird", facts.value).includes("10.0.0.22"), false);
  assertEquals(leafConfig("bird", facts.value).includes("add paths"), false);
});

Deno.test("the AS that the leaf hears, and how far away porter may be, are the peer's", () => {
  const texts = (options: Parameters<typeof bgpPeer>[2]) => {
    const facts = factsOf({ bgpPeers: [bgpPeer("leaf", "10.0.0.1", options)] });
    assert(facts.ok, "no facts");
    return vendors.map((vendor) => leafConfig(vendor, facts.value));
  };
  for (const text of texts({ localAs: 64777 })) {
    assertStringIncludes(text, "64777");
    assertEquals(text.includes("64620"), false);
  }
  const near = texts({ ttlSecurity: 1 });
  assertStringIncludes(near[0] ?? "", "  ttl security on;\n");
  assertEquals(near[0]?.includes("multihop"), false);
  assertStringIncludes(near[1] ?? "", " neighbor 10.0.0.11 ttl-security hops 1\n");
  assertEquals(near.every((text) => /ttl|GTSM/.test(text)), true);
  const far = texts({ ebgpMultiHop: 3 });
  assertEquals(far.every((text) => /multihop (ttl )?3/.test(text)), true);
  assertEquals(texts({}).some((text) => /ttl|hop/.test(text.replace(/next.hop/g, ""))), false);
});

/** Two racks; agents speak to the leaf from the nodes of these. */
function racks(
  values: readonly string[],
  peer: Parameters<typeof bgpPeer>[2] = {},
): Partial<Snapshot> {
  const key = "porter.kubesphere.io/rack";
  const nodeSelector = { requirements: [{ key, operator: "In", values }] } as const;
  return {
    bgpConfs: [bgpConf("conf", { as: 65000, asPerRack: { "1": 65001, "2": 65002 } })],
    bgpPeers: [
      bgpPeer("leaf", "10.0.0.1", { speakers: { type: "Agents", nodeSelector }, ...peer }),
    ],
    nodes: ["1", "2"].map((rack) =>
      node(`node${rack}`, [`10.0.0.2${rack}`], { labels: { [key]: rack } })
    ),
  };
}

Deno.test("the AS of agents is that of their nodes' rack, one for each BgpPeer", () => {
  const one = factsOf(racks(["2"]));
  assert(one.ok, "no facts");
  assertEquals(one.value.porterAs, 65002);
  const two = factsOf(racks(["1", "2"]));
  assertMatch(two.ok ? "" : two.error, /BgpPeer leaf speak as AS 65001 and 65002/);
  const same = factsOf(racks(["1", "2"], { localAs: 64777 }));
  assertEquals(same.ok && same.value.porterAs, 64777);
});

Deno.test("the AS of managers in racks has to be named", () => {
  const subject = subjectOf(cluster(racks([], { speakers: { type: "Managers" } })));
  const said = [undefined, 65001, 65000, 65009].map((as) => {
    const facts = leafFacts(subject, undefined, speakers, as);
    return facts.ok ? facts.value.porterAs : facts.error;
  });
  assertMatch(String(said[0]), /say which with --as 65000 or --as 65001 or --as 65002$/);
  assertEquals(said.slice(1, 3), [65001, 65000]);
  assertMatch(String(said[3]), /as AS 65009, but as 65000 or 65001 or 65002$/);
});

Deno.test("in every vendor's words porter is told nothing, of either family", () => {
  const facts = factsOf();
  assert(facts.ok, "no facts");
  const words = {
    bird: /import filter porter(4|6);.* export none;/g,
    frr: /neighbor 10\.0\.0\.11 prefix-list porter-none(4|6) out\n/g,
    sonic: /neighbor 10\.0\.0\.11 prefix-list porter-none(4|6) out\n/g,
    eos: /neighbor 10\.0\.0\.11 prefix-list porter-none(4|6) out\n/g,
    nxos: / {6}prefix-list porter-none(4|6) out\n/g,
    junos: /group porter export porter-out\n/g,
  };
  for (const vendor of vendors) {
    const text = leafConfig(vendor, facts.value);
    const found = [...text.matchAll(words[vendor])].map(([, family]) => family);
    // Junos has one policy for both; the others one list for each, and two sessions or one.
    assertEquals(new Set(found).size, vendor === "junos" ? 1 : 2, vendor);
    for (const family of vendor === "bird" || vendor === "junos" ? [] : [4, 6]) {
      assertMatch(text, new RegExp(`prefix-list porter-none${family}\\s+seq 10 deny `), vendor);
    }
  }
});

Deno.test("a leaf of porter's own AS counts the equal paths of iBGP", () => {
  const of = (peerAs: number) => {
    const facts = factsOf({ bgpPeers: [bgpPeer("leaf", "10.0.0.1", { peerAs })] });
    assert(facts.ok, "no facts");
    return new Map(vendors.map((vendor) => [vendor, leafConfig(vendor, facts.value)]));
  };
  const [inside, outside] = [of(64620), of(64600)];
  for (const vendor of ["frr", "sonic", "nxos"] as const) {
    assertMatch(inside.get(vendor) ?? "", /^ +maximum-paths ibgp 8$/m);
    assertMatch(outside.get(vendor) ?? "", /^ +maximum-paths 8$/m);
  }
  assertStringIncludes(inside.get("junos") ?? "", "group porter type internal\n");
  assertStringIncludes(outside.get("junos") ?? "", "group porter type external\n");
});

Deno.test("no neighbour is written that cannot be one", () => {
  const said = (peers: readonly ReturnType<typeof bgpPeer>[], from: readonly string[]) => {
    const subject = subjectOf(cluster({ bgpPeers: peers }));
    const facts = leafFacts(subject, undefined, from.map(addressOf));
    return facts.ok ? "" : facts.error;
  };
  const six = [bgpPeer("leaf", "2001:db8::1")];
  assertEquals(said(six, ["2001:db8::2"]), "");
  assertEquals(
    said(six, []),
    "BgpPeer leaf is at 2001:db8::1, and no IPv6 address of a manager is known: name each with --speaker",
  );
  assertEquals(
    said(six, ["2001:db8::2", "10.0.0.11"]),
    "BgpPeer leaf is at 2001:db8::1: --speaker 10.0.0.11 is not an IPv6 address",
  );
  assertMatch(said([bgpPeer("leaf", "10.0.0.1")], ["2001:db8::2"]), /is not an IPv4 address$/);
  assertMatch(
    said([bgpPeer("leaf", "10.0.0.1")], ["10.0.0.1"]),
    /^BgpPeer leaf is at 10\.0\.0\.1 itself/,
  );
  const prefix = parsePrefix("10.0.0.0/24");
  assert(prefix !== undefined, "no prefix");
  const listenRange = { prefix, limit: 8 };
  assertMatch(
    said([bgpPeer("leaf", "10.0.0.0", { listenRange, passiveMode: true })], ["10.0.0.11"]),
    /^BgpPeer leaf is for every leaf switch of 10\.0\.0\.0\/24, /,
  );
});

Deno.test("agents without an address of the leaf's family are told", () => {
  const facts = factsOf({
    ...racks(["1"]),
    nodes: [node("node1", ["2001:db8::21"], { labels: { "porter.kubesphere.io/rack": "1" } })],
  });
  assertEquals(
    facts.ok ? "" : facts.error,
    "no node whose agent speaks to BgpPeer leaf has an IPv4 InternalIP",
  );
});

Deno.test("what is not known is told: which peer, no BgpConf", () => {
  const two = [bgpPeer("a", "10.0.0.1"), bgpPeer("b", "10.0.0.2")];
  const said = [
    factsOf({ bgpPeers: two }),
    factsOf({ bgpPeers: two }, "c"),
    factsOf({ bgpConfs: [] }),
  ]
    .map((each) => each.ok ? "" : each.error);
  assertEquals(said, [
    "say which: --peer a, b",
    "no BgpPeer c; there are a, b",
    "there is no BgpConf, or none that is valid, so porter has no AS number",
  ]);
});
