/**
 * What the plan says of each object, as patches, and only where something would really change.
 *
 * @module
 */

import type { PeerStatus } from "../bgp/model/mod.ts";
import { type AddressKey, addressKey } from "../net/mod.ts";
import type { Service, Snapshot } from "../objects/mod.ts";
import { refKey, type Refusal } from "../refusal/mod.ts";
import type { Plan, ServicePlan } from "./model.ts";
import { bgpConfPatch, bgpPeerPatch, eipPatch } from "./object_status.ts";
import type { StatusPatch } from "./patch.ts";
import { servicePatch } from "./service_status.ts";

/** What statuses say beside the plan. */
export interface StatusOptions {
  /** Milliseconds since the epoch, for transitions. */
  readonly now: number;
  /** The sessions as they are, all of them; left out keeps what the statuses say of sessions. */
  readonly sessions?: readonly PeerStatus[];
  /** What the loops refuse beside the plan, for example ListenFailed. */
  readonly refusals?: readonly Refusal[];
}

/**
 * The patches that make the statuses say what the plan of this very snapshot says; none while it is
 * incomplete.
 * A Service that leaves an address comes before the one that gets it, so that any prefix of the
 * patches, taken alone, gives no address to two Services.
 */
export function statuses(
  plan: Plan,
  snapshot: Snapshot,
  options: StatusOptions,
): readonly StatusPatch[] {
  if (!plan.complete || !snapshot.complete) return [];
  const { now, sessions } = options;
  const refusals = byObject([...plan.refusals, ...options.refusals ?? []]);
  const of = (object: { readonly ref: Refusal["object"] }): readonly Refusal[] =>
    refusals.get(refKey(object.ref)) ?? [];
  const pools = new Map(plan.pools.map((each) => [each.eip.name, each]));
  const states = new Map((sessions ?? []).map((each) => [each.name, each]));
  const session = (name: string): PeerStatus | null | undefined =>
    sessions === undefined ? undefined : states.get(name) ?? null;
  const patches = [
    ...servicePatches(plan, snapshot, now),
    ...snapshot.eips.map((eip) => eipPatch(eip, pools.get(eip.ref.name), of(eip), now)),
    ...snapshot.bgpConfs.filter((each) => !each.deleting)
      .map((conf) => bgpConfPatch(conf, of(conf), now)),
    ...snapshot.bgpPeers.filter((each) => !each.deleting)
      .map((peer) => bgpPeerPatch(peer, of(peer), session(peer.ref.name), now)),
  ];
  return patches.filter((each) => each !== undefined);
}

/** The refusals of Services are told by their own plans; there can be thousands. */
function byObject(refusals: readonly Refusal[]): ReadonlyMap<string, readonly Refusal[]> {
  const found = new Map<string, Refusal[]>();
  for (const refusal of refusals) {
    if (refusal.object.kind === "Service") continue;
    const list = found.get(refKey(refusal.object));
    if (list === undefined) found.set(refKey(refusal.object), [refusal]);
    else list.push(refusal);
  }
  return found;
}

/** The last Service for which a part of a plan had nothing to write, and whether we spoke. */
const settled = new WeakMap<ServicePlan, { service: Service; speaking: boolean }>();

function servicePatches(plan: Plan, snapshot: Snapshot, now: number): readonly StatusPatch[] {
  const speaking = plan.speaker !== undefined;
  const written = new Map<ServicePlan, StatusPatch>();
  const plans = new Map(plan.services.map((each) => [each.service, each]));
  for (const service of snapshot.services) {
    const planned = plans.get(service.ref);
    if (planned === undefined) continue;
    const known = settled.get(planned);
    if (known?.service === service && known.speaking === speaking) continue;
    const patch = servicePatch(planned, service, { speaking, now });
    if (patch === undefined) settled.set(planned, { service, speaking });
    else written.set(planned, patch);
  }
  return leaversFirst(written);
}

/** Puts who leaves an address before who gets it. Nobody can wait for himself: nobody swaps. */
function leaversFirst(written: ReadonlyMap<ServicePlan, StatusPatch>): readonly StatusPatch[] {
  const leavers = new Map<AddressKey, ServicePlan[]>();
  const pending = new Map(written);
  for (const planned of written.keys()) {
    for (const address of planned.released) {
      const key = addressKey(address);
      leavers.set(key, [...leavers.get(key) ?? [], planned]);
    }
  }
  if (leavers.size === 0) return [...written.values()];
  const ordered: StatusPatch[] = [];
  const seen = new Set<ServicePlan>();
  // A stack of our own: a chain can be as long as there are Services.
  const stack: ServicePlan[] = [...written.keys()].reverse();
  for (let planned = stack.at(-1); planned !== undefined; planned = stack.at(-1)) {
    const first = seen.has(planned) ? [] : leaversOf(planned, leavers);
    seen.add(planned);
    const waiting = first.filter((each) => !seen.has(each));
    if (waiting.length > 0) {
      stack.push(...waiting);
      continue;
    }
    stack.pop();
    const patch = pending.get(planned);
    if (patch !== undefined) ordered.push(patch);
    pending.delete(planned);
  }
  return ordered;
}

/** Who leaves an address that this Service gets. */
function leaversOf(
  planned: ServicePlan,
  leavers: ReadonlyMap<AddressKey, readonly ServicePlan[]>,
): readonly ServicePlan[] {
  return planned.assignments.flatMap((each) => leavers.get(addressKey(each.address)) ?? []);
}
