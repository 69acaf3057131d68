/**
 * Allocation: which Service gets which address. It never moves a live address. First every Service
 * keeps what it holds, then explicit requests are served, then the rest get the lowest free address
 * of the oldest pool; each step oldest Service first. The result depends on the values alone, not on
 * their order, and given back as what is held it changes nothing.
 *
 * ```ts
 * const { assignments, refusals } = allocate(claims, pools);
 * ```
 *
 * @module
 */

import { addressKey, type Family } from "../net/mod.ts";
import { adopt } from "./adopt.ts";
import { findClaims } from "./claimed.ts";
import { FreeAddresses } from "./free.ts";
import type { Allocation, AllocationOptions, Claim, Pool } from "./model.ts";
import {
  assign,
  assignedOf,
  type Draft,
  mayHave,
  newPass,
  outcomeOf,
  type Pass,
  type Place,
  refuse,
} from "./pass.ts";
import { type JudgedPool, judgePools, type PoolTable } from "./pools.ts";
import { refuseInUse, serveRequests } from "./request.ts";
import { isReserved } from "./size.ts";

/** Allocates addresses of the pools to the claims. */
export function allocate(
  claims: readonly Claim[],
  pools: readonly Pool[],
  options: AllocationOptions = {},
): Allocation {
  return allocateFrom(claims, judgePools(pools), options);
}

/** As `allocate`, with the pools judged before. */
export function allocateFrom(
  claims: readonly Claim[],
  table: PoolTable,
  options: AllocationOptions = {},
): Allocation {
  const pass = newPass(claims, table, options);
  findClaims(pass, options.claimed ?? []);
  adopt(pass);
  if (options.adoptOnly !== true) serve(pass);
  const outcomes = pass.drafts.map((draft) => outcomeOf(pass, draft));
  return {
    outcomes,
    assignments: outcomes.flatMap((each) => each.assignments),
    refusals: [...table.refusals, ...outcomes.flatMap((each) => each.refusals)],
  };
}

/** The second and the third step: requests, then the rest. */
function serve(pass: Pass): void {
  const served = pass.drafts.filter(protocolServed);
  const inUse = serveRequests(pass, served);
  const free = new FreeAddresses(pass);
  for (const draft of served) {
    if (draft.assignments.length >= draft.claim.families.length) continue;
    for (const family of draft.claim.families) {
      if (!draft.refused.includes(family)) giveAny(pass, free, draft, family);
    }
  }
  for (const draft of inUse) refuseInUse(pass, draft);
}

function protocolServed(draft: Draft): boolean {
  const { protocol } = draft.claim;
  if (protocol === undefined || protocol === "bgp") return true;
  const field = "metadata.annotations[protocol.porter.kubesphere.io/v1alpha1]";
  if (protocol === "layer2") {
    refuse(
      draft,
      "ProtocolUnsupported",
      `Cannot use ${field}: layer2 is not served; write bgp or remove it`,
    );
  } else {
    refuse(
      draft,
      "ProtocolUnknown",
      `Cannot use ${field}: "${protocol}" is not bgp; write bgp or remove it`,
    );
  }
  return false;
}

function giveAny(pass: Pass, free: FreeAddresses, draft: Draft, family: Family): void {
  if (assignedOf(draft, family) !== undefined) return;
  const candidates = free.poolsOf(family);
  const shared = sharedPlace(pass, draft, family);
  if (shared !== undefined) {
    assign(pass, draft, { ...shared, by: "pool" });
    return;
  }
  for (const judged of candidates) {
    if (!judged.open) continue;
    const address = free.lowest(judged);
    if (address === undefined) continue;
    assign(pass, draft, { address, pool: judged.name, by: "pool" });
    return;
  }
  refuseAny(draft, family, candidates);
}

/** Where a Service goes that asks for no address, but has a sharing key: to the first that it can share. */
function sharedPlace(pass: Pass, draft: Draft, family: Family): Place | undefined {
  const key = draft.claim.sharing?.key;
  if (key === undefined) return undefined;
  return pass.places.get(key)?.find(({ address, pool }) => {
    const at = addressKey(address);
    const judged = pass.table.byName.get(pool);
    if (address.family !== family || judged?.open !== true || !pass.owners.has(at)) return false;
    if (pass.nodeAddresses.has(at) || pass.reserved.has(at)) return false;
    return pass.table.find(address) === judged && mayHave(pass, draft, address) &&
      (judged.pool.usingKnownIps || !isReserved(address));
  });
}

function refuseAny(draft: Draft, family: Family, candidates: readonly JudgedPool[]): void {
  const open = candidates.filter((each) => each.open);
  if (candidates.length === 0) {
    const message = `No Eip of IPv${family} addresses for bgp exists; create one`;
    refuse(draft, "NoPool", message);
  } else if (open.length === 0) {
    const message = `Every pool of IPv${family} addresses is disabled (${
      names(candidates)
    }); enable one`;
    refuse(draft, "PoolsDisabled", message);
  } else {
    const message = `Every IPv${family} address of ${
      names(open)
    } is in use; grow a pool or add one`;
    refuse(draft, "PoolExhausted", message);
  }
}

/** Names the first pools; a list of hundreds helps nobody. */
function names(pools: readonly JudgedPool[]): string {
  const first = pools.slice(0, 3).map((each) => each.name).join(", ");
  return pools.length > 3 ? `Eip ${first} and ${pools.length - 3} more` : `Eip ${first}`;
}
