import { assertEquals } from "@std/assert";
import type { HostState } from "../../lib/host/mod.ts";
import { formatAddress, formatPrefix } from "../../lib/net/mod.ts";
import { hostState, HostStates, plan, recorded } from "../../lib/plan/mod.ts";
import { bgpConf, cluster, eip, node, service, slice, snapshot } from "../support/objects.ts";

function text(state: HostState): readonly string[] {
  return state.eips.map(({ address, ports }) =>
    [formatAddress(address), ...ports.map((each) => `${each.protocol}/${each.port}`)].join(" ")
  );
}

Deno.test("hostState() has every EIP held by our record, with the ports, in order", () => {
  const state = hostState(
    snapshot({
      services: [
        service("b", {
          held: { "203.0.113.9": "edge", "2001:db8::1": "edge6" },
          ports: [
            { name: "dns", protocol: "UDP", port: 53 },
            { name: "dns-tcp", protocol: "TCP", port: 53 },
            { name: "again", protocol: "TCP", port: 53 },
            { name: "assoc", protocol: "SCTP", port: 9 },
            { name: "low", protocol: "TCP", port: 7 },
          ],
        }),
        service("a", { held: { "203.0.113.10": "edge" } }),
      ],
    }),
  );
  assertEquals(text(state), [
    "203.0.113.9 sctp/9 tcp/7 tcp/53 udp/53",
    "203.0.113.10 tcp/80",
    "2001:db8::1 sctp/9 tcp/7 tcp/53 udp/53",
  ]);
});

Deno.test("hostState() leaves out what only a status says, and any node's own address", () => {
  const state = hostState(
    snapshot({
      services: [
        service("status", { held: { "203.0.113.1": null } }),
        service("node", { held: { "10.0.0.12": "edge" } }),
        service("fine", { held: { "203.0.113.2": "edge" } }),
      ],
      nodes: [node("node1", ["10.0.0.11"]), node("node2", ["10.0.0.12"])],
    }),
  );
  assertEquals(text(state), ["203.0.113.2 tcp/80"]);
});

Deno.test("hostState() has what the brake holds, without a port, and only while it is on", () => {
  const conf = bgpConf("conf");
  const brake = { maxWithdrawn: 50, within: 10_000, minRoutes: 10 };
  const status = {
    brake: {
      ...{ since: "2026-01-31T12:00:00Z", routes: 4, percent: 80 },
      held: [{
        addresses: ["203.0.113.1-203.0.113.3", "10.0.0.11"],
        // The second one is no Eip's, and would cut the nodes off.
        prefixes: ["198.51.100.0/24", "10.0.0.0/24"],
        paths: [{ nextHop: "10.0.0.11" }],
      }],
    },
  };
  const bgp = { attributes: {}, serviceMaySet: [], aggregationLength: 24 };
  const world = (bgpConf: typeof conf) =>
    snapshot({
      bgpConfs: [bgpConf],
      eips: [eip("covered", "198.51.100.0/24", { bgp })],
      services: [service("a", { held: { "203.0.113.2": "edge" } })],
      nodes: [node("node1", ["10.0.0.11"])],
    });
  const on = hostState(world({ ...conf, status, spec: { ...conf.spec, brake } }));
  assertEquals(text(on), ["203.0.113.1", "203.0.113.2 tcp/80", "203.0.113.3"]);
  assertEquals(on.discards?.map(formatPrefix), ["198.51.100.0/24"]);
  assertEquals(text(hostState(world({ ...conf, status }))), ["203.0.113.2 tcp/80"]);
});

Deno.test("hostState() keeps a Service that is let go until its record is cleared", () => {
  const gone = service("gone", { optIn: "none", held: { "203.0.113.1": "edge" } });
  assertEquals(text(hostState(snapshot({ services: [gone] }))), ["203.0.113.1 tcp/80"]);
});

Deno.test("recorded() is the snapshot as it reads once the plan is written", () => {
  const before = cluster({
    services: [
      service("new"),
      service("gone", { optIn: "none", held: { "203.0.113.7": "edge" } }),
      service("foreign", { optIn: "none", held: { "192.0.2.1": null } }),
    ],
    endpointSlices: [slice("new", ["node1"])],
  });
  const after = recorded(before, plan(before));
  assertEquals(text(hostState(after)), ["203.0.113.1 tcp/80"]);
  assertEquals(after.services.map((each) => each.holds.length), [1, 0, 1]);
  assertEquals(plan(after).services[0]?.assignments[0]?.by, "held");
});

Deno.test("HostStates gives the same value until something that a host state is made of changes", () => {
  const states = new HostStates();
  const now = snapshot({
    services: [service("web", { held: { "203.0.113.1": "edge" } })],
    nodes: [node("node1", ["10.0.0.1"])],
  });
  const first = states.of(now);
  assertEquals(first, hostState(now));
  const others = { ...now, endpointSlices: [slice("web", ["node1"])], faults: [] };
  assertEquals(states.of(others) === first, true);
  const changes: readonly Partial<typeof now>[] = [
    { services: [] },
    { nodes: [node("node1", ["203.0.113.1"])] },
    { eips: [eip("edge", "203.0.113.0/24")] },
    { bgpPeers: [] },
    { bgpConfs: [bgpConf("conf")] },
  ];
  for (const change of changes) {
    const changed = { ...now, ...change };
    assertEquals(states.of(changed), hostState(changed));
    assertEquals(states.of(now), first);
  }
});
