/**
 * Snapshots: order, references, and what counts as a change.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  buildSnapshot,
  emptySnapshot,
  formatFault,
  nextSnapshot,
  type Noun,
  parseObject,
  sameValue,
} from "../../lib/objects/mod.ts";
import { ipv4, ipv6 } from "../../lib/net/mod.ts";

function noun(kind: "Service" | "Node", name: string, labels: Record<string, string> = {}): Noun {
  const parsed = parseObject({ apiVersion: "v1", kind, metadata: { name, labels } });
  assert(parsed.ok && parsed.value.kind !== "Ignored");
  return parsed.value;
}

Deno.test("a snapshot orders objects by namespace and name, whatever order they come in", () => {
  const names = ["web", "api", "a.b", "a-b"];
  const orders = [names, names.toReversed()].map((order) =>
    buildSnapshot(order.map((name) => noun("Service", name))).services.map(({ ref }) => ref.name)
  );
  assertEquals(orders[0], ["a-b", "a.b", "api", "web"]);
  assertEquals(orders[1], orders[0]);
});

Deno.test("nextSnapshot() gives the same snapshot when nothing changed", () => {
  const before = buildSnapshot([noun("Service", "web"), noun("Node", "node1")]);
  const change = { set: [noun("Service", "web")], removed: [noun("Node", "gone").object.ref] };
  assert(nextSnapshot(before, change) === before);
  assert(nextSnapshot(before, { faults: [], reserved: [] }) === before);
});

Deno.test("nextSnapshot() keeps lists in which nothing changed", () => {
  const before = buildSnapshot([noun("Service", "web"), noun("Node", "node1")]);
  const after = nextSnapshot(before, { set: [noun("Node", "node2")] });
  assert(after.services === before.services);
  assert(after.nodes[0] === before.nodes[0]);
  assertEquals(after.nodes.map(({ ref }) => ref.name), ["node1", "node2"]);
});

Deno.test("nextSnapshot() sees that addresses are no longer reserved", () => {
  const service = { kind: "Service", namespace: "shop", name: "web" };
  const before = nextSnapshot(emptySnapshot, { reserved: [{ address: ipv4(1), service }] });
  assertEquals(before.reserved?.length, 1);
  assert(nextSnapshot(before, {}) === before);
  assertEquals(nextSnapshot(before, { reserved: [] }).reserved, undefined);
});

Deno.test("any sequence of changes ends where building anew ends", () => {
  const change = fc.record({
    name: fc.constantFrom("a", "b", "c", "d"),
    kind: fc.constantFrom("Service" as const, "Node" as const),
    label: fc.option(fc.constantFrom("1", "2")),
  });
  fc.assert(fc.property(fc.array(fc.array(change)), (batches) => {
    const wanted = new Map<string, Noun>();
    let snapshot = emptySnapshot;
    for (const batch of batches) {
      const now = new Map<string, Noun | undefined>();
      for (const { name, kind, label } of batch) {
        now.set(`${kind}/${name}`, label === null ? undefined : noun(kind, name, { label }));
      }
      const removed = [...now].filter(([, each]) => each === undefined)
        .map(([key]) => noun(key.split("/")[0] as "Service", key.split("/")[1] ?? "").object.ref);
      snapshot = nextSnapshot(snapshot, {
        set: [...now.values()].filter((each) => each !== undefined),
        removed,
      });
      for (const [key, each] of now) {
        if (each === undefined) wanted.delete(key);
        else wanted.set(key, each);
      }
    }
    assertEquals(snapshot, buildSnapshot(wanted.values()));
  }));
});

Deno.test("sameValue() compares plain data by what it says", () => {
  assert(sameValue({ a: [1, { b: 2n }], c: undefined }, { c: undefined, a: [1, { b: 2n }] }));
  assert(sameValue(ipv6(5n), ipv6(5n)));
  for (
    const [a, b] of [[1, 2], [[], {}], [{ a: 1 }, { b: 1 }], [{ a: undefined }, {}], [null, {}], [
      1,
      1n,
    ]]
  ) {
    assert(!sameValue(a, b), `${String(a)} ${String(b)}`);
  }
});

Deno.test("formatFault() writes file:line: object: field: what is wrong", () => {
  const fault = {
    severity: "error" as const,
    object: { kind: "BgpPeer", namespace: "", name: "tor-a" },
    file: "peers.yaml",
    line: 7,
    field: "spec.config.peerAs",
    message: "is required",
  };
  assertEquals(formatFault(fault), "peers.yaml:7: BgpPeer tor-a: spec.config.peerAs: is required");
  const { object: _, ...rest } = fault;
  assertEquals(
    formatFault({ ...rest, severity: "warning", field: "" }),
    "peers.yaml:7: warning: is required",
  );
});
