/**
 * The second step: explicit requests. The pool that owns the address decides; a request that cannot
 * be served leaves the Service what it holds, and says why. An address that one Service leaves goes
 * at once to the oldest Service that waits for it.
 *
 * @module
 */

import { type Address, type AddressKey, addressKey, type Family, sameAddress } from "../net/mod.ts";
import { formatRef, type RefusalReason } from "../refusal/mod.ts";
import { admits } from "./admission.ts";
import { assign, type Draft, mayHave, type Pass, refuse, rivalOf } from "./pass.ts";
import { fullText, isFull } from "./room.ts";
import { sharingConflict } from "./sharing.ts";
import { isReserved } from "./size.ts";

/**
 * Serves every request that can be served; the others are refused. Gives those whose address is in
 * use: who has it in the end is known, and told, when everybody is served (`refuseInUse`).
 */
export function serveRequests(pass: Pass, drafts: readonly Draft[]): readonly Draft[] {
  const waiting = new Map<AddressKey, Draft[]>();
  for (const draft of drafts) serve(pass, waiting, draft);
  while (serveSharers(pass, waiting));
  const inUse = [...waiting.values()].flat();
  for (const draft of inUse) draft.refused = refusedFamilies(draft);
  return inUse;
}

/** Serves those who waited for an address that they can share with who got it; whether one was. */
function serveSharers(pass: Pass, waiting: Map<AddressKey, Draft[]>): boolean {
  for (const queue of waiting.values()) {
    for (const [at, draft] of queue.entries()) {
      const address = draft.claim.requested?.address;
      if (address === undefined || !mayHave(pass, draft, address)) continue;
      queue.splice(at, 1);
      serve(pass, waiting, draft);
      return true;
    }
  }
  return false;
}

/** Serves one request, then whoever waited for the address that was left, and so on. */
function serve(pass: Pass, waiting: Map<AddressKey, Draft[]>, draft: Draft): void {
  let left = tryServe(pass, waiting, draft);
  while (left !== undefined) {
    const next = waiting.get(addressKey(left))?.shift();
    left = next === undefined ? undefined : tryServe(pass, waiting, next);
  }
}

/** Serves, refuses or queues one request; gives the address that the Service left for it. */
function tryServe(
  pass: Pass,
  waiting: Map<AddressKey, Draft[]>,
  draft: Draft,
): Address | undefined {
  const request = draft.claim.requested;
  if (request === undefined) return undefined;
  const { address, by } = request;
  if (address === undefined) {
    refuseRequest(draft, invalid);
    return undefined;
  }
  if (draft.assignments.some((each) => sameAddress(each.address, address))) return undefined;
  const no = objection(pass, draft, address);
  if (no !== undefined) {
    refuseRequest(draft, no);
    return undefined;
  }
  const key = addressKey(address);
  if (!mayHave(pass, draft, address)) {
    const queue = waiting.get(key);
    if (queue === undefined) waiting.set(key, [draft]);
    else queue.push(draft);
    return undefined;
  }
  return assign(pass, draft, { address, pool: pass.table.find(address)?.name ?? "", by });
}

interface Objection {
  readonly reason: RefusalReason;
  readonly message: string;
}

const invalid: Objection = {
  reason: "RequestedAddressInvalid",
  message: "it is not an IP address; write one address",
};

/** Why the address cannot be had by this Service, whoever holds it. */
function objection(pass: Pass, draft: Draft, address: Address): Objection | undefined {
  if (!draft.claim.families.includes(address.family)) {
    const message = `it is IPv${address.family}, which spec.ipFamilies does not list`;
    return { reason: "RequestedAddressFamily", message };
  }
  const found = pass.table.find(address);
  if (found === undefined) {
    const message = "no Eip contains it; ask for another address or add a pool";
    return { reason: "RequestedAddressOutsidePools", message };
  }
  const { pool, name, refusal } = found;
  if (pool.protocol !== "bgp") {
    const message = `it belongs to Eip ${name}, whose protocol is ${pool.protocol}; ` +
      `ask for an address of a bgp pool`;
    return { reason: "RequestedAddressProtocol", message };
  }
  if (refusal !== undefined) {
    const message = `only Eip ${name} contains it, and that pool is refused (${refusal.reason})`;
    return { reason: "RequestedAddressOutsidePools", message };
  }
  if (pool.disable || pool.deleting) {
    const state = pool.deleting ? "being deleted" : "disabled";
    const message = `Eip ${name}, which contains it, is ${state} and hands out nothing new`;
    return { reason: "RequestedPoolDisabled", message };
  }
  if (!admits(pass, found, draft.claim)) {
    const message = `Eip ${name}, which contains it, does not admit the Service; look at its ` +
      "spec.namespaces, spec.namespaceSelector and spec.serviceSelector";
    return { reason: "PoolNotAllowed", message };
  }
  const { requestedPools = [name] } = draft.claim;
  if (!requestedPools.includes(name)) {
    const message =
      `Eip ${name} contains it, and the annotation porter.kubesphere.io/pool asks for ` +
      `Eip ${requestedPools.join(",")}; change one of the two`;
    return { reason: "RequestedAddressOutsidePools", message };
  }
  if (isReserved(address) && !pool.usingKnownIps) {
    const message = `it ends in .0 or .255; set spec.usingKnownIPs of Eip ${name} to allow that`;
    return { reason: "RequestedAddressReserved", message };
  }
  if (isFull(pass, found) && !draft.claimed.some((each) => sameAddress(each.address, address))) {
    return { reason: "PoolClaimsFull", message: fullText(`Eip ${name}, which contains it,`) };
  }
  const node = pass.nodeAddresses.get(addressKey(address));
  if (node !== undefined) {
    const message = `it is an address of Node ${node} itself; ask for another address`;
    return { reason: "AddressOfNode", message };
  }
  const holders = pass.reserved.get(addressKey(address)) ?? [];
  const isOwn = holders.includes(formatRef(draft.claim.service));
  return holders.length === 0 || isOwn ? undefined : inUse(holders.join(", "));
}

/** Says who has the address that the Service asks for, before all else that it is refused. */
export function refuseInUse(pass: Pass, draft: Draft): void {
  const address = draft.claim.requested?.address;
  const rival = address === undefined ? undefined : rivalOf(pass, draft, address);
  const no = rival === undefined ? undefined : sharingConflict(draft.claim, rival);
  const later = draft.refusals;
  draft.refusals = [];
  refuseRequest(draft, no ?? inUse("another"));
  draft.refusals = [...draft.refusals, ...later];
}

function inUse(holder: string): Objection {
  const message = `it is held by ${holder}; ask for another address`;
  return { reason: "RequestedAddressInUse", message };
}

/** Refuses the request: for the family of its address, or for all when it has none of them. */
function refuseRequest(draft: Draft, no: Objection): void {
  const { requested } = draft.claim;
  draft.refused = refusedFamilies(draft);
  const message = `Cannot use "${requested?.text}" of ${requested?.field}: ${no.message}`;
  refuse(draft, no.reason, message);
}

function refusedFamilies({ claim: { requested, families } }: Draft): readonly Family[] {
  const family = requested?.address?.family;
  return family !== undefined && families.includes(family) ? [family] : families;
}
