/**
 * What the pools' own objects say of who may have which address (docs/adr/0020): an address is claimed
 * there before its Service has it. A claim lives as long as the Service, as it reads, could still
 * come to have the address by it; until then nobody else gets the address, whoever made the claim.
 *
 * @module
 */

import { addressKey, compareAddresses, type Family, sameAddress } from "../net/mod.ts";
import { refKey } from "../refusal/mod.ts";
import type { Claim, PoolClaim } from "./model.ts";
import { assign, assignedOf, mayHave, type Pass } from "./pass.ts";

/** Finds the claims that live, and whose they are. */
export function findClaims(pass: Pass, claimed: readonly PoolClaim[]): void {
  if (claimed.length === 0) return;
  const drafts = new Map(pass.drafts.map((each) => [refKey(each.claim.service), each]));
  for (const each of claimed) {
    const draft = drafts.get(refKey(each.service));
    if (draft === undefined || !lives(draft.claim, each)) continue;
    draft.claimed = [...draft.claimed, each];
    const key = addressKey(each.address);
    const others = pass.claimants.get(key);
    if (others === undefined) pass.claimants.set(key, [draft]);
    else if (!others.includes(draft)) others.push(draft);
  }
}

/**
 * Whether the Service as it reads may be about to have the address. Everything new that a manager
 * decides on for this very version of the Service must be true here. What it has by its record needs
 * no claim: the record itself is kept, or left in the open.
 */
function lives(claim: Claim, { address }: PoolClaim): boolean {
  if (!claim.families.includes(address.family)) return false;
  const own = recordedOf(claim, address.family);
  if (own.length === 0) return true;
  const asked = claim.requested?.address;
  return asked !== undefined && sameAddress(asked, address) &&
    !own.some((hold) => sameAddress(hold.address, address));
}

/** Gives every Service that has nothing of a family what was claimed for it. */
export function adoptClaims(pass: Pass): void {
  if (pass.claimants.size === 0) return;
  for (const draft of pass.drafts) {
    if (draft.claimed.length === 0) continue;
    const inOrder = [...draft.claimed].sort((a, b) =>
      rank(draft.claim, a) - rank(draft.claim, b) || compareAddresses(a.address, b.address) ||
      (a.pool < b.pool ? -1 : 1)
    );
    for (const { address, pool } of inOrder) {
      if (assignedOf(draft, address.family) !== undefined) continue;
      if (recordedOf(draft.claim, address.family).length > 0) continue;
      if (!mayHave(pass, draft, address)) continue;
      assign(pass, draft, { address, pool, by: originOf(draft.claim, address.family) });
    }
  }
}

function rank(claim: Claim, { address }: PoolClaim): number {
  const asked = claim.requested?.address;
  return asked !== undefined && sameAddress(asked, address) ? 0 : 1;
}

function originOf({ requested }: Claim, family: Family): "pool" | "annotation" | "loadBalancerIP" {
  return requested?.address?.family === family ? requested.by : "pool";
}

function recordedOf(claim: Claim, family: Family): Claim["holds"] {
  return claim.holds.filter((hold) => hold.pool !== undefined && hold.address.family === family);
}
