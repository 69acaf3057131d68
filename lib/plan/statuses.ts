/**
 * What the plan says of each object, as patches, and only where something would really change.
 *
 * @module
 */

import type { BfdStatus } from "../bfd/session/mod.ts";
import type { PeerStatus } from "../bgp/model/mod.ts";
import {
  type Eip,
  type ObjectMeta,
  type Service,
  type Snapshot,
  stayingFinalizers,
} from "../objects/mod.ts";
import { compareRefs, formatRef, refKey, type Refusal } from "../refusal/mod.ts";
import { poolClaims } from "./claims.ts";
import type { Plan, PoolPlan, ServicePlan } from "./model.ts";
import { bgpConfPatch, bgpPeerPatch, eipPatch, type EipSaid } from "./object_status.ts";
import { byRef, delta, indexIn, sameItems } from "./order.ts";
import type { StatusPatch } from "./patch.ts";
import { byAddress } from "./pool_plan.ts";
import { servicePatch } from "./service_status.ts";
import type { SpeakerReport } from "./speaker_report.ts";
import {
  afterThoseDropped,
  fences,
  type KeptUse,
  type Stages,
  stagesOf,
  type Written,
} from "./stages.ts";

/** What statuses say beside the plan. */
export interface StatusOptions {
  /** Milliseconds since the epoch, for transitions. */
  readonly now: number;
  /** The sessions as they are, all of them; left out keeps what the statuses say of sessions. */
  readonly sessions?: readonly PeerStatus[];
  /** The BFD sessions as they are; left out keeps what the statuses say of them. */
  readonly bfd?: readonly BfdStatus[];
  /** What speakers said of their sessions; left out keeps what the statuses say of them. */
  readonly reports?: readonly SpeakerReport[] | undefined;
  /** What the loops refuse beside the plan, for example ListenFailed. */
  readonly refusals?: readonly Refusal[];
}

/** As `Statuses.patches`, without anything known from before. */
export function statuses(
  plan: Plan,
  snapshot: Snapshot,
  options: StatusOptions,
): readonly StatusPatch[] {
  return new Statuses().patches(plan, snapshot, options);
}

/** Compares statuses with one plan after another; what said the same before is not looked at again. */
export class Statuses {
  readonly #services = new ServicePatches();
  readonly #finalized = new Finalized();
  /** The Eips of which there was nothing to write, and what that went by. */
  #resting: ReadonlyMap<Eip, Omit<EipSaid, "stages" | "now">> = new Map();

  /**
   * The patches that make the statuses say what the plan of this very snapshot says; none while it is
   * incomplete. Their order matters (stages.ts): any prefix of them, taken alone, gives no address to
   * two Services. What must wait for another pass is left out.
   */
  patches(plan: Plan, snapshot: Snapshot, options: StatusOptions): readonly StatusPatch[] {
    if (!plan.complete || !snapshot.complete) return [];
    const { now, sessions } = options;
    const refusals = byObject([...plan.refusals, ...options.refusals ?? []]);
    const of = (object: { readonly ref: Refusal["object"] }): readonly Refusal[] =>
      refusals.get(refKey(object.ref)) ?? [];
    const states = new Map((sessions ?? []).map((each) => [each.name, each]));
    const session = (name: string): PeerStatus | null | undefined =>
      sessions === undefined ? undefined : states.get(name) ?? null;
    const watched = new Map((options.bfd ?? []).map((each) => [each.name, each]));
    const bfd = (peer: Refusal["object"]): BfdStatus | null | undefined =>
      options.bfd === undefined ? undefined : watched.get(formatRef(peer)) ?? null;
    const agents = new Map(plan.agentPeers.map(({ peer, nodes }) => [peer.name, nodes]));
    const unwritable = unwritableServices(snapshot);
    const pools = new Map(plan.pools.map((each) => [each.eip.name, each]));
    const standing = standingOf(snapshot, unwritable).filter((each) => !isPlanned(each, pools));
    const written = this.#services.of(plan, now)
      .filter(({ service }) => !unwritable.has(refKey(service.ref)));
    const stages = stagesOf(written, standing);
    const eips = this.#eipPatches(snapshot.eips, { pools, stages, of, now });
    const patches = [
      ...stages.leaving,
      ...fences(eips, snapshot.services, stages.leaving),
      ...eips.map(([eip, patch]) => afterThoseDropped(eip, patch)),
      ...stages.taking,
      ...snapshot.bgpConfs.filter((each) => !each.deleting)
        .map((conf) => {
          const inForce = plan.conf !== undefined && refKey(plan.conf) === refKey(conf.ref);
          const hold = inForce ? plan.hold : undefined;
          const reports = inForce ? options.reports : null;
          return bgpConfPatch(conf, { refusals: of(conf), reports, hold }, now);
        }),
      ...snapshot.bgpPeers.filter((each) => !each.deleting)
        .map((peer) => {
          const { name } = peer.ref;
          const said = {
            refusals: of(peer),
            session: session(name),
            bfd: bfd(peer.ref),
            agents: agents.get(name),
            reports: options.reports,
          };
          return bgpPeerPatch(peer, said, now);
        }),
    ];
    const found = patches.filter((each) => each !== undefined);
    const { bgpConfs, bgpPeers } = snapshot;
    const objects = [
      ...this.#finalized.of(snapshot.services),
      ...snapshot.eips,
      ...bgpConfs,
      ...bgpPeers,
    ];
    return [...found, ...finalizerPatches(objects, found)];
  }

  #eipPatches(
    eips: readonly Eip[],
    { pools, stages, of, now }: {
      readonly pools: ReadonlyMap<string, PoolPlan>;
      readonly stages: Stages;
      readonly of: (eip: Eip) => readonly Refusal[];
      readonly now: number;
    },
  ): readonly (readonly [Eip, StatusPatch])[] {
    // Their claims are not those of their plans alone, so that nothing is known of the next pass.
    const moving = new Set([
      ...stages.givers,
      ...[...stages.withheld, ...stages.kept].map(({ pool }) => pool),
    ]);
    const found: (readonly [Eip, StatusPatch])[] = [];
    const resting = new Map<Eip, Omit<EipSaid, "stages" | "now">>();
    for (const eip of eips) {
      const said = { pool: pools.get(eip.ref.name), refusals: of(eip) };
      const before = this.#resting.get(eip);
      const moves = moving.has(eip.ref.name);
      const rests = !moves && before !== undefined && before.pool === said.pool &&
        sameItems(before.refusals, said.refusals);
      const patch = rests ? undefined : eipPatch(eip, { ...said, stages, now });
      if (patch !== undefined) found.push([eip, patch]);
      else if (!moves) resting.set(eip, said);
    }
    this.#resting = resting;
    return found;
  }
}

/**
 * Takes the finalizers of 2020 away, of an object that nothing else is to be written to: what is being
 * deleted goes with its last finalizer, and is let go of before.
 */
function finalizerPatches(
  objects: readonly ObjectMeta[],
  others: readonly StatusPatch[],
): readonly StatusPatch[] {
  if (objects.length === 0) return [];
  const busy = new Set(others.map((each) => refKey(each.object)));
  return objects.flatMap((object): StatusPatch[] => {
    const finalizers = stayingFinalizers(object);
    if (finalizers === undefined || busy.has(refKey(object.ref))) return [];
    return [{ object: object.ref, finalizers, ifUnchanged: object.resourceVersion }];
  });
}

/** Services with a finalizer of 2020, followed from one snapshot to the next: mostly none. */
class Finalized {
  #services: readonly Service[] = [];
  #found: readonly Service[] = [];

  /** In the order of names. */
  of(services: readonly Service[]): readonly Service[] {
    const { removed, added } = delta(this.#services, services);
    this.#services = services;
    const more = added.filter((each) => stayingFinalizers(each) !== undefined);
    if (this.#found.some((each) => removed.has(each)) || more.length > 0) {
      this.#found = [...this.#found.filter((each) => !removed.has(each)), ...more].sort(byRef);
    }
    return this.#found;
  }
}

/** Services that the store cannot write for now, by key. */
function unwritableServices({ faults }: Snapshot): ReadonlyMap<string, Refusal["object"]> {
  const found = new Map<string, Refusal["object"]>();
  for (const { object, unwritable } of faults) {
    if (unwritable && object?.kind === "Service") found.set(refKey(object), object);
  }
  return found;
}

/** What these Services have, by the Eips or by their own records. */
function standingOf(
  { eips, services }: Snapshot,
  unwritable: ReadonlyMap<string, Refusal["object"]>,
): readonly KeptUse[] {
  if (unwritable.size === 0) return [];
  const recorded = services.filter(({ ref }) => unwritable.has(refKey(ref))).flatMap(
    ({ ref, holds }) =>
      holds.flatMap(({ address, pool }) =>
        pool === undefined ? [] : [{ address, pool, service: ref }]
      ),
  );
  return [
    ...poolClaims(eips, [...unwritable.values()].map((service) => ({ service }))),
    ...recorded,
  ];
}

/** Whether the pool's plan has the use anyway: then there is nothing to keep. */
function isPlanned(use: KeptUse, pools: ReadonlyMap<string, PoolPlan>): boolean {
  const used = pools.get(use.pool)?.used ?? [];
  const there = used[indexIn(used, (each) => byAddress(each, use))];
  return there !== undefined && byAddress(there, use) === 0;
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

/** What is to be written to Services. */
class ServicePatches {
  #plans: readonly ServicePlan[] = [];
  #speaking: boolean | undefined;
  /** The plans that may differ from what their Services say. */
  readonly #open = new Set<ServicePlan>();

  /** In the order of names. */
  of({ services, speaker }: Plan, now: number): readonly Written[] {
    const speaking = speaker !== undefined;
    const { removed, added } = delta(
      speaking === this.#speaking ? this.#plans : this.#forgetAll(),
      services,
    );
    this.#plans = services;
    this.#speaking = speaking;
    for (const planned of removed) this.#open.delete(planned);
    for (const planned of added) this.#open.add(planned);
    const written: Written[] = [];
    for (const planned of this.#open) {
      const service = planned.read;
      const instead = (other: ServicePlan): StatusPatch | undefined =>
        servicePatch(other, service, { speaking, now });
      const patch = instead(planned);
      if (patch === undefined) this.#open.delete(planned);
      else written.push({ planned, service, patch, instead });
    }
    return written.sort((a, b) => compareRefs(a.service.ref, b.service.ref));
  }

  #forgetAll(): readonly ServicePlan[] {
    this.#open.clear();
    return [];
  }
}
