import { assert, assertEquals } from "@std/assert";
import type { PeerStatus } from "../../lib/bgp/model/mod.ts";
import { formatAddress, ipv4 } from "../../lib/net/mod.ts";
import type { Snapshot } from "../../lib/objects/mod.ts";
import { plan, statuses, type StatusPatch } from "../../lib/plan/mod.ts";
import {
  addressOf,
  bgpConf,
  bgpPeer,
  cluster,
  eip,
  service,
  slice,
  snapshot,
} from "../support/objects.ts";
import { session as sessionWith } from "../observe/state.ts";
import { type Raw, rawEip, rawNodes, rawService, rawSlice, rawSpeaker, World } from "./world.ts";

const now = Date.UTC(2026, 10, 23, 12, 0, 0, 789);

function patchOf(snapshot: Snapshot, name: string): StatusPatch | undefined {
  return statuses(plan(snapshot), snapshot, { now }).find((each) => each.object.name === name);
}

function condition(status: string, type: string, reason: string, message: string): Raw {
  const lastTransitionTime = "2026-11-23T12:00:00Z";
  return { type, status, reason, message, observedGeneration: 1, lastTransitionTime };
}

Deno.test("a Service that gets an address gets ingress, record, echo and conditions", () => {
  const patch = patchOf(
    cluster({ services: [service("web")], endpointSlices: [slice("web", ["node1"])] }),
    "web",
  );
  assertEquals<unknown>(patch, {
    object: { kind: "Service", namespace: "default", name: "web" },
    after: [{ kind: "Eip", namespace: "", name: "edge" }],
    annotations: {
      "porter.kubesphere.io/assigned": "203.0.113.1 pool=edge by=pool",
      "eip.porter.kubesphere.io/v1alpha1": "203.0.113.1",
    },
    status: {
      loadBalancer: { ingress: [{ ip: "203.0.113.1", ipMode: "VIP" }] },
      conditions: [
        condition(
          "True",
          "porter.kubesphere.io/Allocated",
          "Assigned",
          "203.0.113.1 from Eip edge",
        ),
        condition(
          "True",
          "porter.kubesphere.io/Announced",
          "Announced",
          "203.0.113.1 is announced to every peer whose session is up",
        ),
      ],
    },
  });
});

Deno.test("what is written once is not written again", () => {
  const world = new World([
    rawEip("edge", "203.0.113.0/28"),
    ...rawSpeaker,
    ...rawNodes,
    rawService("web"),
    rawSlice("web", [{ nodeName: "node1" }]),
    rawService("refused", { spec: { loadBalancerIP: "8.8.8.8" } }),
  ]);
  assertEquals(world.step().patches, []);
});

Deno.test("ipMode that an old API server drops is not written again and again", () => {
  const first = cluster({ services: [service("web")] });
  const patch = patchOf(first, "web");
  const conditions = (patch?.status as Raw).conditions;
  const written = service("web", {
    held: { "203.0.113.1": "edge" },
    annotations: patch?.annotations as Record<string, string>,
    status: { conditions, loadBalancer: { ingress: [{ ip: "203.0.113.1" }] } },
  });
  assertEquals(patchOf({ ...first, services: [written] }, "web"), undefined);
});

Deno.test("other people's conditions and ingress entries survive when a Service is let go", () => {
  const theirs = { type: "example.com/Mine", status: "True" };
  const held = service("web", {
    optIn: "none",
    held: { "203.0.113.1": "edge" },
    annotations: {
      "porter.kubesphere.io/assigned": "203.0.113.1 pool=edge by=pool",
      "eip.porter.kubesphere.io/v1alpha1": "203.0.113.1",
    },
    status: {
      conditions: [theirs, { type: "porter.kubesphere.io/Announced", status: "True" }],
      loadBalancer: { ingress: [{ hostname: "x.example" }, { ip: "203.0.113.1" }] },
    },
  });
  assertEquals<unknown>(patchOf(cluster({ services: [held] }), "web"), {
    object: held.ref,
    annotations: {
      "porter.kubesphere.io/assigned": null,
      "eip.porter.kubesphere.io/v1alpha1": null,
    },
    status: { loadBalancer: { ingress: [{ hostname: "x.example" }] }, conditions: [theirs] },
  });
});

Deno.test("a Service that is let go keeps the annotation that the user wrote", () => {
  const held = service("web", {
    isLoadBalancer: false,
    annotation: "203.0.113.1",
    held: { "203.0.113.1": "edge" },
    annotations: {
      "porter.kubesphere.io/assigned": "203.0.113.1 pool=edge by=annotation",
      "eip.porter.kubesphere.io/v1alpha1": "203.0.113.1",
    },
  });
  const patch = patchOf(cluster({ services: [held] }), "web");
  assertEquals(patch?.annotations, { "porter.kubesphere.io/assigned": null });
});

Deno.test("a request by annotation that cannot be served is not written over", () => {
  const asks = service("web", {
    annotation: "8.8.8.8",
    held: { "203.0.113.1": "edge" },
    annotations: {
      "porter.kubesphere.io/assigned": "203.0.113.1 pool=edge by=pool",
      "eip.porter.kubesphere.io/v1alpha1": "8.8.8.8",
    },
  });
  const patch = patchOf(cluster({ services: [asks] }), "web");
  assertEquals(patch?.annotations, undefined);
  assertEquals((patch?.status as Raw).loadBalancer, {
    ingress: [{ ip: "203.0.113.1", ipMode: "VIP" }],
  });
});

Deno.test("a Service that is refused keeps what others wrote into its status", () => {
  const foreign = service("web", {
    loadBalancerIp: "8.8.8.8",
    held: { "192.0.2.1": null },
    status: { loadBalancer: { ingress: [{ ip: "192.0.2.1" }] } },
  });
  const patch = patchOf(cluster({ services: [foreign] }), "web");
  assertEquals(Object.keys(patch?.status ?? {}), ["conditions"]);
  assertEquals(patch?.annotations, undefined);
});

Deno.test("a Service that nothing of porter's is on gets no patch", () => {
  const foreign = service("web", { optIn: "none", held: { "203.0.113.1": null } });
  assertEquals(patchOf(cluster({ services: [foreign] }), "web"), undefined);
});

Deno.test("the condition of a refused Service goes when it is not porter's any more", () => {
  const refused = service("web", {
    optIn: "none",
    status: { conditions: [{ type: "porter.kubesphere.io/Allocated", status: "False" }] },
  });
  assertEquals(patchOf(cluster({ services: [refused] }), "web")?.status, { conditions: null });
});

Deno.test("the time of transition moves only with the status", () => {
  const world = new World([rawEip("edge", "203.0.113.1"), rawService("web")]);
  const times = (): Readonly<Record<string, string>> =>
    Object.fromEntries(
      (world.service("web").status.conditions as Record<string, string>[])
        .map((each) => [each.type ?? "", each.lastTransitionTime ?? ""]),
    );
  const before = times();
  world.settle([rawEip("edge", "203.0.113.1", { disable: true }), rawService("web")]);
  assertEquals(world.conditions("web").Allocated, "True PoolDisabled");
  assertEquals(times(), before);
  const ready = [...rawSpeaker, ...rawNodes, rawSlice("web", [{ nodeName: "node1" }])];
  world.settle([rawEip("edge", "203.0.113.1"), rawService("web"), ...ready]);
  const after = times();
  const key = "porter.kubesphere.io/Announced";
  assert((after[key] ?? "") > (before[key] ?? ""));
  assertEquals(after["porter.kubesphere.io/Allocated"], before["porter.kubesphere.io/Allocated"]);
});

Deno.test("without a BgpConf a Service says that it is not announced", () => {
  const snapshot = cluster({
    bgpConfs: [],
    services: [service("web")],
    endpointSlices: [slice("web", ["node1"])],
  });
  const conditions = patchOf(snapshot, "web")?.status?.conditions as readonly Raw[];
  assertEquals(conditions[1]?.reason, "BgpConfMissing");
});

Deno.test("an Eip says how it is filled", () => {
  const snapshot = cluster({
    eips: [eip("edge", "203.0.113.0/30")],
    services: [service("a"), service("b"), service("c"), service("d")],
  });
  assertEquals<unknown>(patchOf(snapshot, "edge")?.status, {
    occupied: true,
    usage: 3,
    poolSize: 3,
    used: { "203.0.113.1": "default/a", "203.0.113.2": "default/b", "203.0.113.3": "default/c" },
    conditions: [condition("True", "Ready", "Ready", "The pool hands out addresses")],
  });
});

Deno.test("an Eip of a thousand Services lists all of them: each entry is a claim", () => {
  const services = Array.from({ length: 1100 }, (_, index) => service(`s${index}`));
  const snapshot = cluster({ eips: [eip("edge", "10.0.0.0/16")], services });
  const status = patchOf(snapshot, "edge")?.status;
  assertEquals(status?.usage, 1100);
  assertEquals(Object.keys(status?.used as Raw).length, 1100);
});

Deno.test("Eips that are refused, disabled or being deleted say so", () => {
  const reasons = (parts: Partial<Snapshot>): readonly unknown[] =>
    statuses(plan(snapshot(parts)), snapshot(parts), { now }).map((each) =>
      (each.status?.conditions as readonly Raw[])[0]?.reason
    );
  const eips = [
    eip("a", "203.0.113.300"),
    eip("b", "203.0.113.0/24", { disable: true }),
    eip("c", "203.0.113.0/25", { createdAt: 1 }),
    eip("d", "192.0.2.1", { protocol: "layer2" }),
    eip("e", "192.0.2.2", { deleting: true }),
  ];
  assertEquals(reasons({ eips }), [
    "PoolInvalidAddress",
    "Disabled",
    "PoolOverlap",
    "PoolProtocolUnsupported",
    "Deleting",
  ]);
});

Deno.test("BgpConfs and BgpPeers say whether they are accepted", () => {
  const parts = {
    bgpConfs: [bgpConf("first"), bgpConf("second")],
    bgpPeers: [
      bgpPeer("forward", "fe80::1", { usingPortForward: true, interface: "eth0" }),
      bgpPeer("twin", "fe80::1", { createdAt: 1, interface: "eth0" }),
    ],
  };
  const patches = statuses(plan(snapshot(parts)), snapshot(parts), {
    now,
    refusals: [{
      object: parts.bgpConfs[0]!.ref,
      reason: "ListenFailed",
      message: "Cannot listen on port 17900: it is in use",
    }],
  });
  const said = patches.map((each) =>
    [
      each.object.name,
      ...(each.status?.conditions as readonly Raw[]).map((c) =>
        `${c.type} ${c.status} ${c.reason}`
      ),
    ].join(": ")
  );
  assertEquals(said, [
    "first: Accepted False ListenFailed",
    "second: Accepted False BgpConfSuperseded",
    "forward: Accepted True Accepted: PortForward False PeerUnsupported",
    "twin: Accepted False PeerDuplicate",
  ]);
});

const session = sessionWith("leaf", {
  since: Date.UTC(2026, 10, 23, 11),
  flaps: 2,
  peerCapabilities: [],
  ...{ prefixesSent: 7, pathsSent: 21, prefixesReceived: 1 },
  ...{ messagesSent: {}, messagesReceived: {} },
});

function peerPatch(
  status: Readonly<Record<string, unknown>>,
  sessions: readonly PeerStatus[] | undefined,
): Readonly<Record<string, unknown>> {
  const snapshot = cluster({ bgpPeers: [bgpPeer("leaf", "10.0.0.1", { status })] });
  const patches = statuses(plan(snapshot), snapshot, {
    now,
    ...(sessions === undefined ? {} : { sessions }),
  });
  return patches.find((each) => each.object.name === "leaf")?.status ?? {};
}

Deno.test("a BgpPeer says how its session does, in plain data, once", () => {
  const status = peerPatch({}, [session]);
  assertEquals<unknown>({ ...status, conditions: undefined }, {
    conditions: undefined,
    state: "Established",
    since: "2026-11-23T11:00:00Z",
    flaps: 2,
    prefixesSent: 7,
    pathsSent: 21,
    prefixesReceived: 1,
    prefixesHeldBack: 0,
    negotiated: {
      holdTime: 90,
      families: ["ipv4-unicast"],
      addPathSend: ["ipv4-unicast"],
      internal: false,
      peerBgpId: formatAddress(ipv4(0x0a000001)),
    },
  });
  assertEquals(peerPatch(status, [session]), {});
  assertEquals(peerPatch(status, undefined), {}, "sessions left out leave their part alone");
});

Deno.test("a BgpPeer of a range says each session, and is up when any is", () => {
  const of = (address: string, state: PeerStatus["state"]): PeerStatus => ({
    ...session,
    ...{ name: `leaf@${address}`, address: addressOf(address), state, prefixesSent: 2 },
  });
  const { negotiated: _, ...whole } = session;
  const sessions = [of("10.0.0.20", "Established"), of("10.0.0.3", "OpenSent")];
  const up = peerPatch({}, [{ ...whole, sessions }]);
  const since = "2026-11-23T11:00:00Z";
  assertEquals(up["sessions"], [
    { address: "10.0.0.3", state: "Down", since, prefixesSent: 2 },
    { address: "10.0.0.20", state: "Established", since, prefixesSent: 2 },
  ]);
  assert(JSON.stringify(up["conditions"]).includes("1 of the range are up"));
  const down = peerPatch(up, [{ ...whole, state: "Active", sessions: [] }]);
  assertEquals(down["sessions"], []);
  assert(JSON.stringify(down["conditions"]).includes("Nobody of the range has a session"));
});

Deno.test("a session that goes leaves nothing of itself in the status but why", () => {
  const status = peerPatch({}, [session]);
  const { negotiated: _, ...rest } = session;
  const down = peerPatch(status, [{ ...rest, state: "Active", lastError: "Hold timer expired" }]);
  assertEquals(down.state, "Down");
  assertEquals(down.negotiated, null);
  assertEquals(down.lastError, "Hold timer expired");
  assertEquals((down.conditions as readonly Raw[])[1]?.message, "Hold timer expired");
  const none = peerPatch(status, []);
  assertEquals(none.state, null);
  assertEquals((none.conditions as readonly Raw[]).length, 1);
});

Deno.test("the states of a try that comes and goes change nothing in a status", () => {
  const { negotiated: _, ...rest } = session;
  const later = (seconds: number, state: PeerStatus["state"], flaps = 3): PeerStatus => ({
    ...{ ...rest, state, flaps, since: session.since + seconds * 1000, lastError: "refused" },
    sessions: [{ ...rest, state, since: session.since + seconds * 1000 }],
  });
  const first = peerPatch(peerPatch({}, [session]), [later(1, "Idle")]);
  const status = { ...peerPatch({}, [session]), ...first };
  assertEquals([status["state"], status["since"]], ["Down", "2026-11-23T11:00:01Z"]);
  assertEquals(peerPatch(status, [later(2, "Connect")]), {});
  assertEquals(peerPatch(status, [later(3, "Active")]), {});
  // It was up in between, however short.
  const again = peerPatch(status, [later(4, "Idle", 4)]);
  assertEquals([again["since"], again["flaps"]], ["2026-11-23T11:00:04Z", 4]);
});

Deno.test("who leaves an address is written before who gets it, one link of a chain at a time", () => {
  const parts = cluster({
    services: [
      service("a", { loadBalancerIp: "203.0.113.2", held: { "203.0.113.1": "edge" } }),
      service("b", { loadBalancerIp: "203.0.113.3", held: { "203.0.113.2": "edge" } }),
      service("c", {
        optIn: "none",
        held: { "203.0.113.3": "edge" },
        annotations: { "porter.kubesphere.io/assigned": "203.0.113.3 pool=edge by=pool" },
      }),
    ],
  });
  const written = (now: Snapshot): readonly string[] =>
    statuses(plan(now), now, { now: 0 }).map((each) => each.object.name).slice(0, 3);
  assertEquals(written(parts), ["c", "edge", "b"]);
  const [a, b, c] = parts.services;
  assert(a !== undefined && b !== undefined && c !== undefined);
  const moved = service("b", { held: { "203.0.113.3": "edge" } });
  const rest = { ...parts, services: [a, moved, { ...c, holds: [], annotations: {} }] };
  assertEquals(written(rest), ["edge", "b", "a"]);
});

Deno.test("an address is claimed in its Eip, at the version read, before its Service has it", () => {
  const parts = cluster({
    eips: [eip("edge", "203.0.113.0/24", { resourceVersion: "7" })],
    services: [service("web", { resourceVersion: "8" })],
  });
  const [claim, record] = statuses(plan(parts), parts, { now });
  assertEquals(
    [claim?.object.kind, claim?.ifUnchanged, claim?.status?.used],
    ["Eip", "7", { "203.0.113.1": "default/web" }],
  );
  assertEquals([record?.object.kind, record?.ifUnchanged], ["Service", "8"]);
});

Deno.test("a claim for a Service that has nothing yet is followed, and nobody else gets its address", () => {
  const used = { "203.0.113.5": "default/web", "203.0.113.1": "default/api" };
  const parts = cluster({
    eips: [eip("edge", "203.0.113.0/24", { status: { used } })],
    services: [service("api"), service("new"), service("web", { createdAt: 9 })],
  });
  const given = plan(parts).services.flatMap((each) =>
    each.assignments.map((a) => `${a.service.name} ${formatAddress(a.address)}`)
  );
  assertEquals(given, ["api 203.0.113.1", "new 203.0.113.2", "web 203.0.113.5"]);
});

Deno.test("before a claim is dropped its Service must be as it was read, or be gone", () => {
  const used = { "203.0.113.5": "default/web", "203.0.113.6": "default/gone" };
  const parts = cluster({
    eips: [eip("edge", "203.0.113.0/24", { status: { used }, resourceVersion: "7" })],
    services: [
      service("web", {
        resourceVersion: "8",
        held: { "203.0.113.9": "edge" },
        annotations: { "porter.kubesphere.io/assigned": "203.0.113.9 pool=edge by=pool" },
      }),
    ],
  });
  const patches = statuses(plan(parts), parts, { now });
  assertEquals(patches.slice(0, 2), [
    {
      object: { kind: "Service", namespace: "default", name: "web" },
      annotations: { "porter.kubesphere.io/released": null },
      ifUnchanged: "8",
    },
    {
      object: { kind: "Service", namespace: "default", name: "gone" },
      annotations: { "porter.kubesphere.io/released": "203.0.113.6@7" },
      mustBeGone: true,
    },
  ]);
  assertEquals(patches[2]?.status?.used, { "203.0.113.9": "default/web" });
});

Deno.test("a chain of ten thousand is ordered without running out of stack", () => {
  const size = 10_000;
  const text = (value: number): string => formatAddress(ipv4(0x0a000000 + value));
  const services = Array.from({ length: size }, (_, index) =>
    service(`s${index}`, {
      createdAt: index,
      loadBalancerIp: text(index + 1),
      held: { [text(index)]: "edge" },
    }));
  const parts = cluster({
    eips: [eip("edge", "10.0.0.0/16", { usingKnownIps: true })],
    nodes: [],
    services,
  });
  const patches = statuses(plan(parts), parts, { now });
  const first = patches.find((each) => each.object.kind === "Service");
  assertEquals(first?.object.name, `s${size - 1}`);
});

Deno.test("nothing is written while objects are missing", () => {
  const parts = cluster({ complete: false, services: [service("web")] });
  assertEquals(statuses(plan(parts), parts, { now }), []);
});

Deno.test("a Service that prefers two families and got one says which one is missing", () => {
  const web = service("web", { families: [4, 6], ipFamilyPolicy: "PreferDualStack" });
  const parts = cluster({ services: [web] });
  const planned = plan(parts);
  assertEquals(planned.refusals.map((each) => each.reason), ["NoReadyEndpoint"]);
  const patch = statuses(planned, parts, { now }).find((each) => each.object.kind === "Service");
  const [allocated] = patch?.status?.conditions as readonly Raw[];
  assertEquals(
    [allocated?.status, allocated?.reason, allocated?.message],
    [
      "True",
      "Assigned",
      "203.0.113.1 from Eip edge. No Eip of IPv6 addresses for bgp exists; create one",
    ],
  );
});

Deno.test("who follows a claim that stands already writes the Eip too, so that nobody drops it meanwhile", () => {
  const used = { "203.0.113.5": "default/web" };
  const pool = eip("edge", "203.0.113.0/24", {
    status: { used, followed: 2 },
    resourceVersion: "7",
  });
  const parts = cluster({ eips: [pool], services: [service("web")] });
  const [first, second] = statuses(plan(parts), parts, { now });
  assertEquals([first?.object.kind, first?.ifUnchanged, first?.status?.followed], ["Eip", "7", 3]);
  assertEquals(first?.status?.used, undefined);
  assertEquals(second?.object.name, "web");
});
