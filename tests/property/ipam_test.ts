/**
 * Whatever is claimed, held and offered: allocation gives no address twice, keeps what is held, does
 * not depend on the order it is told things in, and changes nothing when it is asked again.
 */

import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  allocate,
  type Allocation,
  type Claim,
  type Hold,
  isReserved,
  type Pool,
  poolSize,
  sharingConflict,
} from "../../lib/ipam/mod.ts";
import {
  type Address,
  type AddressKey,
  addressKey,
  type AddressRange,
  formatAddress,
  ipv4,
  ipv6,
  rangeContains,
  sameAddress,
} from "../../lib/net/mod.ts";
import { meta } from "../support/objects.ts";

/** A small world: addresses around the end of a /24, so that .255 and .0 are among them. */
const start4 = 0xcb0071f8; // 203.0.113.248
const start6 = 0x20010db8n << 96n;

const address4: fc.Arbitrary<Address> = fc.nat(15).map((n) => ipv4(start4 + n));
const address6: fc.Arbitrary<Address> = fc.nat(5).map((n) => ipv6(start6 + BigInt(n)));
const address = fc.oneof({ weight: 4, arbitrary: address4 }, { weight: 1, arbitrary: address6 });

const range: fc.Arbitrary<AddressRange> = fc.oneof(
  fc.tuple(fc.nat(15), fc.nat(7)).map(([first, size]) => ({
    first: ipv4(start4 + first),
    last: ipv4(start4 + first + size),
  })),
  fc.tuple(fc.nat(5), fc.nat(3)).map(([first, size]) => ({
    first: ipv6(start6 + BigInt(first)),
    last: ipv6(start6 + BigInt(first + size)),
  })),
);

const poolNames = ["p0", "p1", "p2", "p3"];

const pools: fc.Arbitrary<Pool[]> = fc.uniqueArray(
  fc.record({
    eip: fc.constantFrom(...poolNames).map((name) => meta("Eip", name).ref),
    createdAt: fc.nat(2),
    range: fc.oneof({ weight: 9, arbitrary: range }, {
      weight: 1,
      arbitrary: fc.constant({ invalid: "x" }),
    }),
    protocol: fc.oneof(
      { weight: 9, arbitrary: fc.constant("bgp" as const) },
      { weight: 1, arbitrary: fc.constant("layer2" as const) },
    ),
    disable: fc.oneof({ weight: 5, arbitrary: fc.constant(false) }, fc.boolean()),
    deleting: fc.oneof({ weight: 5, arbitrary: fc.constant(false) }, fc.boolean()),
    usingKnownIps: fc.boolean(),
    priority: fc.constantFrom(100, 100, 1),
    autoAssign: fc.constantFrom(true, true, false),
    namespaces: fc.constantFrom<readonly string[]>([], [], ["shop"]),
  }),
  { selector: (each) => each.eip.name, maxLength: 4 },
);

const hold: fc.Arbitrary<Hold> = fc.tuple(address, fc.constantFrom(...poolNames, "gone", undefined))
  .map(([address, pool]) => pool === undefined ? { address } : { address, pool });

const claims: fc.Arbitrary<Claim[]> = fc.uniqueArray(
  fc.record({
    name: fc.nat(7),
    createdAt: fc.nat(3),
    families: fc.constantFrom<readonly (4 | 6)[]>([4], [4], [6], [4, 6], [6, 4]),
    ipFamilyPolicy: fc.option(
      fc.constantFrom("PreferDualStack" as const, "RequireDualStack" as const),
      { nil: undefined },
    ),
    requestedPools: fc.option(fc.constantFrom(["p0"], ["p1", "p2"], ["gone"]), { nil: undefined }),
    protocol: fc.option(fc.constantFrom("bgp", "bgp", "bgp", "layer2", "odd"), { nil: undefined }),
    wanted: fc.option(fc.oneof({ weight: 9, arbitrary: address }, fc.constant(undefined)), {
      nil: null,
    }),
    namespace: fc.constantFrom("default", "default", "shop"),
    sharing: fc.option(
      fc.record({
        key: fc.constantFrom("front", "front", "back"),
        namespaces: fc.constantFrom(["*"], ["default", "shop"], []),
        ports: fc.subarray(["TCP 443", "TCP 80", "UDP 53"], { minLength: 1, maxLength: 2 }),
        policy: fc.constantFrom("Cluster", "Cluster", "Local in default for app=web"),
      }),
      { nil: undefined },
    ),
    holds: fc.uniqueArray(hold, { selector: (each) => addressKey(each.address), maxLength: 3 }),
  }),
  { selector: (each) => each.name, maxLength: 8 },
).map((all) =>
  all.map((one): Claim => {
    const { name, namespace, createdAt, families, protocol, wanted, sharing, holds } = one;
    return ({
      service: meta("Service", `${namespace}/s${name}`).ref,
      createdAt,
      families,
      ...(protocol === undefined ? {} : { protocol }),
      ...(wanted === null ? {} : {
        requested: {
          address: wanted,
          text: wanted === undefined ? "x" : formatAddress(wanted),
          field: "spec.loadBalancerIP",
          by: "loadBalancerIP",
        },
      }),
      ...(sharing === undefined ? {} : { sharing }),
      ...(one.requestedPools === undefined ? {} : { requestedPools: one.requestedPools }),
      ...(one.ipFamilyPolicy === undefined ? {} : { ipFamilyPolicy: one.ipFamilyPolicy }),
      holds,
    });
  })
);

/** What is held afterwards: the claims with the allocation as our record. */
function fedBack(allocation: Allocation): readonly Claim[] {
  return allocation.outcomes.map(({ claim, assignments }) => ({
    ...claim,
    holds: assignments.map(({ address, pool }) => ({ address, pool })),
  }));
}

function places(allocation: Allocation): readonly string[] {
  return allocation.assignments
    .map((each) => `${each.service.name} ${formatAddress(each.address)} ${each.pool}`).sort();
}

function reasons(allocation: Allocation): readonly string[] {
  return allocation.refusals
    .map((each) => `${each.object.name} ${each.reason} ${each.message}`).sort();
}

const runs = { numRuns: 2000 };

Deno.test("allocate() gives no address twice but to sharers, each Service one of a family at most", () => {
  let shared = 0;
  fc.assert(
    fc.property(claims, pools, (claims, pools) => {
      const { outcomes } = allocate(claims, pools);
      const holders = new Map<AddressKey, Claim[]>();
      for (const { claim, assignments } of outcomes) {
        for (const { address } of assignments) {
          const others = holders.get(addressKey(address)) ?? [];
          for (const other of others) assertEquals(sharingConflict(claim, other), undefined);
          shared += others.length;
          holders.set(addressKey(address), [...others, claim]);
        }
      }
      for (const { claim, assignments } of outcomes) {
        const families = assignments.map((each) => each.address.family);
        assertEquals(new Set(families).size, families.length);
        assert(families.every((each) => claim.families.includes(each)));
      }
    }),
    runs,
  );
  assert(shared > 0, "nobody ever shared: the property proved nothing of it");
});

Deno.test("allocate() keeps what our record says, but for an older owner or a request", () => {
  fc.assert(
    fc.property(claims, pools, (claims, pools) => {
      for (const { claim, assignments } of allocate(claims, pools).outcomes) {
        for (const family of claim.families) {
          const held = claim.holds.filter((each) =>
            each.address.family === family && each.pool !== undefined
          );
          if (held.length === 0) continue;
          const now = assignments.find((each) => each.address.family === family)?.address;
          if (now !== undefined && held.some((each) => sameAddress(each.address, now))) continue;
          const asked = claim.requested?.address;
          if (now !== undefined && asked !== undefined && sameAddress(asked, now)) continue;
          const rivals = claims.filter((other) => other !== claim);
          const claimedByRivals = held.every((mine) =>
            rivals.some((rival) =>
              rival.holds.some((each) =>
                each.pool !== undefined && sameAddress(each.address, mine.address)
              )
            )
          );
          assert(claimedByRivals, "an address that nobody else holds was taken away");
        }
      }
    }),
    runs,
  );
});

Deno.test("allocate() hands out new addresses only from pools that may give them", () => {
  fc.assert(
    fc.property(claims, pools, (claims, pools) => {
      const { outcomes } = allocate(claims, pools);
      const given = outcomes.flatMap(({ claim, assignments }) =>
        assignments.map((each) => ({ ...each, claim }))
      );
      for (const { address, pool, by, claim } of given) {
        if (by === "held") continue;
        const from = pools.find((each) => each.eip.name === pool);
        assert(from !== undefined && !("invalid" in from.range));
        assert(rangeContains(from.range, address));
        assert(!from.disable && !from.deleting && from.protocol === "bgp");
        assert(from.usingKnownIps || !isReserved(address));
        const { namespaces = [] } = from;
        assert(namespaces.length === 0 || namespaces.includes(claim.service.namespace));
        const { requestedPools } = claim;
        assert(requestedPools === undefined || requestedPools.includes(pool));
        assert(by !== "pool" || from.autoAssign === true || requestedPools !== undefined);
      }
    }),
    runs,
  );
});

Deno.test("allocate() does not depend on the order of claims, pools and holds", () => {
  const shuffled = fc.tuple(claims, pools).chain(([claims, pools]) =>
    fc.record({
      claims: fc.constant(claims),
      pools: fc.constant(pools),
      otherClaims: fc.shuffledSubarray(claims, { minLength: claims.length }),
      otherPools: fc.shuffledSubarray(pools, { minLength: pools.length }),
    })
  );
  fc.assert(
    fc.property(shuffled, ({ claims, pools, otherClaims, otherPools }) => {
      const turned = otherClaims.map((each) => ({ ...each, holds: [...each.holds].reverse() }));
      const [one, other] = [allocate(claims, pools), allocate(turned, otherPools)];
      assertEquals(other.assignments, one.assignments);
      assertEquals(other.refusals, one.refusals);
      assertEquals(
        other.outcomes.map((each) => each.released),
        one.outcomes.map((each) => each.released),
      );
    }),
    runs,
  );
});

Deno.test("allocate() changes nothing when its own result is what is held", () => {
  fc.assert(
    fc.property(claims, pools, (claims, pools) => {
      const first = allocate(claims, pools);
      const second = allocate(fedBack(first), pools);
      assertEquals(places(second), places(first));
      assertEquals(reasons(second), reasons(first));
      assert(second.outcomes.every((each) => each.released.length === 0));
      assert(second.assignments.every((each) => each.by === "held"));
    }),
    runs,
  );
});

Deno.test("every Service has its address of every family, or a refusal says why not", () => {
  fc.assert(
    fc.property(claims, pools, (claims, pools) => {
      for (const outcome of allocate(claims, pools).outcomes) {
        const { claim, assignments, refusals, wanting } = outcome;
        assert(
          assignments.length === claim.families.length || refusals.length + wanting.length > 0,
        );
        if (assignments.length === 0) assert(refusals.length > 0, "nothing, and nothing refused");
        if (claim.ipFamilyPolicy !== "RequireDualStack" || claim.holds.length > 0) continue;
        assert([0, claim.families.length].includes(assignments.length), "one without the other");
      }
    }),
    runs,
  );
});

Deno.test("poolSize() is how many addresses a pool hands out before it is exhausted", () => {
  fc.assert(
    fc.property(range, fc.boolean(), (range, usingKnownIps) => {
      const pool: Pool = {
        eip: meta("Eip", "edge").ref,
        createdAt: 0,
        range,
        protocol: "bgp",
        disable: false,
        deleting: false,
        usingKnownIps,
      };
      const claims = Array.from({ length: 12 }, (_, index): Claim => ({
        service: meta("Service", `default/s${index}`).ref,
        createdAt: index,
        families: [range.first.family],
        holds: [],
      }));
      const { assignments, refusals } = allocate(claims, [pool]);
      assertEquals(assignments.length, poolSize(range, usingKnownIps));
      assert(refusals.every((each) => each.reason === "PoolExhausted"));
      assertEquals(refusals.length, claims.length - assignments.length);
    }),
    { numRuns: 500 },
  );
});
