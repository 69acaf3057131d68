import { assertEquals, assertStringIncludes } from "@std/assert";
import { allocate, type Allocation, type Claim, type Pool } from "../../lib/ipam/mod.ts";
import {
  addressKey,
  type Family,
  formatAddress,
  parseAddress,
  parseRange,
} from "../../lib/net/mod.ts";
import { addressOf, meta } from "../support/objects.ts";

interface ClaimOptions {
  readonly createdAt?: number;
  readonly families?: readonly Family[];
  readonly protocol?: string;
  readonly wants?: string;
  readonly by?: "annotation" | "loadBalancerIP";
  /** Address to pool of the record, or null where only the status has it. */
  readonly holds?: Readonly<Record<string, string | null>>;
}

function claim(name: string, options: ClaimOptions = {}): Claim {
  const { wants, protocol } = options;
  return {
    service: meta("Service", `default/${name}`).ref,
    createdAt: options.createdAt ?? 0,
    families: options.families ?? [4],
    ...(protocol === undefined ? {} : { protocol }),
    ...(wants === undefined ? {} : {
      requested: {
        address: parseAddress(wants),
        text: wants,
        field: "spec.loadBalancerIP",
        by: options.by ?? "loadBalancerIP",
      },
    }),
    holds: Object.entries(options.holds ?? {}).map(([text, pool]) => ({
      address: addressOf(text),
      ...(pool === null ? {} : { pool }),
    })),
  };
}

function pool(name: string, text: string, options: Partial<Pool> = {}): Pool {
  const range = parseRange(text);
  return {
    eip: meta("Eip", name).ref,
    createdAt: 0,
    range: range.ok ? range.value : { invalid: range.error },
    protocol: "bgp",
    disable: false,
    deleting: false,
    usingKnownIps: false,
    ...options,
  };
}

/** "name address pool by" of every assignment, sorted. */
function given(allocation: Allocation): readonly string[] {
  return allocation.assignments
    .map((a) => `${a.service.name} ${formatAddress(a.address)} ${a.pool} ${a.by}`).sort();
}

function refused(allocation: Allocation): readonly string[] {
  return allocation.refusals.map((each) => `${each.object.name} ${each.reason}`).sort();
}

function released(allocation: Allocation): readonly string[] {
  return allocation.outcomes.flatMap((each) =>
    each.released.map((address) => `${each.claim.service.name} ${formatAddress(address)}`)
  );
}

const edge = pool("edge", "203.0.113.0/29");

Deno.test("allocate() gives the lowest free address that does not end in .0", () => {
  const allocation = allocate([claim("a"), claim("b", { createdAt: 1 })], [edge]);
  assertEquals(given(allocation), ["a 203.0.113.1 edge pool", "b 203.0.113.2 edge pool"]);
  assertEquals(refused(allocation), []);
});

Deno.test("allocate() gives .0 and .255 from a pool with usingKnownIPs", () => {
  const known = pool("known", "203.0.113.255-203.0.114.0", { usingKnownIps: true });
  const allocation = allocate([claim("a"), claim("b"), claim("c")], [known]);
  assertEquals(given(allocation), ["a 203.0.113.255 known pool", "b 203.0.114.0 known pool"]);
  assertEquals(refused(allocation), ["c PoolExhausted"]);
});

Deno.test("defect of 2020: a usingKnownIPs pool of one .0 address is not full from the start", () => {
  const allocation = allocate(
    [claim("a")],
    [pool("zero", "203.0.113.0", { usingKnownIps: true })],
  );
  assertEquals(given(allocation), ["a 203.0.113.0 zero pool"]);
});

Deno.test("allocate() serves the oldest claim first, then by name", () => {
  const one = pool("one", "203.0.113.1");
  const claims = [claim("b", { createdAt: 5 }), claim("a", { createdAt: 9 })];
  assertEquals(given(allocate(claims, [one])), ["b 203.0.113.1 one pool"]);
  assertEquals(given(allocate([claim("b"), claim("a")], [one])), ["a 203.0.113.1 one pool"]);
});

Deno.test("defect of 2020: pools are taken oldest first, then by name, not in random order", () => {
  const young = pool("a", "203.0.113.1-203.0.113.2", { createdAt: 2 });
  const old = pool("b", "198.51.100.1", { createdAt: 1 });
  const twin = pool("c", "192.0.2.1", { createdAt: 1 });
  const claims = [claim("x"), claim("y"), claim("z")];
  for (const pools of [[young, old, twin], [twin, young, old], [old, twin, young]]) {
    assertEquals(given(allocate(claims, pools)), [
      "x 198.51.100.1 b pool",
      "y 192.0.2.1 c pool",
      "z 203.0.113.1 a pool",
    ]);
  }
});

Deno.test("allocate() keeps what is held whatever became of the pool", () => {
  const changes: readonly (readonly [Pool[], string])[] = [
    [[edge], "InPool"],
    [[], "PoolGone"],
    [[pool("edge", "203.0.113.1")], "OutsidePool"],
    [[pool("edge", "203.0.113.0/29", { disable: true })], "PoolDisabled"],
    [[pool("edge", "203.0.113.0/29", { deleting: true })], "PoolDeleting"],
    [[pool("edge", "203.0.113.0/29", { protocol: "layer2" })], "PoolRefused"],
    [[pool("edge", "203.0.113.x")], "PoolRefused"],
    [
      [pool("edge", "203.0.113.0/29", { createdAt: 2 }), pool("old", "203.0.113.0/30")],
      "PoolRefused",
    ],
  ];
  for (const [pools, standing] of changes) {
    const allocation = allocate([claim("a", { holds: { "203.0.113.6": "edge" } })], pools);
    assertEquals(given(allocation), ["a 203.0.113.6 edge held"], standing);
    assertEquals(allocation.assignments.map((each) => each.standing), [standing]);
  }
});

Deno.test("allocate() counts a held address for the pool that has it when its own does not", () => {
  const claims = [claim("a", { holds: { "203.0.113.6": "gone" } })];
  assertEquals(given(allocate(claims, [edge])), ["a 203.0.113.6 edge held"]);
});

Deno.test("allocate() keeps a held .0 address that the pool would not hand out", () => {
  const allocation = allocate([claim("a", { holds: { "203.0.113.0": "edge" } })], [edge]);
  assertEquals(given(allocation), ["a 203.0.113.0 edge held"]);
});

Deno.test("allocate() adopts what a status says inside a pool, and nothing outside every pool", () => {
  const inside = allocate([claim("a", { holds: { "203.0.113.5": null } })], [edge]);
  assertEquals(given(inside), ["a 203.0.113.5 edge held"]);
  const outside = allocate([claim("a", { holds: { "192.0.2.5": null } })], [edge]);
  assertEquals(given(outside), ["a 203.0.113.1 edge pool"]);
  assertEquals(released(outside), []);
  const layer2 = pool("l2", "192.0.2.0/24", { protocol: "layer2" });
  const foreign = allocate([claim("a", { holds: { "192.0.2.5": null } })], [layer2]);
  assertEquals(given(foreign), []);
});

Deno.test("defect of 2020: an address that two Services hold stays with the older one alone", () => {
  const holds = { "203.0.113.4": "edge" };
  const allocation = allocate([
    claim("young", { createdAt: 2, holds }),
    claim("old", { createdAt: 1, holds }),
  ], [edge]);
  assertEquals(given(allocation), ["old 203.0.113.4 edge held", "young 203.0.113.1 edge pool"]);
  assertEquals(released(allocation), ["young 203.0.113.4"]);
});

Deno.test("allocate() believes its own record before an older Service's status", () => {
  const allocation = allocate([
    claim("young", { createdAt: 2, holds: { "203.0.113.4": "edge" } }),
    claim("old", { createdAt: 1, holds: { "203.0.113.4": null } }),
  ], [edge]);
  assertEquals(given(allocation), ["old 203.0.113.1 edge pool", "young 203.0.113.4 edge held"]);
});

Deno.test("allocate() keeps one of two addresses of a family: the requested, else the lowest", () => {
  const holds = { "203.0.113.5": null, "203.0.113.2": null };
  const any = allocate([claim("a", { holds })], [edge]);
  assertEquals(given(any), ["a 203.0.113.2 edge held"]);
  assertEquals(released(any), ["a 203.0.113.5"]);
  const asked = allocate([claim("a", { holds, wants: "203.0.113.5" })], [edge]);
  assertEquals(given(asked), ["a 203.0.113.5 edge held"]);
  assertEquals(released(asked), ["a 203.0.113.2"]);
});

Deno.test("allocate() serves requests before anybody gets just any address", () => {
  const allocation = allocate([
    claim("any", { createdAt: 1 }),
    claim("asks", { createdAt: 2, wants: "203.0.113.1", by: "annotation" }),
  ], [edge]);
  assertEquals(given(allocation), [
    "any 203.0.113.2 edge pool",
    "asks 203.0.113.1 edge annotation",
  ]);
});

Deno.test("defect of 2020: a request for an address in use is refused and takes nothing", () => {
  const allocation = allocate([
    claim("owner", { createdAt: 2, holds: { "203.0.113.1": "edge" } }),
    claim("thief", { createdAt: 1, wants: "203.0.113.1" }),
  ], [edge]);
  assertEquals(given(allocation), ["owner 203.0.113.1 edge held"]);
  assertEquals(refused(allocation), ["thief RequestedAddressInUse"]);
  assertStringIncludes(allocation.refusals[0]?.message ?? "", "Service default/owner");
});

Deno.test("defect of 2020: an edited request moves the address and releases the old one", () => {
  const allocation = allocate([
    claim("a", { wants: "203.0.113.4", holds: { "203.0.113.1": "edge" } }),
    claim("b", { createdAt: 1 }),
  ], [edge]);
  assertEquals(given(allocation), ["a 203.0.113.4 edge loadBalancerIP", "b 203.0.113.1 edge pool"]);
  assertEquals(released(allocation), ["a 203.0.113.1"]);
});

Deno.test("allocate() keeps the old address when the new one cannot be had", () => {
  const allocation = allocate([
    claim("a", { wants: "192.0.2.1", holds: { "203.0.113.1": "edge" } }),
  ], [edge]);
  assertEquals(given(allocation), ["a 203.0.113.1 edge held"]);
  assertEquals(refused(allocation), ["a RequestedAddressOutsidePools"]);
});

Deno.test("allocate() passes an address that is left on to the oldest that waits, and so on", () => {
  const allocation = allocate([
    claim("waits", { createdAt: 1, wants: "203.0.113.2", holds: { "203.0.113.1": "edge" } }),
    claim("leaves", { createdAt: 2, wants: "203.0.113.3", holds: { "203.0.113.2": "edge" } }),
    claim("late", { createdAt: 3, wants: "203.0.113.2" }),
    claim("next", { createdAt: 4, wants: "203.0.113.1" }),
  ], [edge]);
  assertEquals(given(allocation), [
    "leaves 203.0.113.3 edge loadBalancerIP",
    "next 203.0.113.1 edge loadBalancerIP",
    "waits 203.0.113.2 edge loadBalancerIP",
  ]);
  assertEquals(refused(allocation), ["late RequestedAddressInUse"]);
});

Deno.test("allocate() lets two Services that want to swap keep what they have", () => {
  const allocation = allocate([
    claim("a", { wants: "203.0.113.2", holds: { "203.0.113.1": "edge" } }),
    claim("b", { wants: "203.0.113.1", holds: { "203.0.113.2": "edge" } }),
  ], [edge]);
  assertEquals(given(allocation), ["a 203.0.113.1 edge held", "b 203.0.113.2 edge held"]);
  assertEquals(refused(allocation), ["a RequestedAddressInUse", "b RequestedAddressInUse"]);
});

Deno.test("allocate() passes thousands of left addresses on without running out of stack", () => {
  const wide = pool("wide", "10.0.0.0/16", { usingKnownIps: true });
  const size = 20_000;
  const address = (value: number): string =>
    formatAddress({ family: 4, value: 0x0a000000 + value });
  const claims = Array.from({ length: size }, (_, index) =>
    claim(`s${index}`, {
      createdAt: index,
      wants: address(index + 1),
      holds: { [address(index)]: "wide" },
    }));
  const allocation = allocate(claims, [wide]);
  assertEquals(refused(allocation), []);
  assertEquals(
    allocation.assignments.map((each) => addressKey(each.address)),
    Array.from({ length: size }, (_, index) => 0x0a000000 + index + 1),
  );
});

Deno.test("allocate() refuses every request it cannot serve by name, and gives nothing instead", () => {
  const pools = [
    edge,
    pool("off", "198.51.100.0/28", { disable: true }),
    pool("l2", "192.0.2.0/28", { protocol: "layer2" }),
    pool("younger", "203.0.113.4-203.0.113.20", { createdAt: 9 }),
    pool("going", "198.51.100.32/28", { deleting: true }),
  ];
  const cases: readonly (readonly [string, string])[] = [
    ["203.0.113", "RequestedAddressInvalid"],
    ["8.8.8.8", "RequestedAddressOutsidePools"],
    ["203.0.113.15", "RequestedAddressOutsidePools"],
    ["203.0.113.0", "RequestedAddressReserved"],
    ["2001:db8::1", "RequestedAddressFamily"],
    ["198.51.100.3", "RequestedPoolDisabled"],
    ["198.51.100.33", "RequestedPoolDisabled"],
    ["192.0.2.3", "RequestedAddressProtocol"],
    ["203.0.113.3", "AddressOfNode"],
    ["203.0.113.2", "RequestedAddressInUse"],
  ];
  const nodeAddresses = new Map([[addressKey(addressOf("203.0.113.3")), "node1"]]);
  const reserved = new Map([[addressKey(addressOf("203.0.113.2")), ["Service default/broken"]]]);
  for (const [wants, reason] of cases) {
    const allocation = allocate([claim("a", { wants })], pools, { nodeAddresses, reserved });
    assertEquals(given(allocation), [], wants);
    assertEquals(allocation.outcomes[0]?.refusals.map((each) => each.reason), [reason], wants);
    assertStringIncludes(allocation.outcomes[0]?.refusals[0]?.message ?? "", "spec.loadBalancerIP");
  }
});

Deno.test("an address that is reserved for several Services is given to each of them that asks for it", () => {
  const names = ["default/a", "default/b"].map((each) => `Service ${each}`);
  const reserved = new Map([[addressKey(addressOf("203.0.113.2")), names]]);
  const reasons = ["a", "b", "c"].map((name) => {
    const claims = [claim(name, { wants: "203.0.113.2" })];
    return allocate(claims, [edge], { reserved }).outcomes[0]?.refusals.map((each) => each.message);
  });
  assertEquals(reasons.slice(0, 2), [[], []]);
  assertStringIncludes(reasons[2]?.[0] ?? "", names.join(", "));
});

Deno.test("defect of 2020: a disabled pool hands out nothing", () => {
  const off = pool("off", "203.0.113.0/29", { disable: true });
  assertEquals(refused(allocate([claim("a")], [off])), ["a PoolsDisabled"]);
  const on = pool("on", "198.51.100.1", { createdAt: 1 });
  assertEquals(given(allocate([claim("a")], [off, on])), ["a 198.51.100.1 on pool"]);
});

Deno.test("defect of 2020: overlapping and unreadable pools are refused by name, others go on", () => {
  const allocation = allocate([claim("a")], [
    pool("younger", "203.0.113.4/30", { createdAt: 2 }),
    pool("edge", "203.0.113.0/29", { createdAt: 1 }),
    pool("typo", "999.1.1.1"),
    pool("l2", "192.0.2.0/24", { protocol: "layer2" }),
  ]);
  assertEquals(refused(allocation), [
    "l2 PoolProtocolUnsupported",
    "typo PoolInvalidAddress",
    "younger PoolOverlap",
  ]);
  assertEquals(given(allocation), ["a 203.0.113.1 edge pool"]);
});

Deno.test("a pool that is refused or being deleted stands in no other pool's way", () => {
  const allocation = allocate([claim("a", { wants: "203.0.113.9" })], [
    pool("first", "203.0.113.0/29", { createdAt: 1 }),
    pool("second", "203.0.113.4-203.0.113.9", { createdAt: 2 }),
    pool("third", "203.0.113.8-203.0.113.12", { createdAt: 3 }),
    pool("going", "203.0.113.0/24", { deleting: true }),
  ]);
  assertEquals(refused(allocation), ["second PoolOverlap"]);
  assertEquals(given(allocation), ["a 203.0.113.9 third loadBalancerIP"]);
});

Deno.test("allocate() never hands out a node's own address nor a reserved one", () => {
  const nodeAddresses = new Map([[addressKey(addressOf("203.0.113.1")), "node1"]]);
  const reserved = new Map([[addressKey(addressOf("203.0.113.2")), ["Service default/broken"]]]);
  const allocation = allocate([claim("a")], [edge], { nodeAddresses, reserved });
  assertEquals(given(allocation), ["a 203.0.113.3 edge pool"]);
});

Deno.test("allocate() serves no other protocol than bgp, and keeps what is held", () => {
  const holds = { "203.0.113.1": "edge" };
  const allocation = allocate([
    claim("l2", { protocol: "layer2" }),
    claim("odd", { protocol: "ospf", wants: "203.0.113.5" }),
    claim("kept", { protocol: "layer2", holds }),
    claim("fine", { protocol: "bgp" }),
  ], [edge]);
  assertEquals(given(allocation), ["fine 203.0.113.2 edge pool", "kept 203.0.113.1 edge held"]);
  assertEquals(refused(allocation), [
    "kept ProtocolUnsupported",
    "l2 ProtocolUnsupported",
    "odd ProtocolUnknown",
  ]);
});

Deno.test("a dual-stack Service gets one address of each family, and lacks only what no pool has", () => {
  const v6 = pool("v6", "2001:db8::/64");
  const both = allocate([claim("a", { families: [6, 4] })], [edge, v6]);
  assertEquals(both.assignments.map((each) => formatAddress(each.address)), [
    "2001:db8::",
    "203.0.113.1",
  ]);
  const one = allocate([claim("a", { families: [4, 6] })], [edge]);
  assertEquals(given(one), ["a 203.0.113.1 edge pool"]);
  assertEquals(refused(one), ["a NoPool"]);
  const asked = allocate([claim("a", { families: [4, 6], wants: "8.8.8.8" })], [edge, v6]);
  assertEquals(given(asked), ["a 2001:db8:: v6 pool"]);
  assertEquals(refused(asked), ["a RequestedAddressOutsidePools"]);
});

Deno.test("a Service lets go of the address of a family that it does not have any more", () => {
  const holds = { "203.0.113.1": "edge", "2001:db8::1": "v6" };
  const allocation = allocate([claim("a", { holds })], [edge, pool("v6", "2001:db8::/64")]);
  assertEquals(given(allocation), ["a 203.0.113.1 edge held"]);
  assertEquals(released(allocation), ["a 2001:db8::1"]);
});

Deno.test("allocate() finds the gap in a /64 without walking it", () => {
  const v6 = pool("v6", "2001:db8::/64");
  const holds = { "2001:db8::": "v6", "2001:db8::1": "v6", "2001:db8::3": "v6" };
  const held = Object.keys(holds).map((text, index) =>
    claim(`h${index}`, { families: [6], holds: { [text]: "v6" } })
  );
  const allocation = allocate(
    [
      ...held,
      claim("x", { families: [6], createdAt: 1 }),
      claim("y", { families: [6], createdAt: 2 }),
    ],
    [v6],
  );
  assertEquals(given(allocation).slice(-2), ["x 2001:db8::2 v6 pool", "y 2001:db8::4 v6 pool"]);
});

Deno.test("allocate() only adopts while objects are missing", () => {
  const claims = [
    claim("new"),
    claim("edited", { wants: "203.0.113.5", holds: { "203.0.113.1": "edge" } }),
  ];
  const allocation = allocate(claims, [], { adoptOnly: true });
  assertEquals(given(allocation), ["edited 203.0.113.1 edge held"]);
  assertEquals(refused(allocation), []);
});
