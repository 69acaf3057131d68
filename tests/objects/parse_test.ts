/**
 * The door: which objects come in, as what, and what is said of the others.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  type KindName,
  kindNames,
  type NounOfKind,
  parseObject,
  type Requirement,
} from "../../lib/objects/mod.ts";
import { formatAddress, ipv4 } from "../../lib/net/mod.ts";

const group = "network.kubesphere.io/v1alpha1";

/** The noun of an object that must be read without a word. */
function read<K extends KindName>(kind: K, raw: unknown): NounOfKind[K] {
  const { object, warnings } = readWarned(kind, raw);
  assertEquals(warnings, []);
  return object;
}

/** The noun of an object that must be read, and what is odd about it as "field: message". */
function readWarned<K extends KindName>(
  kind: K,
  raw: unknown,
): { object: NounOfKind[K]; warnings: string[] } {
  const parsed = parseObject(raw);
  assert(parsed.ok, parsed.ok ? "" : JSON.stringify(parsed.error));
  assert(parsed.value.kind === kind);
  return {
    object: parsed.value.object as NounOfKind[K],
    warnings: parsed.value.warnings.map((each) => `${each.field}: ${each.message}`),
  };
}

/** What is wrong with an object that must not be read, as "severity field: message". */
function faults(raw: unknown): string[] {
  const parsed = parseObject(raw);
  assert(!parsed.ok, "was read");
  return parsed.error.faults.map((each) => `${each.severity} ${each.field}: ${each.message}`);
}

function eip(spec: Record<string, unknown>): unknown {
  return { apiVersion: group, kind: "Eip", metadata: { name: "edge" }, spec };
}

function peer(spec: Record<string, unknown>): unknown {
  return { apiVersion: group, kind: "BgpPeer", metadata: { name: "tor-a" }, spec };
}

function conf(spec: Record<string, unknown>): unknown {
  return { apiVersion: group, kind: "BgpConf", metadata: { name: "cluster" }, spec };
}

const plainPeer = { config: { peerAs: 64600, neighborAddress: "10.40.0.1" } };

Deno.test("an Eip keeps every field of 2020", () => {
  const object = read(
    "Eip",
    eip({
      address: "203.0.113.32-203.0.113.61",
      protocol: "layer2",
      usingKnownIPs: true,
      disable: true,
    }),
  );
  assertEquals(object.spec, {
    address: "203.0.113.32-203.0.113.61",
    range: { first: ipv4(0xcb007120), last: ipv4(0xcb00713d) },
    protocol: "layer2",
    disable: true,
    usingKnownIps: true,
    priority: 100,
    autoAssign: true,
  });
  assertEquals(object.ref, { kind: "Eip", namespace: "", name: "edge" });
});

Deno.test("an Eip without protocol, or with the empty one of 2020, is for bgp", () => {
  assertEquals(read("Eip", eip({ address: "203.0.113.32" })).spec.protocol, "bgp");
  assertEquals(read("Eip", eip({ address: "203.0.113.32", protocol: "" })).spec.protocol, "bgp");
  assertEquals(faults(eip({ address: "203.0.113.32", protocol: "vip" })), [
    'error spec.protocol: must be bgp or layer2, not "vip"',
  ]);
});

Deno.test("an Eip takes one address, a prefix and a range of both families", () => {
  const texts = [
    "203.0.113.32",
    "203.0.113.0/24",
    "203.0.113.1-203.0.113.9",
    "2001:db8::/64",
    "2001:db8::1-2001:db8::9",
  ];
  for (const address of texts) {
    assert("first" in read("Eip", eip({ address })).spec.range, address);
  }
});

Deno.test("an Eip whose address means nothing stays, marked invalid, with a warning", () => {
  // 999.1.1.1 passed the pattern of 2020, and the pool then failed in silence.
  for (
    const address of ["999.1.1.1", "10.0.0.9-10.0.0.1", "10.0.0.0/33", "", "10.0.0.1-2001:db8::1"]
  ) {
    const { object, warnings } = readWarned("Eip", eip({ address }));
    assert("invalid" in object.spec.range, address);
    assertEquals(warnings, [`spec.address: ${object.spec.range.invalid}`]);
  }
});

Deno.test("a BgpConf keeps every field of 2020", () => {
  const object = read("BgpConf", conf({ as: 4200000001, routerID: "10.40.0.11", port: 17900 }));
  assertEquals(object.spec, {
    ...{ as: 4200000001, asPerRack: {}, routerId: ipv4(0x0a28000b), port: 17900 },
  });
  const racks = read(
    "BgpConf",
    conf({ as: 64620, routerID: "10.40.0.11", port: 179, asPerRack: { r1: 64621 } }),
  ).spec.asPerRack;
  assertEquals(racks, { r1: 64621 });
});

Deno.test("all faults of an object are told together, in plain words", () => {
  assertEquals(faults(conf({ as: 0, routerID: "0.0.0.0", port: "179" })), [
    "error spec.as: must be a whole number from 1 to 4294967295, not 0",
    'error spec.routerID: must be a dotted quad like 10.0.0.1, not 0.0.0.0, not "0.0.0.0"',
    'error spec.port: must be a whole number from 1 to 65535, not "179"',
  ]);
  assertEquals(faults(conf({ as: 4294967296, routerID: "10.0.0.256" })), [
    "error spec.as: must be a whole number from 1 to 4294967295, not 4294967296",
    'error spec.routerID: must be a dotted quad like 10.0.0.1, not 0.0.0.0, not "10.0.0.256"',
    "error spec.port: is required: a whole number from 1 to 65535",
  ]);
});

Deno.test("a BgpPeer keeps every field of 2020, and its timers", () => {
  const object = read(
    "BgpPeer",
    peer({
      usingPortForward: true,
      config: { peerAs: 64600, localAs: 64621, neighborAddress: "2001:db8::1" },
      addPaths: { sendMax: 4 },
      transport: { passiveMode: true, remotePort: 1179 },
      timers: { holdTime: 9, keepalive: 3, connectRetry: 5, idleHold: 2 },
      gracefulRestart: { enabled: true, restartTime: 30 },
    }),
  );
  const { neighborAddress, ...rest } = object.spec;
  assertEquals(formatAddress(neighborAddress), "2001:db8::1");
  assertEquals(rest, {
    peerAs: 64600,
    sendMax: 4,
    passiveMode: true,
    remotePort: 1179,
    usingPortForward: true,
    holdTime: 9,
    localAs: 64621,
    keepaliveTime: 3,
    connectRetryTime: 5,
    idleHoldTime: 2,
    restartTime: 30,
    speakers: { type: "Managers" },
  });
});

Deno.test("a BgpConf's nodeBfd has defaults where it is there, and is gone where it is off", () => {
  const nodeBfd = (said: unknown) =>
    read("BgpConf", conf({ as: 1, routerID: "10.0.0.1", port: 179, nodeBfd: said })).spec.nodeBfd;
  assertEquals(nodeBfd({}), { interval: 100, detectMultiplier: 3, maxUnreachable: 50 });
  const all = { interval: 300, detectMultiplier: 2, maxUnreachable: 0 };
  assertEquals(nodeBfd({ enabled: true, ...all }), all);
  assertEquals(nodeBfd({ enabled: false, ...all }), undefined);
  const bad = { interval: 19, detectMultiplier: 1, maxUnreachable: 101 };
  assertEquals(
    faults(conf({ as: 1, routerID: "10.0.0.1", port: 179, nodeBfd: bad })),
    [
      "error spec.nodeBfd.interval: must be a whole number from 20 to 60000, not 19",
      "error spec.nodeBfd.detectMultiplier: must be a whole number from 2 to 255, not 1",
      "error spec.nodeBfd.maxUnreachable: must be a whole number from 0 to 100, not 101",
    ],
  );
});

Deno.test("a BgpPeer's bfd has defaults where it is there, and is gone where it is off", () => {
  const bfd = (said: unknown) => read("BgpPeer", peer({ ...plainPeer, bfd: said })).spec.bfd;
  assertEquals(bfd({}), { minTx: 300, minRx: 300, detectMultiplier: 3 });
  const all = { minTx: 100, minRx: 50, detectMultiplier: 5, multiHop: true };
  assertEquals(bfd({ enabled: true, ...all }), all);
  assertEquals(bfd({ enabled: false, ...all }), undefined);
  assertEquals(faults(peer({ ...plainPeer, bfd: { minTx: 9, detectMultiplier: 0 } })), [
    "error spec.bfd.minTx: must be a whole number from 10 to 60000, not 9",
    "error spec.bfd.detectMultiplier: must be a whole number from 1 to 255, not 0",
  ]);
});

Deno.test("a BgpPeer's speakers are the managers, or the agents of all or some nodes", () => {
  const speakers = (said: unknown) =>
    read("BgpPeer", peer({ ...plainPeer, speakers: said })).spec.speakers;
  const all = { type: "Agents", nodeSelector: { requirements: [] } };
  assertEquals<unknown>(speakers({ type: "Agents" }), all);
  const rack: Requirement = { key: "rack", operator: "In", values: ["a"] };
  assertEquals(speakers({ type: "Agents", nodeSelector: { matchLabels: { rack: "a" } } }), {
    type: "Agents",
    nodeSelector: { requirements: [rack] },
  });
  const both = { type: "Managers", nodeSelector: { matchLabels: { rack: "a" } } };
  assertEquals(faults(peer({ ...plainPeer, speakers: both })), [
    "error spec.speakers.nodeSelector: goes with type Agents only",
  ]);
  assertEquals(faults(peer({ ...plainPeer, speakers: {} })), [
    "error spec.speakers.type: is required: Managers or Agents",
  ]);
});

Deno.test("a BgpPeer has the defaults where nothing is said, and sendMax 0 is the default", () => {
  const { neighborAddress: _, ...spec } = read("BgpPeer", peer(plainPeer)).spec;
  const defaults = {
    peerAs: 64600,
    sendMax: 8,
    passiveMode: false,
    remotePort: 179,
    usingPortForward: false,
    holdTime: 90,
    localAs: 0,
    keepaliveTime: 0,
    connectRetryTime: 10,
    idleHoldTime: 1,
    restartTime: 4,
    speakers: { type: "Managers" },
  };
  assertEquals(spec, defaults);
  assertEquals(read("BgpPeer", peer({ ...plainPeer, addPaths: { sendMax: 0 } })).spec.sendMax, 8);
});

Deno.test("a BgpPeer's keepalive is at most a third of its hold time", () => {
  const read = (timers: object) => parseObject(peer({ ...plainPeer, timers }));
  const said = (timers: object): readonly string[] => faults(peer({ ...plainPeer, timers }));
  const no =
    "error spec.timers.keepalive: must be at most a third of holdTime (RFC 4271 section 4.4)";
  assert(read({ keepalive: 30 }).ok && read({ keepalive: 3, holdTime: 9 }).ok);
  assert(read({ keepalive: 4, holdTime: 0 }).ok);
  assertEquals(said({ keepalive: 31 }), [no]);
  assertEquals(said({ keepalive: 4, holdTime: 9 }), [no]);
});

Deno.test("routes are kept over a restart of managers by default, of agents only where asked", () => {
  const restartTime = (more: object): number =>
    read("BgpPeer", peer({ ...plainPeer, ...more })).spec.restartTime;
  const speakers = { type: "Agents" };
  assertEquals(restartTime({}), 4);
  assertEquals(restartTime({ gracefulRestart: { enabled: false, restartTime: 30 } }), 0);
  assertEquals(restartTime({ speakers }), 0);
  assertEquals(restartTime({ speakers, gracefulRestart: {} }), 4);
  assertEquals(restartTime({ speakers, gracefulRestart: { restartTime: 30 } }), 30);
});

Deno.test("a BgpPeer's hold time is 0 or at least 3, and its neighbour can be a router", () => {
  for (const holdTime of [0, 3, 65535]) {
    assertEquals(
      read("BgpPeer", peer({ ...plainPeer, timers: { holdTime } })).spec.holdTime,
      holdTime,
    );
  }
  for (const holdTime of [1, 2]) {
    assertEquals(faults(peer({ ...plainPeer, timers: { holdTime } })), [
      `error spec.timers.holdTime: must be 0 or from 3 to 65535 (RFC 4271 section 4.2), not ${holdTime}`,
    ]);
  }
  for (
    const neighborAddress of ["0.0.0.0", "::", "224.0.0.5", "ff02::1", "255.255.255.255", "tor-a"]
  ) {
    assertEquals(faults(peer({ config: { peerAs: 1, neighborAddress } })), [
      `error spec.config.neighborAddress: must be the IPv4 or IPv6 address of a router, not "${neighborAddress}"`,
    ]);
  }
});

Deno.test("a BgpPeer's transport says how its sockets are made", () => {
  const transport = {
    sourceAddress: "10.40.0.2",
    interface: "eth1",
    ttlSecurity: 1,
  };
  const { spec } = read("BgpPeer", peer({ ...plainPeer, transport }));
  assertEquals(
    [spec.sourceAddress, spec.interface, spec.ttlSecurity, spec.ebgpMultiHop],
    [ipv4(0x0a280002), "eth1", 1, undefined],
  );
  const far = read("BgpPeer", peer({ ...plainPeer, transport: { ebgpMultiHop: 255 } }));
  assertEquals(far.spec.ebgpMultiHop, 255);
  const config = { peerAs: 1, neighborAddress: "fe80::1" };
  const local = read("BgpPeer", peer({ config, transport: { interface: "eth1" } }));
  assertEquals(local.spec.interface, "eth1");
});

const contradictions: readonly (readonly [Record<string, unknown>, string, string])[] = [
  [{ ttlSecurity: 1, ebgpMultiHop: 2 }, "10.40.0.1", "transport.ebgpMultiHop: cannot stand beside"],
  [{ sourceAddress: "fd00::2" }, "10.40.0.1", "transport.sourceAddress: must be of the family"],
  [{}, "fe80::1", "transport.interface: is required"],
  [{ interface: "e", ebgpMultiHop: 2 }, "fe80::1", "transport.ebgpMultiHop: cannot be"],
  [{ interface: "e", ttlSecurity: 2 }, "fe80::1", "transport.ttlSecurity: must be 1"],
  [{ interface: "a name too long for it" }, "10.40.0.1", "transport.interface: must be the name"],
  [{ interface: "a/b" }, "10.40.0.1", "transport.interface: must be the name"],
  [
    { ttlSecurity: 255 },
    "10.40.0.1",
    "transport.ttlSecurity: must be a whole number from 1 to 254",
  ],
  [
    { sourceAddress: "0.0.0.0" },
    "10.40.0.1",
    "transport.sourceAddress: must be an address of this",
  ],
];

Deno.test("agents of many nodes cannot have one source address", () => {
  const spec = { transport: { sourceAddress: "10.40.0.2" }, speakers: { type: "Agents" } };
  assertEquals(faults(peer({ ...plainPeer, ...spec })), [
    "error spec.transport.sourceAddress: cannot be one address for the agents of all nodes",
  ]);
});

for (const [transport, neighborAddress, said] of contradictions) {
  Deno.test(`a BgpPeer's transport cannot be ${JSON.stringify(transport)} for ${neighborAddress}`, () => {
    const found = faults(peer({ config: { peerAs: 1, neighborAddress }, transport }));
    assertEquals(found.length, 1);
    assert(found[0]?.startsWith(`error spec.${said}`), found[0]);
  });
}

Deno.test("an IPv4-mapped neighbour is the IPv4 neighbour", () => {
  const object = read(
    "BgpPeer",
    peer({ config: { peerAs: 1, neighborAddress: "::ffff:10.40.0.1" } }),
  );
  assertEquals(object.spec.neighborAddress, ipv4(0x0a280001));
});

Deno.test("a misspelt field is a warning that names the right one, and rejects nothing", () => {
  const { object, warnings } = readWarned(
    "BgpPeer",
    peer({ ...plainPeer, addAaths: { sendMax: 4 } }),
  );
  assertEquals(object.spec.sendMax, 8);
  assertEquals(warnings, [
    "spec.addAaths: is not a known field and is ignored; did you mean addPaths?",
  ]);
  assertEquals(faults(eip({ adress: "203.0.113.32" })), [
    "error spec.address: is required: text (numbers and true or false need quotes)",
    "warning spec.adress: is not a known field and is ignored; did you mean address?",
  ]);
});

Deno.test("a field of another version is a warning that says which fields there are", () => {
  const { warnings } = readWarned("Eip", eip({ address: "203.0.113.32", interface: "eth0" }));
  assertEquals(warnings, [
    "spec.interface: is not a known field and is ignored; known here: address, protocol, disable, usingKnownIPs, priority, autoAssign, namespaces, namespaceSelector, serviceSelector, bgp",
  ]);
});

Deno.test("fields of Kubernetes kinds that porter does not read are fine, near misses are not", () => {
  const raw = (spec: Record<string, unknown>): unknown => ({
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "web", resourceVersion: "7", managedFields: [] },
    spec: { sessionAffinity: "None", selector: { app: "web" }, ...spec },
  });
  read(
    "Service",
    raw({ externalIPs: [], healthCheckNodePort: 1, allocateLoadBalancerNodePorts: false }),
  );
  assertEquals(readWarned("Service", raw({ loadBalancerIp: "203.0.113.32" })).warnings, [
    "spec.loadBalancerIp: is not a known field and is ignored; did you mean loadBalancerIP?",
  ]);
});

Deno.test("kinds that porter does not read are ignored, not faults", () => {
  const others = [
    ["apps/v1", "Deployment"],
    ["v1", "ConfigMap"],
    ["v1", "Endpoints"],
    ["serving.knative.dev/v1", "Service"],
    ["kustomize.config.k8s.io/v1beta1", "Kustomization"],
  ];
  for (const [apiVersion, kind] of others) {
    assertEquals(parseObject({ apiVersion, kind }), { ok: true, value: { kind: "Ignored" } });
  }
});

Deno.test("porter's kinds in another version, case or group are faults that say what to write", () => {
  assertEquals(faults({ apiVersion: "network.kubesphere.io/v1alpha2", kind: "Eip" }), [
    `error apiVersion: must be ${group}, not "network.kubesphere.io/v1alpha2"`,
  ]);
  assertEquals(faults({ apiVersion: group, kind: "BGPPeer" }), [
    'error kind: "BGPPeer" is not a kind of network.kubesphere.io; did you mean BgpPeer?',
  ]);
  assertEquals(faults({ apiVersion: group, kind: "Pool" }), [
    'error kind: "Pool" is not a kind of network.kubesphere.io; use Eip, BgpConf or BgpPeer',
  ]);
  assertEquals(faults({ apiVersion: "v1" }), [
    "error kind: is required: is this a Kubernetes object?",
  ]);
  assertEquals(faults({ kind: "Eip" }), ["error apiVersion: is required"]);
  assertEquals(faults(["v1"]), [
    "error : must be an object with apiVersion, kind and metadata, not a list",
  ]);
});

Deno.test("an object that cannot be read is still named when its name can", () => {
  const parsed = parseObject(eip({}));
  assert(!parsed.ok);
  assertEquals(parsed.error.ref, { kind: "Eip", namespace: "", name: "edge" });
  const nameless = parseObject({ apiVersion: group, kind: "Eip", spec: { address: "10.0.0.1" } });
  assert(!nameless.ok);
  assertEquals(nameless.error.ref, undefined);
  const evil = parseObject({
    apiVersion: group,
    kind: "Eip",
    metadata: { name: "../../etc" },
    spec: {},
  });
  assert(!evil.ok);
  assertEquals(evil.error.ref, undefined);
});

Deno.test("metadata is read as the API has it, null means not there", () => {
  const object = read("Service", {
    apiVersion: "v1",
    kind: "Service",
    metadata: {
      name: "web",
      namespace: "shop",
      uid: "u-1",
      generation: 3,
      creationTimestamp: "2026-01-31T12:00:00Z",
      deletionTimestamp: "2026-02-01T12:00:00Z",
      labels: { app: "web" },
      annotations: { "example.org/large": "x", "lb.kubesphere.io/v1alpha1": "porter" },
      finalizers: ["finalizer.lb.kubesphere.io/v1alpha1"],
    },
    spec: null,
    status: { loadBalancer: {} },
  });
  assertEquals(object.ref, { kind: "Service", namespace: "shop", name: "web" });
  assertEquals(object.createdAt, Date.UTC(2026, 0, 31, 12));
  assertEquals(object.deleting, true);
  assertEquals([object.uid, object.generation], ["u-1", 3]);
  assertEquals(object.annotations, { "lb.kubesphere.io/v1alpha1": "porter" });
  assertEquals(object.finalizers, ["finalizer.lb.kubesphere.io/v1alpha1"]);
  assertEquals(object.status, { loadBalancer: {} });
  const bare = read("Service", {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "web", creationTimestamp: null, labels: null },
  });
  assertEquals([bare.ref.namespace, bare.createdAt, bare.deleting], ["default", 0, false]);
});

Deno.test("a BgpPeer can be everybody who connects from a prefix, and is passive then", () => {
  const of = (config: object, more: object = {}) =>
    peer({ config: { peerAs: 1, ...config }, ...more });
  const { spec } = read("BgpPeer", of({ listenRange: "10.40.0.9/24", listenLimit: 7 }));
  assertEquals(spec.listenRange?.limit, 7);
  assertEquals(formatAddress(spec.neighborAddress), "10.40.0.0");
  assertEquals([spec.listenRange?.prefix.length, spec.passiveMode], [24, true]);
  const link = of({ listenRange: "fe80::/64" }, { transport: { interface: "eth0" } });
  assertEquals(read("BgpPeer", link).spec.listenRange?.limit, 100);
  assertEquals(read("BgpPeer", peer(plainPeer)).spec.listenRange, undefined);
  const wrong = [
    [{}, "neighborAddress: is required: the IPv4 or IPv6 address of a router"],
    [{ listenRange: "0.0.0.0/0" }, "listenRange: must be a prefix of routers"],
    [{ listenRange: "224.0.0.0/8" }, "listenRange: must be a prefix of routers"],
    [{ listenRange: "10.0.0.1" }, "listenRange: must be a prefix of routers"],
    [
      { neighborAddress: "10.0.0.1", listenRange: "10.0.0.0/8" },
      "listenRange: cannot stand beside",
    ],
    [{ neighborAddress: "10.0.0.1", listenLimit: 3 }, "listenLimit: goes with listenRange only"],
    [{ listenRange: "10.0.0.0/8", listenLimit: 1001 }, "listenLimit: must be a whole number"],
  ] as const;
  for (const [config, said] of wrong) {
    const found = faults(of(config));
    assert(found.some((each) => each.startsWith(`error spec.config.${said}`)), found.join());
  }
  assertEquals(faults(of({ listenRange: "fe80::/64" })), [
    "error spec.transport.interface: is required: the neighbour is link-local",
  ]);
});

Deno.test("a BgpPeer names a Secret and a key of it", () => {
  const ref = (passwordSecretRef: unknown) => peer({ ...plainPeer, passwordSecretRef });
  const { spec } = read("BgpPeer", ref({ name: "leaf" }));
  assertEquals(spec.passwordSecretRef, { name: "leaf", key: "password" });
  const whole = { name: "leaf", namespace: "porter-system", key: "tor-a" };
  assertEquals(read("BgpPeer", ref(whole)).spec.passwordSecretRef, whole);
  assertEquals(faults(ref({ name: "leaf", key: "a b" })), [
    'error spec.passwordSecretRef.key: must be a key of a Secret, not "a b"',
  ]);
  assertEquals(faults(ref({ key: "x" })).length, 1);
});

Deno.test("a Secret's values come in, hidden, and no fault tells one", () => {
  const secret = (more: object) => ({
    ...{ apiVersion: "v1", kind: "Secret", metadata: { name: "leaf", namespace: "x" } },
    ...more,
  });
  const data = { a: btoa("correct"), b: btoa("horse") };
  const object = read("Secret", secret({ data, stringData: { b: "battery" } }));
  const shown = Object.entries(object.data).map(([key, value]) => [key, value.reveal()]);
  assertEquals(shown, [["a", "correct"], ["b", "battery"]]);
  assertEquals(JSON.stringify(object).includes("battery"), false);
  for (const wrong of ["horse!", 12345678, ["horse"], { horse: 1 }]) {
    assertEquals(faults(secret({ data: { a: wrong } })), ["error data.a: must be base64 text"]);
  }
  assertEquals(faults(secret({ stringData: { a: 12345678 } })), [
    "error stringData.a: must be text",
  ]);
  assertEquals(faults(secret({ data: "horse" })), [
    "error data: must be a mapping of names to text",
  ]);
});

Deno.test("whatever it is given, the door neither throws nor lets an error pass without words", () => {
  const metadata = fc.record({ name: fc.constantFrom("web", "Web", 7), labels: fc.anything() });
  const near = fc.record({
    apiVersion: fc.constantFrom("v1", group, "discovery.k8s.io/v1"),
    kind: fc.constantFrom(...kindNames),
    metadata: fc.oneof(metadata, fc.anything()),
    spec: fc.anything(),
    status: fc.anything(),
    endpoints: fc.anything(),
    data: fc.anything(),
    stringData: fc.anything(),
  }, { requiredKeys: ["apiVersion", "kind"] });
  fc.assert(
    fc.property(fc.oneof(near, fc.anything()), (raw) => {
      const parsed = parseObject(raw);
      if (parsed.ok) return;
      assert(parsed.error.faults.some((each) => each.severity === "error"));
      for (const { message } of parsed.error.faults) {
        assert(
          message !== "" && !/expected|Invalid/.test(message.replace(/not ".*"$/, "")),
          message,
        );
      }
    }),
    { numRuns: 500 },
  );
});

Deno.test("an object that contains itself, or is nested without end, is a fault", () => {
  const round: Record<string, unknown> = { apiVersion: "v1", kind: "Service" };
  round.spec = round;
  assertEquals(faults(round), ["error : is nested more than 100 levels deep"]);
});
