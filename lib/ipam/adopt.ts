/**
 * The first step: every Service keeps what it holds. What our record says goes before what was
 * claimed for it, that before what only a status says, and of two Services that hold one address the older one keeps it.
 *
 * @module
 */

import { compareAddresses, type Family, sameAddress } from "../net/mod.ts";
import { adoptClaims } from "./claimed.ts";
import type { Claim, Hold } from "./model.ts";
import {
  assign,
  assignedOf,
  type Draft,
  homeOf,
  mayHave,
  ownerAgainst,
  type Pass,
} from "./pass.ts";

/** Gives every claim what it holds, at most one address of each of its families. */
export function adopt(pass: Pass): void {
  for (const draft of pass.drafts) adoptHolds(pass, draft, recorded);
  adoptClaims(pass);
  for (const draft of pass.drafts) adoptHolds(pass, draft, inStatusOnly);
}

type Kind = (hold: Hold) => boolean;
const recorded: Kind = (hold) => hold.pool !== undefined;
const inStatusOnly: Kind = (hold) => hold.pool === undefined;

function adoptHolds(pass: Pass, draft: Draft, kind: Kind): void {
  const { claim } = draft;
  if (claim.holds.length === 0 || !claim.holds.some(kind)) return;
  for (const family of claim.families) {
    if (assignedOf(draft, family) !== undefined) continue;
    for (const hold of candidates(claim, family, kind)) {
      const pool = homeOf(pass.table, hold);
      if (pool === undefined || ownerAgainst(pass, draft, hold.address) !== undefined) continue;
      if (kind === inStatusOnly && !mayHave(pass, draft, hold.address)) continue;
      assign(pass, draft, { address: hold.address, pool, by: "held" });
      break;
    }
  }
}

/** The holds of that family: the requested address first, then the lowest. */
function candidates(claim: Claim, family: Family, kind: Kind): readonly Hold[] {
  const holds = claim.holds.filter((hold) => hold.address.family === family && kind(hold));
  if (holds.length < 2) return holds;
  const wanted = claim.requested?.address;
  const rank = (hold: Hold): number =>
    wanted !== undefined && sameAddress(wanted, hold.address) ? 0 : 1;
  return holds.sort((a, b) => rank(a) - rank(b) || compareAddresses(a.address, b.address));
}
