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
import { serves, whyNotServed } from "./admission.ts";
import { adopt } from "./adopt.ts";
import { findClaims } from "./claimed.ts";
import { FreeAddresses } from "./free.ts";
import type { RefusalReason } from "../refusal/mod.ts";
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
import { fullText, isFull } from "./room.ts";
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
  for (const draft of pass.drafts) {
    draft.had = draft.assignments.map((each) => each.address.family);
  }
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
  const halves = served.filter((draft) => !serveFamilies(pass, free, draft));
  // What is free only becomes less: a family that lacked then lacks now, and maybe the other one too.
  for (const draft of halves) {
    refuseLacking(pass, free, draft, lookForPlaces(pass, free, draft).lacking);
  }
  for (const draft of inUse) refuseInUse(pass, draft);
}

/**
 * Gives an address of every family that the Service lacks and asks nothing particular for; false when
 * it must have both and cannot. Then it is given neither, and keeps what it had.
 */
function serveFamilies(pass: Pass, free: FreeAddresses, draft: Draft): boolean {
  const { families, ipFamilyPolicy } = draft.claim;
  if (draft.assignments.length >= families.length) return true;
  const { found, lacking } = lookForPlaces(pass, free, draft);
  if (ipFamilyPolicy === "RequireDualStack" && lacking.length + draft.refused.length > 0) {
    // Also what a request has just given to a family that had nothing.
    draft.assignments = draft.assignments.filter((each) => draft.had.includes(each.address.family));
    return draft.refused.length > 0;
  }
  for (const place of found) assign(pass, draft, { ...place, by: "pool" });
  refuseLacking(pass, free, draft, lacking);
  return true;
}

function lookForPlaces(
  pass: Pass,
  free: FreeAddresses,
  draft: Draft,
): { readonly found: readonly Place[]; readonly lacking: readonly Family[] } {
  const lacking: Family[] = [];
  const found: Place[] = [];
  for (const family of draft.claim.families) {
    if (draft.refused.includes(family) || assignedOf(draft, family) !== undefined) continue;
    const place = sharedPlace(pass, draft, family) ?? freePlace(pass, free, draft, family);
    if (place === undefined) lacking.push(family);
    else found.push(place);
  }
  return { found, lacking };
}

function refuseLacking(
  pass: Pass,
  free: FreeAddresses,
  draft: Draft,
  lacking: readonly Family[],
): void {
  const content = draft.claim.ipFamilyPolicy === "PreferDualStack" && draft.assignments.length > 0;
  for (const family of lacking) {
    const all = free.poolsOf(family);
    const serving = all.filter((each) => serves(pass, each, draft.claim));
    const no = all.length > 0 && serving.length === 0
      ? whyNotServed(pass, all, draft.claim)
      : whyNone(pass, family, serving);
    if (content) draft.wanting = [...draft.wanting, { object: draft.claim.service, ...no }];
    else refuse(draft, no.reason, no.message + allOrNone(draft));
  }
}

function allOrNone({ claim, assignments }: Draft): string {
  if (claim.ipFamilyPolicy !== "RequireDualStack" || assignments.length > 0) return "";
  return "; spec.ipFamilyPolicy is RequireDualStack, so the other family gets none either";
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

/** The lowest free address of the first open pool that has one. */
function freePlace(
  pass: Pass,
  free: FreeAddresses,
  draft: Draft,
  family: Family,
): Place | undefined {
  for (const judged of free.poolsOf(family)) {
    if (!judged.open || isFull(pass, judged) || !serves(pass, judged, draft.claim)) continue;
    const address = free.lowest(judged);
    if (address !== undefined) return { address, pool: judged.name };
  }
  return undefined;
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
    if (isFull(pass, judged) || !serves(pass, judged, draft.claim)) return false;
    return pass.table.find(address) === judged && mayHave(pass, draft, address) &&
      (judged.pool.usingKnownIps || !isReserved(address));
  });
}

function whyNone(
  pass: Pass,
  family: Family,
  candidates: readonly JudgedPool[],
): { readonly reason: RefusalReason; readonly message: string } {
  const open = candidates.filter((each) => each.open);
  if (candidates.length === 0) {
    const message = `No Eip of IPv${family} addresses for bgp exists; create one`;
    return { reason: "NoPool", message };
  }
  if (open.length === 0) {
    const all = names(candidates);
    const message = `Every pool of IPv${family} addresses is disabled (${all}); enable one`;
    return { reason: "PoolsDisabled", message };
  }
  const full = open.filter((each) => isFull(pass, each));
  if (full.length > 0) {
    return { reason: "PoolClaimsFull", message: fullText(names(full)) };
  }
  const all = names(open);
  const message = `Every IPv${family} address of ${all} is in use; grow a pool or add one`;
  return { reason: "PoolExhausted", message };
}

/** Names the first pools; a list of hundreds helps nobody. */
function names(pools: readonly JudgedPool[]): string {
  const first = pools.slice(0, 3).map((each) => each.name).join(", ");
  return pools.length > 3 ? `Eip ${first} and ${pools.length - 3} more` : `Eip ${first}`;
}
