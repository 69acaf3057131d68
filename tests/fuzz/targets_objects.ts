/**
 * Fuzz targets of manifests and records. Their laws: reading never throws; what cannot be read has a
 * fault that is an error; what was read is read the same again; a record survives being written.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { formatRecord, parseObject, parseRecord } from "../../lib/objects/mod.ts";
import { readDocument, splitDocuments } from "../../lib/store/directory/manifest.ts";
import type { FuzzTarget } from "./runner.ts";

const utf8 = new TextEncoder();

const manifests = [
  `apiVersion: network.kubesphere.io/v1alpha1
kind: BgpPeer
metadata: {name: tor-a}
spec:
  config: {peerAs: 64600, neighborAddress: "2001:db8::1"}
  addPaths: {sendMax: 8}
  transport: {passiveMode: no, remotePort: 179, ttlSecurity: 1, interface: eth0}
  passwordSecretRef: {name: leaf, key: tor-a}
---
apiVersion: v1
kind: Secret
metadata: {name: leaf, namespace: porter-system}
data: {tor-a: Y29ycmVjdCBob3JzZQ==}
stringData: {tor-b: horse}
`,
  `apiVersion: network.kubesphere.io/v1alpha1
kind: Eip
metadata: {name: edge}
spec: {address: 203.0.113.32-203.0.113.61, protocol: bgp, usingKnownIPs: yes}
---
apiVersion: v1
kind: Service
metadata:
  name: web
  annotations:
    lb.kubesphere.io/v1alpha1: porter
    porter.kubesphere.io/assigned: 203.0.113.32 pool=edge by=pool
spec: {type: LoadBalancer, ports: [{port: 80}]}
status: {loadBalancer: {ingress: [{ip: 203.0.113.32}]}}
`,
  `apiVersion: v1
kind: List
items:
- &node {apiVersion: v1, kind: Node, metadata: {name: node1}}
- <<: *node
  status: {addresses: [{type: InternalIP, address: 10.0.0.1}], conditions: [{type: Ready, status: "True"}]}
- apiVersion: discovery.k8s.io/v1
  kind: EndpointSlice
  metadata: {name: web-x, labels: {kubernetes.io/service-name: web}}
  addressType: IPv4
  endpoints: [{nodeName: node1, conditions: {ready: true}}]
`,
];

function readManifest(bytes: Uint8Array): void {
  const text = new TextDecoder().decode(bytes);
  for (const piece of splitDocuments(text)) {
    const lines = piece.text.split("\n").length;
    const document = readDocument(piece.text);
    for (
      const { line } of [
        ...document.faults,
        ...document.entries.flatMap(({ faults }) => faults),
      ]
    ) {
      assert(Number.isInteger(line) && line >= 0 && line <= lines, `line ${line} of ${lines}`);
    }
    for (const { noun, raw, faults, key } of document.entries) {
      assertEquals(noun === undefined, faults.some(({ fault }) => fault.severity === "error"));
      if (noun === undefined) continue;
      assert(key !== undefined);
      const again = parseObject(raw);
      assert(again.ok && again.value.kind !== "Ignored");
      assertEquals(again.value.object, noun.object);
    }
  }
}

function readRecord(bytes: Uint8Array): void {
  const record = parseRecord(new TextDecoder().decode(bytes));
  if (!record.ok) return;
  assertEquals(parseRecord(formatRecord(record.value)), record);
}

/** The targets of this file. */
export const targets: readonly FuzzTarget[] = [
  {
    name: "objects-manifest",
    seeds: manifests.map((text) => utf8.encode(text)),
    run: readManifest,
  },
  {
    name: "objects-record",
    seeds: [utf8.encode("203.0.113.32 pool=edge by=pool, 2001:db8::1 pool=six by=annotation")],
    run: readRecord,
  },
];
