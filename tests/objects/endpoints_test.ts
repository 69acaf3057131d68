/**
 * EndpointSlices and Nodes: what the next hops are chosen from.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { formatAddress } from "../../lib/net/mod.ts";
import { type EndpointSlice, type Node, parseObject } from "../../lib/objects/mod.ts";

function slice(
  extra: Readonly<Record<string, unknown>>,
): { slice: EndpointSlice; warnings: string[] } {
  const parsed = parseObject({
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: { name: "web-x", namespace: "shop", labels: { "kubernetes.io/service-name": "web" } },
    addressType: "IPv4",
    ...extra,
  });
  assert(parsed.ok && parsed.value.kind === "EndpointSlice");
  return {
    slice: parsed.value.object,
    warnings: parsed.value.warnings.map((each) => `${each.field}: ${each.message}`),
  };
}

function node(extra: Readonly<Record<string, unknown>>): { node: Node; warnings: string[] } {
  const parsed = parseObject({
    apiVersion: "v1",
    kind: "Node",
    metadata: { name: "node1" },
    ...extra,
  });
  assert(parsed.ok && parsed.value.kind === "Node");
  return {
    node: parsed.value.object,
    warnings: parsed.value.warnings.map((each) => `${each.field}: ${each.message}`),
  };
}

Deno.test("an endpoint without nodeName or conditions is read, as ready and on no node", () => {
  // A nil nodeName ended the manager of 2020, over and over.
  const { slice: read } = slice({
    endpoints: [
      { addresses: ["10.1.0.1"] },
      { addresses: ["10.1.0.2"], nodeName: null, conditions: {} },
      { addresses: ["10.1.0.3"], nodeName: "", conditions: { ready: null } },
    ],
  });
  const ready = { ready: true, serving: true, terminating: false, nodeName: undefined };
  assertEquals(read.endpoints, [ready, ready, ready]);
});

Deno.test("an endpoint's conditions count as the API says", () => {
  const table: [Readonly<Record<string, boolean>>, readonly [boolean, boolean, boolean]][] = [
    [{ ready: true }, [true, true, false]],
    [{ ready: false }, [false, false, false]],
    [{ ready: false, serving: true, terminating: true }, [false, true, true]],
    [{ serving: false }, [true, false, false]],
  ];
  for (const [conditions, expected] of table) {
    const [read] = slice({ endpoints: [{ nodeName: "node1", conditions }] }).slice.endpoints;
    assertEquals([read?.ready, read?.serving, read?.terminating], [...expected]);
    assertEquals(read?.nodeName, "node1");
  }
});

Deno.test("a slice belongs to the Service of its label, in its family", () => {
  assertEquals(slice({}).slice.service, "web");
  assertEquals(slice({ endpoints: null }).slice.endpoints, []);
  for (const [addressType, family] of [["IPv4", 4], ["IPv6", 6], ["FQDN", undefined]] as const) {
    assertEquals(slice({ addressType }).slice.family, family);
  }
  const lost = slice({ metadata: { name: "web-x" } });
  assertEquals(lost.slice.service, "");
  assertEquals(lost.warnings, [
    "metadata.labels[kubernetes.io/service-name]: is missing, so the slice belongs to no Service",
  ]);
});

Deno.test("a node's next hops are its InternalIPs, whatever stands first", () => {
  // 2020 took the first address of any kind, which could be a name.
  const { node: read, warnings } = node({
    status: {
      addresses: [
        { type: "Hostname", address: "node1" },
        { type: "ExternalIP", address: "198.51.100.1" },
        { type: "InternalIP", address: "10.0.0.1" },
        { type: "InternalIP", address: "fd00:0::1" },
        { type: "InternalIP", address: "10.0.0.300" },
      ],
    },
  });
  assertEquals(read.internalIps.map(formatAddress), ["10.0.0.1", "fd00::1"]);
  assertEquals(warnings, [
    'status.addresses[4].address: "10.0.0.300" is not an IP address and is ignored',
  ]);
});

Deno.test("a node is ready by its condition, or when it has none at all", () => {
  const table: [unknown, readonly [boolean, boolean]][] = [
    [undefined, [true, false]],
    [[], [true, false]],
    [[{ type: "Ready", status: "True" }], [true, false]],
    [[{ type: "Ready", status: "False" }], [false, false]],
    [[{ type: "Ready", status: "Unknown" }], [false, false]],
    [[{ type: "MemoryPressure", status: "False" }], [false, false]],
    [[{ type: "Ready", status: "True" }, { type: "NetworkUnavailable", status: "True" }], [
      true,
      true,
    ]],
    [[{ type: "Ready", status: "True" }, { type: "NetworkUnavailable", status: "False" }], [
      true,
      false,
    ]],
  ];
  for (const [conditions, expected] of table) {
    const { node: read } = node({ status: { conditions } });
    assertEquals([read.ready, read.networkUnavailable], [...expected], JSON.stringify(conditions));
  }
});

Deno.test("a node is excluded by the label alone, and a cordoned one is told from others", () => {
  const label = "node.kubernetes.io/exclude-from-external-load-balancers";
  for (const value of ["", "false", "true"]) {
    assertEquals(
      node({ metadata: { name: "node1", labels: { [label]: value } } }).node.excluded,
      true,
    );
  }
  assertEquals(node({}).node.excluded, false);
  assertEquals(node({}).node.unschedulable, false);
  assertEquals(node({ spec: { unschedulable: true } }).node.unschedulable, true);
});
