/**
 * Objects as an API server gives them: what porter does not know is passed over, and nothing else is
 * read otherwise than from a file.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { parseObject, parseServed } from "../../lib/objects/mod.ts";

/** Not a word that some field's name is near to. */
const strange = fc.constantFrom("managedFields", "zzzzzzzzzzzz");

const text = fc.constantFrom("", "a", "10.0.0.1", "IPv4", "Local", "LoadBalancer");

/** A field as a server gives it, or as it does not. */
const odd = <T>(value: fc.Arbitrary<T>) =>
  fc.oneof(
    { weight: 30, arbitrary: value as fc.Arbitrary<unknown> },
    fc.constant(null),
    fc.jsonValue({ maxDepth: 2 }),
  );

const metadata = fc.record({
  name: odd(fc.constant("web")),
  namespace: odd(fc.constant("shop")),
  labels: odd(fc.dictionary(fc.constantFrom("kubernetes.io/service-name", "b"), odd(text))),
  annotations: odd(fc.dictionary(fc.constantFrom("lb.kubesphere.io/v1alpha1"), odd(text))),
  managedFields: fc.jsonValue(),
}, { requiredKeys: ["name", "namespace"] });

const service = fc.record({
  metadata: odd(metadata),
  spec: odd(fc.record({
    type: odd(text),
    selector: odd(fc.dictionary(fc.constant("app"), text)),
    ports: odd(fc.array(odd(fc.record({ port: odd(fc.constant(80)), targetPort: odd(text) })))),
    clusterIPs: odd(fc.array(odd(text))),
  }, { requiredKeys: [] })),
  status: odd(fc.record({
    loadBalancer: odd(fc.record({ ingress: odd(fc.array(odd(fc.record({ ip: text })))) })),
    conditions: odd(fc.array(odd(fc.record({ type: text, reason: odd(text) })))),
  }, { requiredKeys: [] })),
}, { requiredKeys: ["metadata"] });

const slice = fc.record({
  metadata: odd(metadata),
  addressType: odd(text),
  endpoints: odd(fc.array(odd(fc.record({
    addresses: odd(fc.array(text)),
    nodeName: odd(text),
    conditions: odd(fc.record({ ready: odd(fc.boolean()), other: odd(text) })),
  }, { requiredKeys: [] })))),
}, { requiredKeys: ["metadata"] });

Deno.test("an object of an API server is read as from a file, whatever it has beside", () => {
  const cases = fc.oneof(
    service.map((raw) => ({ ...raw, apiVersion: "v1", kind: "Service" as const })),
    slice.map((raw) => ({
      ...raw,
      apiVersion: "discovery.k8s.io/v1",
      kind: "EndpointSlice" as const,
    })),
  );
  let read = 0;
  fc.assert(
    fc.property(cases, strange, fc.jsonValue(), (made, name, value) => {
      const raw = JSON.parse(JSON.stringify(made)) as typeof made;
      const [file, served] = [parseObject(raw), parseServed(raw.kind, { ...raw, [name]: value })];
      assertEquals(served.ok, file.ok, JSON.stringify(served));
      if (!file.ok || !served.ok) return;
      assert(file.value.kind === raw.kind && served.value.kind === raw.kind);
      assertEquals(served.value.object, file.value.object);
      read++;
    }),
    { numRuns: 1000 },
  );
  assert(read > 100, `only ${read} objects could be read`);
});

Deno.test("what a server nests deeper than anything of Kubernetes counts as unknown", () => {
  const round: Record<string, unknown> = {};
  round.round = round;
  const parsed = parseServed("Service", { metadata: { name: "web" }, status: round });
  assert(parsed.ok && parsed.value.kind === "Service");
  assertEquals(parsed.value.object.status, {});
});
