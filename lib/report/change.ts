/**
 * What a change of objects would change: two plans as facts, and the facts that differ.
 *
 * @module
 */

import { formatAddress, formatPrefix } from "../net/mod.ts";
import { nextSnapshot, type Noun, type ObjectMeta, type Snapshot } from "../objects/mod.ts";
import { type ObjectRef, refKey } from "../refusal/mod.ts";
import { subjectOf, type SubjectOptions } from "./subject.ts";
import { nameOf } from "./text.ts";

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
    factsOf(snapshot, options),
    factsOf(nextSnapshot(snapshot, { set: merged, removed }), options),
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
  const holds = "holds" in present ? { holds: present.holds } : {};
  return { ...noun, object: { ...noun.object, ...meta, ...holds } } as Noun;
}

function allOf(snapshot: Snapshot): readonly ObjectMeta[] {
  const { eips, bgpConfs, bgpPeers, services, endpointSlices, nodes, namespaces } = snapshot;
  return [eips, bgpConfs, bgpPeers, services, endpointSlices, nodes, namespaces ?? []].flat();
}

/** Everything that a plan comes to, one fact a key. */
function factsOf(snapshot: Snapshot, options: SubjectOptions): ReadonlyMap<string, string> {
  const { plan } = subjectOf(snapshot, options);
  const facts = new Map<string, string>();
  for (const { service, assignments } of plan.services) {
    const held = assignments.map(({ address, pool }) => `${formatAddress(address)} of Eip ${pool}`);
    if (held.length > 0) facts.set(`Service ${nameOf(service)}`, held.join(", "));
  }
  for (const { prefix, paths } of plan.routes) {
    const hops = paths.map(({ nextHop }) => formatAddress(nextHop)).join(", ");
    facts.set(`route ${formatPrefix(prefix)}`, `${paths.length} next hops: ${hops}`);
  }
  for (const { eip, state, usage, poolSize } of plan.pools) {
    facts.set(`Eip ${eip.name}`, `${state.toLowerCase()}, ${usage} of ${poolSize} in use`);
  }
  if (plan.speaker !== undefined) {
    const { as, routerId, listen } = plan.speaker;
    const port = listen === undefined ? "no port" : `port ${listen.port}`;
    facts.set("speaker", `AS ${as}, router id ${formatAddress(routerId)}, ${port}`);
  }
  for (const peer of [...plan.peers, ...plan.agentPeers.map((each) => each.peer)]) {
    const { name, address, ...rest } = peer;
    const said = Object.entries(rest).filter(([, value]) => typeof value !== "object")
      .map(([key, value]) => `${key} ${value}`).join(", ");
    facts.set(`BgpPeer ${name}`, `${formatAddress(address)}, ${said}`);
  }
  for (const { object, reason, message } of plan.refusals) {
    facts.set(`refused ${object.kind} ${nameOf(object)} ${reason}`, message);
  }
  return facts;
}
