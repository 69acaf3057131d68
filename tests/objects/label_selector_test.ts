/** LabelSelectors as the Kubernetes API has them. */

import { assert, assertEquals } from "@std/assert";
import { parseObject, selects } from "../../lib/objects/mod.ts";
import type { Eip } from "../../lib/objects/mod.ts";

function eip(spec: Readonly<Record<string, unknown>>): Eip {
  const parsed = parseObject({
    apiVersion: "network.kubesphere.io/v1alpha1",
    kind: "Eip",
    metadata: { name: "edge" },
    spec: { address: "203.0.113.1", ...spec },
  });
  assert(parsed.ok && parsed.value.kind === "Eip");
  return parsed.value.object;
}

Deno.test("a selector means the objects for which every requirement holds", () => {
  const rows: readonly (readonly [unknown, Readonly<Record<string, string>>, boolean])[] = [
    [{}, {}, true],
    [{ matchLabels: { a: "1" } }, { a: "1", b: "2" }, true],
    [{ matchLabels: { a: "1" } }, { a: "2" }, false],
    [{ matchLabels: { a: "1" } }, {}, false],
    [{ matchLabels: { a: "1", b: "2" } }, { a: "1" }, false],
    [{ matchExpressions: [{ key: "a", operator: "In", values: ["1", "2"] }] }, { a: "2" }, true],
    [{ matchExpressions: [{ key: "a", operator: "In", values: ["1"] }] }, {}, false],
    [{ matchExpressions: [{ key: "a", operator: "NotIn", values: ["1"] }] }, { a: "1" }, false],
    [{ matchExpressions: [{ key: "a", operator: "NotIn", values: ["1"] }] }, {}, true],
    [{ matchExpressions: [{ key: "a", operator: "Exists" }] }, { a: "" }, true],
    [{ matchExpressions: [{ key: "toString", operator: "Exists" }] }, {}, false],
    [{ matchExpressions: [{ key: "a", operator: "DoesNotExist" }] }, {}, true],
    [{ matchExpressions: [{ key: "a", operator: "DoesNotExist" }] }, { a: "" }, false],
    [
      { matchLabels: { a: "1" }, matchExpressions: [{ key: "b", operator: "Exists" }] },
      { a: "1" },
      false,
    ],
  ];
  for (const [selector, labels, expected] of rows) {
    const { serviceSelector } = eip({ serviceSelector: selector }).spec;
    assert(serviceSelector !== undefined);
    assertEquals(selects(serviceSelector, labels), expected, JSON.stringify([selector, labels]));
  }
});

Deno.test("an Eip without new fields serves everybody, in the middle of the order", () => {
  const { priority, autoAssign, namespaces, namespaceSelector, serviceSelector } = eip({}).spec;
  assertEquals([priority, autoAssign], [100, true]);
  assertEquals([namespaces, namespaceSelector, serviceSelector], [undefined, undefined, undefined]);
});
