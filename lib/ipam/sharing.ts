/**
 * When Services may have one address between them (docs/adr/0019): both say the same sharing key, no
 * port is on both, what the nodes do with a packet is the same for both, and where they are of two
 * namespaces each one's list admits the other's.
 *
 * @module
 */

import { formatRef, type RefusalReason } from "../refusal/mod.ts";
import type { Claim } from "./model.ts";

/** What matters of a claim here. */
export type Sharer = Pick<Claim, "service" | "sharing">;

/** Why two claims cannot share an address. */
export interface SharingConflict {
  readonly reason: RefusalReason;
  /** Continues "it is held by Service x, ...". */
  readonly message: string;
}

/** Why `claim` cannot share with `other`; undefined when it can. Symmetric but for the words. */
export function sharingConflict(claim: Sharer, other: Sharer): SharingConflict | undefined {
  const [mine, theirs] = [claim.sharing, other.sharing];
  const name = formatRef(other.service);
  if (mine === undefined) {
    const message = `it is held by ${name}; ask for another address`;
    return { reason: "RequestedAddressInUse", message };
  }
  if (mine.key !== theirs?.key) {
    const message = `it is held by ${name}, which has ${
      theirs === undefined ? "no sharing key" : "another sharing key"
    }; give both the same porter.kubesphere.io/sharing-key`;
    return { reason: "SharingKeyDiffers", message };
  }
  if (!admits(claim, other) || !admits(other, claim)) {
    const message = `it is held by ${name}, of another namespace; each of the two must admit the ` +
      "other's in porter.kubesphere.io/sharing-namespaces";
    return { reason: "SharingNamespaceRefused", message };
  }
  const port = mine.ports.find((each) => theirs.ports.includes(each));
  if (port !== undefined) {
    const message =
      `it is held by ${name}, which has port ${port} too; use another port or address`;
    return { reason: "SharingPortConflict", message };
  }
  if (mine.policy !== theirs.policy) {
    const message =
      `it is held by ${name}, whose externalTrafficPolicy is another one, or is Local ` +
      "for other pods; make both Cluster, or both Local with the same selector";
    return { reason: "SharingPolicyDiffers", message };
  }
  return undefined;
}

function admits(claim: Sharer, other: Sharer): boolean {
  const { namespace } = other.service;
  if (claim.service.namespace === namespace) return true;
  const admitted = claim.sharing?.namespaces ?? [];
  return admitted.includes("*") || admitted.includes(namespace);
}
