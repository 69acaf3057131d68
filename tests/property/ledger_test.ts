/**
 * Whatever comes, goes and changes in whatever order: what the ledger says of each claim is what an
 * allocation for all of them together says.
 */

import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  allocateFrom,
  type AllocationOptions,
  type Assignment,
  type Claim,
  judgePools,
  Ledger,
  type OpenClaim,
  type Outcome,
  type PoolClaim,
  type Tenant,
} from "../../lib/ipam/mod.ts";
import { type Address, type AddressKey, addressKey } from "../../lib/net/mod.ts";
import { refKey } from "../../lib/refusal/mod.ts";
import { address, claims, poolNames, pools } from "./ipam_arbitraries.ts";

class Holder implements Tenant {
  anchored: readonly Assignment[] | undefined;
  open: OpenClaim | undefined;
  readonly #claim: Claim;

  constructor(claim: Claim) {
    this.#claim = claim;
  }

  get service(): Claim["service"] {
    return this.#claim.service;
  }

  claim(): Claim {
    return this.#claim;
  }
}

/** Addresses of nodes, and for which Service, by its number, a pool's object keeps an address. */
interface Beside {
  readonly nodes: ReadonlyMap<AddressKey, string>;
  readonly claimed: readonly { readonly at: Address; readonly by: number }[];
}

/** What a step changes, and what else its allocation depends on. */
interface Step {
  /** Claims that are new or other than before. */
  readonly put: readonly Claim[];
  /** Numbers of Services that go. */
  readonly gone: readonly number[];
  /** Undefined leaves the pools as they are. */
  readonly pools: Parameters<typeof judgePools>[0] | undefined;
  /** Undefined leaves what else there is as it is. */
  readonly beside: Beside | undefined;
  /** Whether what was given so far is written onto the Services that stay. */
  readonly follow: boolean;
}

/** Claims of which most ask for nothing particular, as in life: those come to rest on their records. */
const plainly: fc.Arbitrary<readonly Claim[]> = fc.tuple(
  claims,
  fc.array(fc.constantFrom("odd", "shares", "plain"), { minLength: 8, maxLength: 8 }),
).map(([claims, manners]) =>
  claims.map((claim, index) => {
    if (manners[index] === "odd") return claim;
    const { service, createdAt, families } = claim;
    const holds = claim.holds.slice(0, families.length);
    const sharing = manners[index] === "shares" && claim.sharing !== undefined
      ? { sharing: claim.sharing }
      : {};
    return { service, createdAt, families, holds, ...sharing };
  })
);

const beside: fc.Arbitrary<Beside> = fc.record({
  nodes: fc.option(address, { nil: undefined, freq: 2 }).map((each) =>
    new Map(each === undefined ? [] : [[addressKey(each), "node1"] as const])
  ),
  claimed: fc.array(fc.record({ at: address, by: fc.nat(7) }), { maxLength: 3 }),
});

const step: fc.Arbitrary<Step> = fc.record({
  put: plainly.chain((all) => fc.subarray([...all], { maxLength: Math.min(2, all.length) })),
  gone: fc.array(fc.nat(7), { maxLength: 1 }),
  pools: fc.option(pools, { nil: undefined, freq: 3 }),
  beside: fc.option(beside, { nil: undefined, freq: 1 }),
  follow: fc.boolean(),
});

const first: Omit<Step, "put" | "pools"> = { gone: [], beside: undefined, follow: false };

function given(outcome: Outcome): Omit<Outcome, "claim"> {
  const { assignments, refusals, wanting, released, claimed } = outcome;
  return { assignments, refusals, wanting, released, claimed };
}

function said({ anchored, open }: Holder): Omit<Outcome, "claim"> {
  if (anchored !== undefined) {
    return { assignments: anchored, refusals: [], wanting: [], released: [], claimed: [] };
  }
  assert(open?.outcome !== undefined, "someone was not allocated for");
  return given(open.outcome);
}

/** The claims after a step; one that stays is the same object. */
function edited(
  before: ReadonlyMap<string, Claim>,
  { put, gone, follow }: Step,
  holders: ReadonlyMap<string, Holder>,
): ReadonlyMap<string, Claim> {
  const now = new Map(before);
  if (follow) {
    for (const [name, holder] of holders) {
      const holds = said(holder).assignments.map(({ address, pool }) => ({ address, pool }));
      now.set(name, { ...holder.claim(), holds });
    }
  }
  for (const number of gone) now.delete(`Service/default/s${number}`);
  for (const claim of put) now.set(refKey(claim.service), claim);
  return now;
}

function poolClaim({ at, by }: Beside["claimed"][number]): PoolClaim {
  const pool = poolNames[by % poolNames.length] ?? "";
  return { address: at, pool, service: { kind: "Service", namespace: "default", name: `s${by}` } };
}

Deno.test("a Ledger says what an allocation for all claims says, after any sequence of changes", () => {
  let anchored = 0;
  let open = 0;
  fc.assert(
    fc.property(plainly, pools, fc.array(step, { maxLength: 8 }), (claims, pools, steps) => {
      const ledger = new Ledger<Holder>();
      let table = judgePools([]);
      let options: AllocationOptions = {};
      let holders: ReadonlyMap<string, Holder> = new Map();
      let all: ReadonlyMap<string, Claim> = new Map();
      for (const step of [{ ...first, put: claims, pools }, ...steps]) {
        all = edited(all, step, holders);
        const now = new Map<string, Holder>();
        for (const [name, claim] of all) {
          const before = holders.get(name);
          now.set(name, before?.claim() === claim ? before : new Holder(claim));
        }
        if (step.pools !== undefined) {
          table = judgePools(step.pools);
          ledger.restart(table);
          for (const holder of now.values()) ledger.replace(undefined, holder);
        } else {
          for (const [name, before] of holders) {
            if (now.get(name) !== before) ledger.replace(before, now.get(name));
          }
          for (const [name, holder] of now) {
            if (!holders.has(name)) ledger.replace(undefined, holder);
          }
        }
        const anew = step.pools !== undefined || step.beside !== undefined;
        if (step.beside !== undefined) {
          const { nodes, claimed } = step.beside;
          options = { nodeAddresses: nodes, claimed: claimed.map(poolClaim) };
        }
        ledger.settle(() => options, anew);
        const whole = allocateFrom([...all.values()], table, options);
        for (const outcome of whole.outcomes) {
          const holder = now.get(refKey(outcome.claim.service));
          assert(holder !== undefined);
          assertEquals(said(holder), given(outcome));
          if (holder.anchored === undefined) open++;
          else anchored++;
        }
        holders = now;
      }
    }),
    { numRuns: 1500 },
  );
  assert(anchored > 1000 && open > 1000, `${anchored} anchored, ${open} open: one was not tried`);
});
