/**
 * Services: whose they are, what they ask for, what they hold.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { formatAddress, ipv4, ipv6 } from "../../lib/net/mod.ts";
import {
  eipAnnotation,
  formatRecord,
  parseObject,
  parseRecord,
  recordAnnotation,
  recordEcho,
  type RecordEntry,
  type Service,
} from "../../lib/objects/mod.ts";

const optIn = "lb.kubesphere.io/v1alpha1";
const misspelt = "lb.kubesphere.io/v1apha1";

interface Options {
  readonly annotations?: Readonly<Record<string, string>>;
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly ingress?: readonly unknown[];
}

function read(options: Options): { service: Service; warnings: string[] } {
  const parsed = parseObject({
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "web", namespace: "shop", annotations: options.annotations ?? {} },
    spec: { type: "LoadBalancer", ...options.spec },
    status: { loadBalancer: { ingress: options.ingress ?? [] } },
  });
  assert(parsed.ok && parsed.value.kind === "Service");
  const warnings = parsed.value.warnings.map((each) => `${each.field}: ${each.message}`);
  return { service: parsed.value.object, warnings };
}

function held({ holds }: Service): string[] {
  return holds.map(({ address, pool, inStatus }) =>
    `${formatAddress(address)} ${pool ?? "?"} ${inStatus ? "in status" : "not in status"}`
  );
}

Deno.test("a Service is porter's by class, by annotation, by the misspelt annotation, or not", () => {
  const ours = "porter.kubesphere.io/porter";
  const table: [Options, Service["optIn"]][] = [
    [{}, "classless"],
    [{ spec: { loadBalancerClass: "" } }, "classless"],
    [{ annotations: { [optIn]: "porter" } }, "annotation"],
    [{ annotations: { [optIn]: "Porter" } }, "none"],
    [{ annotations: { [optIn]: "openelb" } }, "none"],
    [{ annotations: { [optIn]: "" } }, "none"],
    [{ annotations: { [misspelt]: "porter" } }, "misspelt-annotation"],
    [{ annotations: { [misspelt]: "porter", [optIn]: "porter" } }, "annotation"],
    [{ spec: { loadBalancerClass: ours } }, "class"],
    [{ spec: { loadBalancerClass: "" }, annotations: { [optIn]: "porter" } }, "annotation"],
    [{ spec: { loadBalancerClass: ours }, annotations: { [optIn]: "openelb" } }, "class"],
    [{ spec: { loadBalancerClass: "metallb.io/x" }, annotations: { [optIn]: "porter" } }, "none"],
  ];
  for (const [options, expected] of table) {
    assertEquals(read(options).service.optIn, expected, JSON.stringify(options));
  }
});

Deno.test("the misspelt opt-in of the README, and near misses of annotations, are warned about", () => {
  const table: [Readonly<Record<string, string>>, string[]][] = [
    [{ [misspelt]: "porter" }, [
      `metadata.annotations[${misspelt}]: is misspelt and works for now; write ${optIn}`,
    ]],
    [{ [optIn]: "Porter" }, [
      `metadata.annotations[${optIn}]: is ignored; it must be exactly porter`,
    ]],
    [{ [optIn]: "openelb" }, []],
    [{ "eip.porter.kubesphere.io/v1apha1": "203.0.113.1" }, [
      `metadata.annotations[eip.porter.kubesphere.io/v1apha1]: is not known and is ignored; did you mean ${eipAnnotation}?`,
    ]],
    [{ "kubesphere.io/creator": "admin" }, []],
  ];
  for (const [annotations, expected] of table) {
    assertEquals(read({ annotations }).warnings, expected);
  }
});

Deno.test("the annotation asks before loadBalancerIP, and our own echo in it asks for nothing", () => {
  const field = `metadata.annotations[${eipAnnotation}]` as const;
  const echo = {
    [eipAnnotation]: "203.0.113.1",
    [recordAnnotation]: "203.0.113.1 pool=edge by=loadBalancerIP",
  };
  const table: [Options, Service["requested"]][] = [
    [{}, undefined],
    [{ spec: { loadBalancerIP: "203.0.113.7" } }, {
      text: "203.0.113.7",
      field: "spec.loadBalancerIP",
    }],
    [{ spec: { loadBalancerIP: "" }, annotations: { [eipAnnotation]: " " } }, undefined],
    [
      { spec: { loadBalancerIP: "203.0.113.7" }, annotations: { [eipAnnotation]: "203.0.113.8" } },
      { text: "203.0.113.8", field },
    ],
    // 2020: once the annotation was written, later edits of loadBalancerIP were ignored.
    [
      { spec: { loadBalancerIP: "203.0.113.7" }, annotations: echo },
      { text: "203.0.113.7", field: "spec.loadBalancerIP" },
    ],
    [{ annotations: echo }, undefined],
    [
      { annotations: { ...echo, [eipAnnotation]: "203.0.113.9" } },
      { text: "203.0.113.9", field },
    ],
    // The user asked for what it holds: removing loadBalancerIP does not turn that into an echo.
    [
      { annotations: { ...echo, [recordAnnotation]: "203.0.113.1 pool=edge by=annotation" } },
      { text: "203.0.113.1", field },
    ],
    [{ annotations: { [eipAnnotation]: "not an address" } }, { text: "not an address", field }],
  ];
  for (const [options, expected] of table) {
    assertEquals(read(options).service.requested, expected, JSON.stringify(options));
  }
});

Deno.test("a Service holds what the record and the status say, each address once, the record first", () => {
  const record = {
    [recordAnnotation]: "203.0.113.1 pool=edge by=pool, 2001:db8::1 pool=six by=pool",
  };
  const ingress = [
    { ip: "2001:DB8:0::1" },
    { ip: "::ffff:203.0.113.9" },
    { hostname: "lb.example.org" },
    { ip: "nonsense" },
    null,
    { ip: "203.0.113.9" },
  ];
  assertEquals(held(read({ annotations: record, ingress }).service), [
    "203.0.113.1 edge not in status",
    "2001:db8::1 six in status",
    "203.0.113.9 ? in status",
  ]);
});

Deno.test("a record that cannot be read is a warning, and the status still counts", () => {
  const { service, warnings } = read({
    annotations: { [recordAnnotation]: "203.0.113.1" },
    ingress: [{ ip: "203.0.113.1" }],
  });
  assertEquals(held(service), ["203.0.113.1 ? in status"]);
  assertEquals(warnings, [
    `metadata.annotations[${recordAnnotation}]: "203.0.113.1" is no entry of the record; only status.loadBalancer says what is held`,
  ]);
});

Deno.test("statuses of any shape are tolerated: they are written by others too", () => {
  for (const status of [null, 7, [], { loadBalancer: 7 }, { loadBalancer: { ingress: {} } }]) {
    const parsed = parseObject({
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "web" },
      status,
    });
    assert(parsed.ok && parsed.value.kind === "Service");
    assertEquals(parsed.value.object.holds, []);
  }
});

Deno.test("families are as said, or of the cluster addresses, or what the policy needs, or IPv4", () => {
  const table: [Readonly<Record<string, unknown>>, readonly number[]][] = [
    [{}, [4]],
    [{ ipFamilies: ["IPv6", "IPv4"] }, [6, 4]],
    [{ clusterIP: "fd00::1" }, [6]],
    [{ clusterIP: "10.0.0.1", clusterIPs: ["10.0.0.1", "fd00::1"] }, [4, 6]],
    [{ clusterIP: "None" }, [4]],
    [{ ipFamilyPolicy: "RequireDualStack" }, [4, 6]],
    [{ ipFamilyPolicy: "PreferDualStack" }, [4, 6]],
    [{ ipFamilyPolicy: "PreferDualStack", ipFamilies: ["IPv4"] }, [4]],
    [{ ipFamilyPolicy: "RequireDualStack", ipFamilies: ["IPv6"] }, [6, 4]],
    [{ ipFamilyPolicy: "SingleStack", ipFamilies: ["IPv6", "IPv4"] }, [6]],
  ];
  for (const [spec, expected] of table) assertEquals(read({ spec }).service.families, expected);
});

Deno.test("ports, policy and protocol annotation come with their defaults", () => {
  const { service } = read({
    annotations: { "protocol.porter.kubesphere.io/v1alpha1": "layer2" },
    spec: {
      ports: [{ port: 80 }, { name: "dns", protocol: "UDP", port: 53 }],
      externalTrafficPolicy: "Local",
    },
  });
  assertEquals(service.ports, [
    { name: "", protocol: "TCP", port: 80 },
    { name: "dns", protocol: "UDP", port: 53 },
  ]);
  assertEquals(service.externalTrafficPolicy, "Local");
  assertEquals(service.requestedProtocol, "layer2");
  const bare = read({ spec: { type: undefined } }).service;
  assertEquals([bare.isLoadBalancer, bare.externalTrafficPolicy, bare.ports], [
    false,
    "Cluster",
    [],
  ]);
});

const entry: fc.Arbitrary<RecordEntry> = fc.record({
  address: fc.oneof(
    fc.nat(0xffffffff).map((value) => ipv4(value)),
    fc.bigInt(0n, (1n << 128n) - 1n).map((value) => ipv6(value)),
  ),
  pool: fc.stringMatching(/^[a-z0-9]([-a-z0-9.]{0,20}[a-z0-9])?$/),
  by: fc.constantFrom("pool", "annotation", "loadBalancerIP"),
}, { noNullPrototype: true });

Deno.test("a record that is written is read as the same", () => {
  fc.assert(fc.property(fc.array(entry), (entries) => {
    assertEquals(parseRecord(formatRecord(entries)), { ok: true, value: entries });
  }));
});

Deno.test("whatever was assigned, the annotation that porter writes back is never a request", () => {
  fc.assert(fc.property(fc.array(entry, { minLength: 1 }), (entries) => {
    const echo = recordEcho(entries);
    fc.pre(echo !== undefined);
    const annotations = { [recordAnnotation]: formatRecord(entries), [eipAnnotation]: echo ?? "" };
    assertEquals(read({ annotations }).service.requested, undefined);
  }));
});
