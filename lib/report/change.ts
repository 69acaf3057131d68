/**
 * What a change of objects would change: two plans as facts, and the facts that differ.
 *
 * @module
 */

import {
  nextSnapshot,
  type Noun,
  type ObjectMeta,
  type Service,
  type Snapshot,
} from "../objects/mod.ts";
import { type ObjectRef, refKey } from "../refusal/mod.ts";
import { factsOf } from "./facts.ts";
import { subjectOf, type SubjectOptions } from "./subject.ts";

/** One fact that would be another one; null where there is none. */
export interface Difference {
  /** For example "Service shop/web", "route 203.0.113.7/32". */
  readonly what: string;
  readonly before: string | null;
  readonly after: string | null;
}

/** What is applied, and what is deleted. */
export interface Change {
  readonly set: readonly Noun[];
  readonly removed: readonly ObjectRef[];
}

/** Those of the objects that a snapshot does not have. */
export function absentFrom(
  snapshot: Snapshot,
  objects: readonly ObjectRef[],
): readonly ObjectRef[] {
  const present = presentIn(snapshot);
  return objects.filter((each) => !present.has(refKey(each)));
}

function presentIn(snapshot: Snapshot): ReadonlyMap<string, ObjectMeta> {
  return new Map(allOf(snapshot).map((each) => [refKey(each.ref), each]));
}

/**
 * What would differ once these objects were applied and those deleted. Statuses and what Services hold stay
 * as they are: a manifest does not say them.
 */
export function differences(
  snapshot: Snapshot,
  { set, removed }: Change,
  options: SubjectOptions = {},
): readonly Difference[] {
  const present = presentIn(snapshot);
  const merged = set.map((noun) => kept(noun, present.get(refKey(noun.object.ref))));
  const [before, after] = [
    factsOf(subjectOf(snapshot, options)),
    factsOf(subjectOf(nextSnapshot(snapshot, { set: merged, removed }), options)),
  ];
  const keys = [...new Set([...before.keys(), ...after.keys()])];
  return keys.filter((what) => before.get(what) !== after.get(what)).map((what) => ({
    what,
    before: before.get(what) ?? null,
    after: after.get(what) ?? null,
  }));
}

/** A manifest's object with what the cluster knows of it beside the manifest. */
function kept(noun: Noun, present: ObjectMeta | undefined): Noun {
  if (present === undefined) return noun;
  const { status, createdAt, uid, generation, resourceVersion } = present;
  const annotations = { ...present.annotations, ...noun.object.annotations };
  const meta = { status, createdAt, uid, generation, resourceVersion, annotations };
  const ofService = noun.kind === "Service" ? keptOfService(noun.object, present as Service) : {};
  return { ...noun, object: { ...noun.object, ...meta, ...ofService } } as Noun;
}

/**
 * What it holds, and its families where the manifest says none: an API server fills them in once, and
 * follows ipFamilyPolicy from then on.
 */
function keptOfService(
  said: Service,
  { holds, families, ipFamilyPolicy }: Service,
): Partial<Service> {
  if (said.familiesAssumed !== true) return { holds };
  const [first = 4] = families;
  switch (said.ipFamilyPolicy) {
    case undefined:
      return { holds, families, ...(ipFamilyPolicy === undefined ? {} : { ipFamilyPolicy }) };
    case "SingleStack":
      return { holds, families: [first] };
    default:
      return { holds, families: families.length > 1 ? families : [first, first === 4 ? 6 : 4] };
  }
}

function allOf(snapshot: Snapshot): readonly ObjectMeta[] {
  const { eips, bgpConfs, bgpPeers, services, endpointSlices, nodes, namespaces } = snapshot;
  return [eips, bgpConfs, bgpPeers, services, endpointSlices, nodes, namespaces ?? []].flat();
}
