import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { Said } from "../../lib/agent/mod.ts";
import type { PeerStatus } from "../../lib/bgp/model/mod.ts";
import {
  AgentMetrics,
  allFamilies,
  ManagerMetrics,
  type MetricsCompat,
} from "../../lib/observe/mod.ts";
import { alerts } from "../../scripts/monitoring/alerts.ts";
import { panels } from "../../scripts/monitoring/dashboard.ts";
import { addressOf, bgpPeer, cluster, eip, node, service, slice } from "../support/objects.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { passOver, passWithRoutes, session, watched } from "./state.ts";

function metricsOf(sessions: readonly PeerStatus[], compat: MetricsCompat = "none") {
  return new ManagerMetrics({
    clock: new FakeClock(),
    sessions: () => sessions,
    speaker: () => ({ connectionsRefused: 4, listening: { port: 17900 } }),
    leads: () => true,
    process: () => ({ version: "9.9.9", startedAt: 1000 }),
    compat,
  });
}

function agentMetrics(said?: Said) {
  return new AgentMetrics({
    clock: new FakeClock(),
    process: () => ({ version: "9.9.9", startedAt: 0 }),
    speaking: () => said,
  });
}

/** The samples, by name and labels as written. */
function samples(text: string): Map<string, number> {
  return new Map(
    text.split("\n").filter((line) => line !== "" && !line.startsWith("#")).map((line) => {
      const at = line.lastIndexOf(" ");
      return [line.slice(0, at), Number(line.slice(at + 1))];
    }),
  );
}

const busy = cluster({
  eips: [eip("edge", "203.0.113.32-203.0.113.33"), eip("off", "203.0.113.40", { disable: true })],
  nodes: [
    node("node1", ["10.0.0.11"]),
    node("node2", ["10.0.0.12"]),
    node("node3", ["10.0.0.13"], { ready: false }),
  ],
  services: [
    service("web", { createdAt: 1 }),
    service("idle", { createdAt: 2 }),
    service("late", { createdAt: 3 }),
  ],
  endpointSlices: [slice("web", ["node1"])],
});

Deno.test("the manager's metrics say what the plan and the sessions say", async () => {
  const metrics = metricsOf([
    session("leaf", {
      flaps: 2,
      lastEnd: { at: 5000, by: "remote", error: "Cease/Administrative Shutdown" },
    }),
    session("other", { state: "Idle", prefixesSent: 0 }),
  ]);
  metrics.pass(passOver(busy));
  metrics.told(7);
  const found = samples(await metrics.text());
  const expected: Record<string, number> = {
    'porter_build_info{version="9.9.9",deno="2.9.6"}': 1,
    "porter_leader": 1,
    'porter_services{state="announced",reason="Announced"}': 1,
    'porter_services{state="allocated",reason="NoReadyEndpoint"}': 1,
    'porter_services{state="pending",reason="PoolExhausted"}': 1,
    'porter_refusals{kind="Service",reason="PoolExhausted"}': 1,
    'porter_pool_size{pool="edge"}': 2,
    'porter_pool_in_use{pool="edge"}': 2,
    'porter_pool_exhausted{pool="edge"}': 1,
    'porter_pool_open{pool="off"}': 0,
    'porter_nodes{family="ipv4",state="Eligible"}': 2,
    'porter_nodes{family="ipv4",state="NotReady"}': 1,
    'porter_eip_next_hops{eip="203.0.113.32"}': 2,
    'porter_bgp_session_up{peer="leaf"}': 1,
    'porter_bgp_session_up{peer="other"}': 0,
    'porter_bgp_session_state{peer="other",state="Idle"}': 1,
    'porter_bgp_session_flaps_total{peer="leaf"}': 2,
    'porter_bgp_session_last_error_timestamp_seconds{peer="leaf",by="remote",error="Cease/Administrative Shutdown"}':
      5,
    'porter_bgp_messages_total{peer="leaf",direction="received",type="keepalive"}': 8,
    'porter_bgp_prefixes_wanted{peer="leaf"}': 1,
    'porter_bgp_prefixes_sent{peer="leaf"}': 1,
    "porter_bgp_listening": 1,
    "porter_bgp_connections_refused_total": 4,
    'porter_change_to_update_seconds_bucket{le="0.005"}': 0,
    'porter_change_to_update_seconds_bucket{le="0.01"}': 1,
    'porter_reconcile_duration_seconds_count{result="done"}': 1,
  };
  for (const [name, value] of Object.entries(expected)) {
    assertEquals([name, found.get(name)], [name, value]);
  }
  assertEquals((found.get("process_resident_memory_bytes") ?? 0) > 1e6, true);
});

Deno.test("no more prefixes are wanted than spec.export selects for the peer", async () => {
  const gold = { requirements: [{ key: "tier", operator: "In" as const, values: ["gold"] }] };
  const metrics = metricsOf([session("leaf"), session("picky", { prefixesSent: 1 })]);
  metrics.pass(passOver(cluster({
    bgpPeers: [
      bgpPeer("leaf", "10.0.0.1"),
      bgpPeer("picky", "10.0.0.2", { export: { attributes: {}, eipSelector: gold } }),
    ],
    eips: [
      eip("edge", "203.0.113.32-203.0.113.33", { priority: 1 }),
      eip("dear", "203.0.113.64/28", { labels: { tier: "gold" }, autoAssign: false }),
    ],
    services: [
      service("web", { createdAt: 1 }),
      service("api", { createdAt: 2 }),
      service("gold", { createdAt: 3, requestedPools: ["dear"] }),
    ],
    endpointSlices: ["web", "api", "gold"].map((name) => slice(name, ["node1"])),
  })));
  const found = samples(await metrics.text());
  assertEquals(
    ["leaf", "picky"].map((peer) => found.get(`porter_bgp_prefixes_wanted{peer="${peer}"}`)),
    [3, 1],
  );
});

Deno.test("what is over is told no longer, and counters do not count twice", async () => {
  let sessions: readonly PeerStatus[] = [session("leaf", { flaps: 2 })];
  const metrics = new ManagerMetrics({
    clock: new FakeClock(),
    sessions: () => sessions,
    speaker: () => ({ connectionsRefused: 0 }),
    leads: () => false,
    process: () => ({ version: "9.9.9", startedAt: 0 }),
  });
  metrics.pass(passOver(busy));
  await metrics.text();
  const twice = samples(await metrics.text());
  assertEquals(twice.get('porter_bgp_session_flaps_total{peer="leaf"}'), 2);
  sessions = [];
  metrics.pass(passOver(cluster()));
  const text = await metrics.text();
  assertEquals(text.includes('peer="leaf"'), false);
  assertEquals(text.includes('reason="PoolExhausted"'), false);
  assertEquals(text.includes('eip="203.0.113.32"'), false);
});

Deno.test("every family that is given is documented by its row, and the other way round", async () => {
  const names = (text: string) =>
    [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => `${name} ${type}`).sort();
  const rows = (...groups: (keyof typeof allFamilies)[]) =>
    groups.flatMap((group) => allFamilies[group]).map(({ name, type }) => `${name} ${type}`).sort();
  const manager = metricsOf([session("leaf")], "metallb");
  manager.pass(passOver(busy));
  assertEquals(names(await manager.text()), rows("both", "manager", "metallb"));
  const agent = agentMetrics();
  assertEquals(names(await agent.text()), rows("both", "agent"));
});

Deno.test("--metrics-compat=metallb says the same under MetalLB's names", async () => {
  const metrics = metricsOf([session("leaf")], "metallb");
  metrics.pass(passOver(busy));
  const found = samples(await metrics.text());
  const expected: Record<string, number> = {
    'metallb_allocator_addresses_total{pool="edge"}': 2,
    'metallb_allocator_ipv4_addresses_total{pool="edge"}': 2,
    'metallb_allocator_ipv6_addresses_total{pool="edge"}': 0,
    'metallb_allocator_addresses_in_use_total{pool="edge"}': 2,
    'metallb_allocator_ipv4_addresses_in_use_total{pool="edge"}': 2,
    'metallb_allocator_services_allocated_total{pool="edge"}': 2,
    'metallb_bgp_session_up{peer="10.0.0.1:179",vrf="default"}': 1,
    'metallb_bgp_updates_total{peer="10.0.0.1:179",vrf="default"}': 3,
    'metallb_bgp_announced_prefixes_total{peer="10.0.0.1:179",vrf="default"}': 1,
    'metallb_bgp_total_received{peer="10.0.0.1:179",vrf="default"}': 10,
    'metallb_speaker_announced{service="default/web",protocol="bgp",node="node1",ip="203.0.113.32"}':
      1,
    "metallb_k8s_client_config_loaded_bool": 1,
    "metallb_k8s_client_config_stale_bool": 0,
  };
  for (const [name, value] of Object.entries(expected)) {
    assertEquals([name, found.get(name)], [name, value]);
  }
  assertEquals(found.has('metallb_speaker_announced{service="default/late"}'), false);
});

Deno.test("the agent's metrics tell what is wanted, present, refused and repaired", async () => {
  const metrics = agentMetrics();
  const wanted = {
    eips: ["203.0.113.1", "203.0.113.2"].map((text) => ({
      address: addressOf(text),
      ports: [{ protocol: "tcp", port: 80 } as const],
    })),
  };
  const status = {
    eips: 1,
    refused: [{ address: addressOf("203.0.113.2"), device: "eth0" }],
    changed: true,
    repaired: true,
  };
  metrics.pass({ wanted, status: { ...status, repaired: false }, ms: 1 });
  metrics.pass({ wanted, status, ms: 1 });
  metrics.pass({ wanted, status: undefined, ms: 1 });
  const found = samples(await metrics.text());
  const value = (name: string) => found.get(name);
  assertEquals(
    ["wanted", "present", "refused"].map((name) => value(`porter_host_eips_${name}`)),
    [2, 1, 1],
  );
  assertEquals([value("porter_host_changes_total"), value("porter_host_repairs_total")], [2, 1]);
  assertEquals(value("porter_host_ports_wanted"), 2);
  assertEquals(value('porter_reconcile_duration_seconds_count{result="failed"}'), 1);
});

Deno.test("an agent that speaks for its node tells of its sessions", async () => {
  const { announced } = passWithRoutes(3).plan;
  const said = {
    ...{ sessions: [session("leaf")], bfd: [watched("BgpPeer leaf")], refusals: [] },
    ...{ speaker: { connectionsRefused: 0 }, announced, held: 0 },
  };
  const found = samples(await agentMetrics(said).text());
  assertEquals(found.get('porter_bgp_session_up{peer="leaf"}'), 1);
  assertEquals(found.get('porter_bgp_prefixes_wanted{peer="leaf"}'), 3);
  assertEquals(found.get('porter_bfd_session_up{peer="leaf"}'), 1);
  assertEquals(found.get('porter_bfd_sessions{kind="BgpPeer",state="Up"}'), 1);
});

Deno.test("BFD sessions are counted by state, and a node that BFD has lost is Unreachable", async () => {
  const metrics = new ManagerMetrics({
    clock: new FakeClock(),
    sessions: () => [],
    bfd: () => [
      watched("BgpPeer leaf", { failures: 2 }),
      watched("BgpPeer other", { state: "Down" }),
      watched("Node node1"),
      watched("Node node2", { state: "Down", failures: 4 }),
    ],
    speaker: () => ({ connectionsRefused: 0 }),
    leads: () => true,
    process: () => ({ version: "9.9.9", startedAt: 1000 }),
  });
  metrics.pass({ ...passOver(busy), unreachable: new Set(["node2"]) });
  const found = samples(await metrics.text());
  const expected: Record<string, number> = {
    'porter_bfd_sessions{kind="BgpPeer",state="Up"}': 1,
    'porter_bfd_sessions{kind="BgpPeer",state="Down"}': 1,
    'porter_bfd_sessions{kind="Node",state="Init"}': 0,
    'porter_bfd_drops_total{kind="BgpPeer"}': 3,
    'porter_bfd_drops_total{kind="Node"}': 5,
    'porter_bfd_session_up{peer="other"}': 0,
    'porter_nodes{family="ipv4",state="Eligible"}': 1,
    'porter_nodes{family="ipv4",state="Unreachable"}': 1,
    'porter_nodes{family="ipv4",state="NotReady"}': 1,
  };
  for (const [name, value] of Object.entries(expected)) {
    assertEquals([name, found.get(name)], [name, value]);
  }
});

Deno.test("a covering prefix is a line by itself, and its Services have their own addresses", async () => {
  const bgp = { attributes: {}, serviceMaySet: [], aggregationLength: 28 };
  const metrics = metricsOf([session("leaf")], "metallb");
  metrics.pass(passOver(cluster({
    eips: [eip("edge", "203.0.113.0/24", { usingKnownIps: true, bgp })],
    services: [service("local", { externalTrafficPolicy: "Local" }), service("web")],
    endpointSlices: [slice("local", ["node1"]), slice("web", ["node1"])],
  })));
  const found = samples(await metrics.text());
  assertEquals(found.get('porter_eip_next_hops{eip="203.0.113.0/28"}'), 2);
  assertEquals(found.get('porter_eip_next_hops{eip="203.0.113.0"}'), 1);
  const announced = [...found.keys()].filter((each) => each.includes("speaker_announced"));
  assertEquals(announced.length, 3);
  assert(announced.every((each) => /ip="203.0.113.[01]"/.test(each)));
});

Deno.test("a label that holds a quote or a newline stays one label", async () => {
  const metrics = metricsOf([session('le"af\n')]);
  assertStringIncludes(await metrics.text(), 'porter_bgp_session_up{peer="le\\"af\\n"} 1\n');
});

Deno.test("the lines of ten thousand EIPs are made once, not at every scrape", async () => {
  const metrics = metricsOf([session("leaf")]);
  const pass = passWithRoutes(10_000);
  metrics.pass(pass);
  assertEquals(samples(await metrics.text()).get('porter_eip_next_hops{eip="203.0.39.15"}'), 3);
  let reads = 0;
  const watched = pass.plan.announced.map((route) =>
    new Proxy(route, { get: (target, key) => (reads++, Reflect.get(target, key)) })
  );
  metrics.pass({ ...pass, plan: { ...pass.plan, announced: watched } });
  await metrics.text();
  const first = reads;
  for (let round = 0; round < 3; round++) await metrics.text();
  assert(first >= 10_000);
  assertEquals(reads, first);
});

Deno.test("alerts and dashboard name metrics that there are", () => {
  const known = new Set(
    [...allFamilies.both, ...allFamilies.manager, ...allFamilies.agent].map(({ name }) => name),
  );
  const queries = [
    ...alerts.map(({ expr }) => expr),
    ...panels.flatMap(({ queries }) => queries.map(([expr]) => expr)),
  ];
  assert(queries.length > 20);
  for (const query of queries) {
    const names = query.match(/\b(?:porter|process)_[a-z0-9_]+/g) ?? [];
    assert(names.length > 0, query);
    for (const name of names) {
      assert(known.has(name.replace(/_(bucket|count|sum)$/, "")), `${name} in ${query}`);
    }
  }
  assertMatch(alerts.map(({ alert }) => alert).join(" "), /PorterSessionDown/);
});
