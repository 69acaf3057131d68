import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import {
  decodeHost,
  diffHost,
  type HostObserved,
  type HostState,
  isSettled,
  refusedAddresses,
  renderRuleset,
  sameHostState,
} from "../../lib/host/mod.ts";
import { formatAddress, formatPrefix } from "../../lib/net/mod.ts";
import { address, FakeNode, prefixOf } from "./fake_node.ts";

const nothing: HostObserved = {
  routes: [],
  discards: [],
  strayRoutes: [],
  foreignLocal: [],
  table: undefined,
};
const emptyTable = { eips: [], services: [], rulesIntact: true };

function state(eips: Record<string, readonly string[]>): HostState {
  return {
    eips: Object.entries(eips).map(([text, ports]) => ({
      address: address(text),
      ports: ports.map((port) => {
        const [protocol, number] = port.split(" ");
        assert(protocol === "tcp" || protocol === "udp" || protocol === "sctp");
        return { protocol, port: Number(number) };
      }),
    })),
  };
}

Deno.test("diffHost() writes the whole table on a fresh node, and the routes after it", () => {
  const wanted = state({
    "203.0.113.1": ["tcp 80", "udp 53"],
    "203.0.113.2": [],
    "2001:db8::1": ["tcp 80", "sctp 9"],
  });
  assertEquals(diffHost(wanted, nothing), {
    nftScript: renderRuleset() +
      "add element inet porter eips4 { 203.0.113.1, 203.0.113.2 }\n" +
      "add element inet porter eips6 { 2001:db8::1 }\n" +
      "add element inet porter services4 { 203.0.113.1 . tcp . 80, 203.0.113.1 . udp . 53 }\n" +
      "add element inet porter services6 { 2001:db8::1 . tcp . 80, 2001:db8::1 . sctp . 9 }\n",
    ipBatch: "route add local 203.0.113.1 dev lo table local proto 179\n" +
      "route add local 203.0.113.2 dev lo table local proto 179\n" +
      "route add local 2001:db8::1 dev lo table local proto 179 metric 1024\n",
  });
});

Deno.test("diffHost() finds nothing to do in what the real tools list of the state it made", () => {
  const read = (name: string): string =>
    Deno.readTextFileSync(new URL(`../golden/host/${name}`, import.meta.url));
  const observed = decodeHost({
    routes4: read("routes4.json"),
    routes6: read("routes6.json"),
    table: read("table.json"),
  });
  assert(observed.ok);
  const wanted = state({
    "203.0.113.1": ["tcp 80", "udp 53"],
    "203.0.113.2": [],
    "2001:db8::1": ["tcp 80", "sctp 9"],
  });
  // The listing has odd routes with our mark, to be removed; but for those it is settled.
  assertEquals(observed.value.strayRoutes.length, 5);
  assertEquals(diffHost(wanted, observed.value), {
    nftScript: "",
    ipBatch: observed.value.strayRoutes.map((route) => `route del ${route}\n`).join(""),
  });
  assert(isSettled(diffHost(wanted, { ...observed.value, strayRoutes: [] })));
});

Deno.test("diffHost() changes only elements while the rules are intact", () => {
  const observed: HostObserved = {
    ...nothing,
    routes: [address("203.0.113.1")],
    table: {
      eips: [address("203.0.113.1")],
      services: ["203.0.113.1 tcp 80", "203.0.113.1 udp 53"],
      rulesIntact: true,
    },
  };
  assertEquals(diffHost(state({ "203.0.113.1": ["tcp 80", "tcp 443"] }), observed), {
    nftScript: "add element inet porter services4 { 203.0.113.1 . tcp . 443 }\n" +
      "delete element inet porter services4 { 203.0.113.1 . udp . 53 }\n",
    ipBatch: "",
  });
});

Deno.test("diffHost() closes the ports and removes the route first, and the guard in the next round", () => {
  const node = FakeNode.from({
    ...nothing,
    routes: [address("203.0.113.1"), address("203.0.113.2")],
    table: {
      eips: [address("203.0.113.1"), address("203.0.113.2")],
      services: ["203.0.113.2 tcp 80"],
      rulesIntact: true,
    },
  });
  const wanted = state({ "203.0.113.1": [] });
  const first = diffHost(wanted, node.observe());
  assertEquals(first, {
    nftScript: "delete element inet porter services4 { 203.0.113.2 . tcp . 80 }\n",
    ipBatch: "route del local 203.0.113.2 dev lo table local proto 179\n",
  });
  node.apply(first);
  assertEquals(diffHost(wanted, node.observe()), {
    nftScript: "delete element inet porter eips4 { 203.0.113.2 }\n",
    ipBatch: "",
  });
});

Deno.test("diffHost() leaves no trace where nothing is wanted", () => {
  assert(isSettled(diffHost({ eips: [] }, nothing)));
  assertEquals(diffHost({ eips: [] }, { ...nothing, table: emptyTable }), {
    nftScript: "delete table inet porter\n",
    ipBatch: "",
  });
});

Deno.test("diffHost() neither routes nor guards an address that the node has itself", () => {
  const observed: HostObserved = {
    ...nothing,
    foreignLocal: [
      { address: address("10.0.0.5"), device: "eth0" },
      { address: address("10.0.0.5"), device: "kube-ipvs0" },
      { address: address("10.0.0.6"), device: "eth0" },
    ],
  };
  const wanted = state({ "10.0.0.5": ["tcp 80"], "203.0.113.1": [] });
  const change = diffHost(wanted, observed);
  assert(!change.ipBatch.includes("10.0.0."));
  assert(!change.nftScript.includes("10.0.0."));
  assertStringIncludes(change.ipBatch, "203.0.113.1");
  assertEquals(refusedAddresses(wanted, observed), [
    { address: address("10.0.0.5"), device: "eth0" },
  ]);
});

Deno.test("diffHost() lets go at once of an address that the node has got itself meanwhile", () => {
  const observed: HostObserved = {
    routes: [address("10.0.0.5")],
    discards: [],
    strayRoutes: [],
    foreignLocal: [{ address: address("10.0.0.5"), device: "eth0" }],
    table: { eips: [address("10.0.0.5")], services: ["10.0.0.5 tcp 80"], rulesIntact: true },
  };
  assertEquals(diffHost(state({ "10.0.0.5": ["tcp 80"] }), observed), {
    nftScript: "delete table inet porter\n",
    ipBatch: "route del local 10.0.0.5 dev lo table local proto 179\n",
  });
});

Deno.test("diffHost() takes an EIP that comes twice as one, with the ports of both", () => {
  const [one] = state({ "203.0.113.1": ["tcp 80"] }).eips;
  const [two] = state({ "203.0.113.1": ["tcp 443"] }).eips;
  assert(one !== undefined && two !== undefined);
  const node = new FakeNode();
  node.apply(diffHost({ eips: [one, two] }, node.observe()));
  assertEquals([...node.routes], ["203.0.113.1"]);
  assertEquals([...node.table?.services ?? []], ["203.0.113.1 tcp 80", "203.0.113.1 tcp 443"]);
});

const someAddress = fc.oneof(
  fc.integer({ min: 1, max: 6 }).map((n) => address(`203.0.113.${n}`)),
  fc.integer({ min: 1, max: 4 }).map((n) => address(`2001:db8::${n}`)),
);
const someDiscards = fc.subarray(
  ["203.0.113.0/29", "203.0.113.4/31", "2001:db8::/126"].map(prefixOf),
);
const somePort = fc.record({
  protocol: fc.constantFrom("tcp" as const, "udp" as const, "sctp" as const),
  port: fc.integer({ min: 79, max: 82 }),
});
const distinct = { selector: formatAddress };
const someState: fc.Arbitrary<HostState> = fc
  .uniqueArray(fc.record({ address: someAddress, ports: fc.array(somePort, { maxLength: 4 }) }), {
    selector: (eip) => formatAddress(eip.address),
    maxLength: 6,
  })
  .chain((eips) =>
    fc.option(someDiscards, { nil: undefined }).map((discards) =>
      discards === undefined ? { eips } : { eips, discards }
    )
  );
const someTable = fc.record({
  eips: fc.uniqueArray(someAddress, distinct),
  services: fc.uniqueArray(
    fc.tuple(someAddress, somePort).map(([eip, { protocol, port }]) =>
      `${formatAddress(eip)} ${protocol} ${port}`
    ),
  ),
  rulesIntact: fc.boolean(),
});
const someObserved: fc.Arbitrary<HostObserved> = fc.record({
  routes: fc.uniqueArray(someAddress, distinct),
  discards: someDiscards,
  strayRoutes: fc.uniqueArray(
    fc.integer({ min: 2, max: 5 }).map((n) =>
      `local 198.51.100.${n} dev eth0 table local proto 179`
    ),
  ),
  foreignLocal: fc.uniqueArray(someAddress, { ...distinct, maxLength: 2 })
    .map((list) => list.map((foreign) => ({ address: foreign, device: "eth0" }))),
  table: fc.option(someTable, { nil: undefined }),
});

Deno.test("apply(diff(wanted, observed)) comes to wanted in two rounds, whatever was there before", () => {
  fc.assert(fc.property(someState, someObserved, (wanted, before) => {
    const node = FakeNode.from(before);
    for (let round = 0; round < 2; round++) node.apply(diffHost(wanted, node.observe()));
    const after = node.observe();
    assert(isSettled(diffHost(wanted, after)), "a third round would do something");

    const refused = new Set(before.foreignLocal.map((foreign) => formatAddress(foreign.address)));
    const eips = wanted.eips.filter((eip) => !refused.has(formatAddress(eip.address)));
    const texts = eips.map((eip) => formatAddress(eip.address)).sort();
    assertEquals(after.foreignLocal, before.foreignLocal);
    assertEquals(after.strayRoutes, []);
    assertEquals(after.routes.map(formatAddress).sort(), texts);
    assertEquals(
      after.discards.map(formatPrefix).sort(),
      (wanted.discards ?? []).map(formatPrefix).sort(),
    );
    if (eips.length === 0) return assertEquals(after.table, undefined);
    assertEquals(after.table?.rulesIntact, true);
    assertEquals(after.table?.eips.map(formatAddress).sort(), texts);
    const ports = eips.flatMap((eip) =>
      eip.ports.map(({ protocol, port }) => `${formatAddress(eip.address)} ${protocol} ${port}`)
    );
    assertEquals(after.table?.services, [...new Set(ports)].sort());
  }));
});

Deno.test("no EIP is routed without its guard at any step, from the first transaction on", () => {
  let steps = 0;
  fc.assert(fc.property(someState, someState, someObserved, (first, second, before) => {
    const node = FakeNode.from(before);
    const foreign = new Set(before.foreignLocal.map((entry) => formatAddress(entry.address)));
    node.check = () => {
      steps++;
      for (const route of node.routes) {
        // What was the node's own too is let go of, not guarded: its own ports must answer.
        if (foreign.has(route)) continue;
        assert(node.table?.rulesIntact && node.table.eips.has(route), `${route} is exposed`);
      }
      for (const own of foreign) {
        assert(!node.table?.eips.has(own), `the node's own ${own} is guarded`);
      }
    };
    // A node whose guard is broken already is repaired by the first transaction, before any route.
    for (const wanted of [first, second, { eips: [] }]) {
      for (let round = 0; round < 2; round++) node.apply(diffHost(wanted, node.observe()));
    }
    assertEquals(node.observe(), { ...nothing, foreignLocal: before.foreignLocal });
  }));
  assert(steps > 100, "the property looked at no step");
});

Deno.test("diffHost() discards the rest of a covering prefix, and stops when nothing is wanted of it", () => {
  const discards = ["203.0.113.0/29", "2001:db8::/126"].map(prefixOf);
  const wanted = { ...state({ "203.0.113.1": [] }), discards };
  const node = new FakeNode();
  const change = diffHost(wanted, node.observe());
  assertEquals(
    change.ipBatch,
    "route add local 203.0.113.1 dev lo table local proto 179\n" +
      "route add unreachable 203.0.113.0/29 table local proto 179\n" +
      "route add unreachable 2001:db8::/126 dev lo table local proto 179 metric 1024\n",
  );
  node.apply(change);
  assert(isSettled(diffHost(wanted, node.observe())));
  assertEquals(
    diffHost(state({ "203.0.113.1": [] }), node.observe()).ipBatch,
    "route del unreachable 203.0.113.0/29 table local proto 179\n" +
      "route del unreachable 2001:db8::/126 dev lo table local proto 179 metric 1024\n",
  );
  assert(!sameHostState(wanted, { eips: wanted.eips }));
  assert(!sameHostState(wanted, { ...wanted, discards: discards.slice(1) }));
  assert(sameHostState({ eips: [], discards: [] }, { eips: [] }));
});

Deno.test("5,000 EIPs are one script and one batch", () => {
  const eips = Array.from({ length: 5000 }, (_, i) => ({
    address: address(`10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`),
    ports: [{ protocol: "tcp" as const, port: 80 }, { protocol: "tcp" as const, port: 443 }],
  }));
  const node = new FakeNode();
  node.apply(diffHost({ eips }, node.observe()));
  assertEquals(node.routes.size, 5000);
  assertEquals(node.table?.services.size, 10_000);
  assert(isSettled(diffHost({ eips }, node.observe())));
});

Deno.test("two host states are the same when every address and port is", () => {
  const base = { "203.0.113.1": ["tcp 80", "udp 53"], "2001:db8::1": [] };
  assert(sameHostState(state(base), state(base)));
  const others: readonly Record<string, readonly string[]>[] = [
    {},
    { "203.0.113.1": ["tcp 80", "udp 53"] },
    { ...base, "2001:db8::2": [] },
    { ...base, "203.0.113.1": ["tcp 80"] },
    { ...base, "203.0.113.1": ["tcp 80", "tcp 53"] },
    { ...base, "203.0.113.1": ["tcp 80", "udp 54"] },
    { "203.0.113.2": ["tcp 80", "udp 53"], "2001:db8::1": [] },
  ];
  for (const other of others) {
    assert(!sameHostState(state(base), state(other)), JSON.stringify(other));
    assert(!sameHostState(state(other), state(base)), JSON.stringify(other));
  }
});
