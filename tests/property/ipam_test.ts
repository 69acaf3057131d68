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
  isReserved,
  type Pool,
  poolSize,
  sharingConflict,
} from "../../lib/ipam/mod.ts";
import {
  type AddressKey,
  addressKey,
  formatAddress,
  rangeContains,
  sameAddress,
} from "../../lib/net/mod.ts";
import { meta } from "../support/objects.ts";
import { claims, pools, range } from "./ipam_arbitraries.ts";

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
