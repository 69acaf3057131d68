/**
 * Fuzz targets of manifests, records, label selectors and objects of others. Their laws: reading never throws; what cannot be read has a
 * fault that is an error; what was read is read the same again; a record survives being written.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { objectsIn } from "../../lib/cli/import.ts";
import { Failure } from "../../lib/cli/failure.ts";
import { migrate, type RawObject } from "../../lib/migrate/mod.ts";
import {
  labelSelectorSchema,
  readLabelSelector,
  selects,
} from "../../lib/objects/label_selector.ts";
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

/** `{"selector": ..., "labels": ...}` in JSON. */
function select(bytes: Uint8Array): void {
  const said = jsonOf(bytes);
  const schema = labelSelectorSchema.safeParse(said.selector);
  if (!schema.success) return;
  const selector = readLabelSelector(schema.data);
  const labels = Object.fromEntries(
    Object.entries(said.labels ?? {}).map(([key, value]) => [key, String(value)]),
  );
  const all = selector.requirements.map((each) => selects({ requirements: [each] }, labels));
  assertEquals(selects(selector, labels), all.every((holds) => holds));
  for (const [at, { key, operator, values }] of selector.requirements.entries()) {
    const not =
      ({ In: "NotIn", NotIn: "In", Exists: "DoesNotExist", DoesNotExist: "Exists" } as const)[
        operator
      ];
    const negated = selects({ requirements: [{ key, operator: not, values }] }, labels);
    assertEquals(negated, !all[at], "neither it nor its opposite");
  }
}

function jsonOf(bytes: Uint8Array): { readonly selector?: unknown; readonly labels?: object } {
  try {
    return Object(JSON.parse(new TextDecoder().decode(bytes)));
  } catch {
    return {};
  }
}

/** What `porter import` makes of a text: objects that porter can tell, and notes with their place. */
function importText(bytes: Uint8Array): void {
  let raw: readonly RawObject[];
  try {
    raw = objectsIn(new TextDecoder().decode(bytes), "file");
  } catch (thrown) {
    assert(thrown instanceof Failure, `threw ${thrown}`);
    return;
  }
  const { objects, notes } = migrate(raw);
  for (const { object, message } of notes) assert(object.length > 0 && message.length > 0);
  assert(JSON.stringify(objects).length > 0);
  // What it made can be made into the same again by nobody but porter: reading it does not throw.
  for (const each of objects) parseObject(each);
}

const foreign = ["metallb", "openelb", "porter_2020"].flatMap((name) =>
  Deno.readTextFileSync(new URL(`../golden/migrate/${name}/input.yaml`, import.meta.url))
    .split(/^---$/m).filter((text) => text.trim() !== "")
);

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
  {
    name: "objects-label-selector",
    seeds: [
      `{"selector":{"matchLabels":{"rack":"7"},"matchExpressions":[{"key":"zone","operator":"NotIn","values":["a","b"]}]},"labels":{"rack":"7","zone":"c"}}`,
      `{"selector":{"matchExpressions":[{"key":"a","operator":"Exists"},{"key":"b","operator":"DoesNotExist"},{"key":"c","operator":"In","values":["1"]}]},"labels":{"a":""}}`,
    ].map((text) => utf8.encode(text)),
    run: select,
  },
  { name: "migrate", seeds: foreign.map((text) => utf8.encode(text)), run: importText },
];
