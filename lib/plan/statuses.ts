/**
 * What the plan says of each object, as patches, and only where something would really change.
 *
 * @module
 */

import type { PeerStatus } from "../bgp/model/mod.ts";
import { type Service, type Snapshot, stayingFinalizers } from "../objects/mod.ts";
import { refKey, type Refusal } from "../refusal/mod.ts";
import type { Plan, ServicePlan } from "./model.ts";
import { bgpConfPatch, bgpPeerPatch, eipPatch } from "./object_status.ts";
import type { StatusPatch } from "./patch.ts";
import { servicePatch } from "./service_status.ts";
import { fences, stagesOf, type Written } from "./stages.ts";

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
 * incomplete. Their order matters (stages.ts): any prefix of them, taken alone, gives no address to
 * two Services. What must wait for another pass is left out.
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
  const agents = new Map(plan.agentPeers.map(({ peer, nodes }) => [peer.name, nodes]));
  const stages = stagesOf(servicePatches(plan, snapshot, now));
  const eips = snapshot.eips.flatMap((eip) => {
    const pool = pools.get(eip.ref.name);
    const patch = eipPatch(eip, { pool, stages, refusals: of(eip), now });
    return patch === undefined ? [] : [[eip, patch] as const];
  });
  const services = eips.length === 0
    ? new Map<string, Service>()
    : new Map(snapshot.services.map((each) => [refKey(each.ref), each]));
  const patches = [
    ...stages.leaving,
    ...fences(eips, services, stages.leaving),
    ...eips.map(([, patch]) => patch),
    ...stages.taking,
    ...snapshot.bgpConfs.filter((each) => !each.deleting)
      .map((conf) => bgpConfPatch(conf, of(conf), now)),
    ...snapshot.bgpPeers.filter((each) => !each.deleting)
      .map((peer) => {
        const { name } = peer.ref;
        const said = { refusals: of(peer), session: session(name), agents: agents.get(name) };
        return bgpPeerPatch(peer, said, now);
      }),
  ];
  const found = patches.filter((each) => each !== undefined);
  return [...found, ...finalizerPatches(snapshot, found)];
}

/**
 * Takes the finalizers of 2020 away, of an object that nothing else is to be written to: what is being
 * deleted goes with its last finalizer, and is let go of before.
 */
function finalizerPatches(
  snapshot: Snapshot,
  others: readonly StatusPatch[],
): readonly StatusPatch[] {
  const { services, eips, bgpConfs, bgpPeers } = snapshot;
  const found: StatusPatch[] = [];
  let busy: ReadonlySet<string> | undefined;
  for (const objects of [services, eips, bgpConfs, bgpPeers]) {
    for (const object of objects) {
      const finalizers = stayingFinalizers(object);
      if (finalizers === undefined) continue;
      busy ??= new Set(others.map((each) => refKey(each.object)));
      if (busy.has(refKey(object.ref))) continue;
      found.push({ object: object.ref, finalizers, ifUnchanged: object.resourceVersion });
    }
  }
  return found;
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

function servicePatches(plan: Plan, snapshot: Snapshot, now: number): readonly Written[] {
  const speaking = plan.speaker !== undefined;
  const written: Written[] = [];
  const plans = new Map(plan.services.map((each) => [each.service, each]));
  for (const service of snapshot.services) {
    const planned = plans.get(service.ref);
    if (planned === undefined) continue;
    const known = settled.get(planned);
    if (known?.service === service && known.speaking === speaking) continue;
    const instead = (other: ServicePlan): StatusPatch | undefined =>
      servicePatch(other, service, { speaking, now });
    const patch = instead(planned);
    if (patch === undefined) settled.set(planned, { service, speaking });
    else written.push({ planned, service, patch, instead });
  }
  return written;
}
