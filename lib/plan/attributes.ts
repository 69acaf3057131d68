/**
 * What is said of a Service's paths: by its own annotations as far as its Eip allows it, and by the Eip.
 * What a BgpPeer says comes last and is the speaker's to add. The nearer one wins where there can be one
 * value; communities of all are said (docs/policy.md).
 *
 * @module
 */

import {
  mergeAttributes,
  type Path,
  type PathAttributes,
  plainAttributes,
} from "../bgp/model/mod.ts";
import {
  type AskedAttributes,
  attributeAnnotations,
  type AttributeName,
  attributeNames,
  type EipBgp,
  sameValue,
  type Service,
  type Snapshot,
} from "../objects/mod.ts";
import { Audience } from "./audience.ts";
import type { Refusal } from "../refusal/mod.ts";

/** What decides on what is said of paths, and to whom, beside Services and nodes. */
export interface Policies {
  /** How the addresses of each Eip are announced, by the Eip's name. */
  readonly eips: ReadonlyMap<string, EipBgp>;
  readonly audience: Audience;
}

/** Everything is said plainly, to everybody. */
export const noPolicies: Policies = { eips: new Map(), audience: Audience.of([], []) };

/** Reads the policies of all objects; gives `before` itself, and its parts, where they say the same. */
export function policiesOf(
  { eips, bgpPeers }: Pick<Snapshot, "eips" | "bgpPeers">,
  before: Policies,
): Policies {
  const audience = Audience.of(bgpPeers, eips, before.audience);
  const now = new Map<string, EipBgp>();
  let same = audience === before.audience;
  for (const { ref, spec } of eips) {
    if (spec.bgp === undefined) continue;
    const known = before.eips.get(ref.name);
    const kept = known !== undefined && sameValue(known, spec.bgp) ? known : spec.bgp;
    if (kept !== known) same = false;
    now.set(ref.name, kept);
  }
  return same && now.size === before.eips.size ? before : { eips: now, audience };
}

/** What is said of the paths of a Service, and its wishes that are not followed. */
export interface Said {
  readonly attributes: PathAttributes;
  readonly refusals: readonly Refusal[];
}

/** The last answer for a Service's wishes: mostly the question is the same. */
const answers = new WeakMap<
  AskedAttributes,
  { eip: string; policy: EipBgp | undefined; said: Said }
>();

/** What is said of the paths of a Service to an address of the Eip; the same policy, the same answer. */
export function attributesFor(service: Service, eip: string, policies: Policies): Said {
  const said = saidBy(service, eip, policies.eips.get(eip));
  const onlyTo = policies.audience.ofService(service, eip);
  if (onlyTo === undefined) return said;
  return { ...said, attributes: told(said.attributes, onlyTo) };
}

/** What is said of the paths of an Eip's covering prefixes; undefined when no peer hears of them. */
export function aggregateAttributes(eip: string, policies: Policies): PathAttributes | undefined {
  const { attributes } = ofEip(policies.eips.get(eip));
  const onlyTo = policies.audience.ofAggregates(eip);
  if (onlyTo === undefined) return attributes;
  return onlyTo.length === 0 ? undefined : told(attributes, onlyTo);
}

/**
 * What is said of a Service's paths beside the covering prefix of its address: undefined when nothing
 * is, since the prefix says all of it.
 */
export function besideAggregate(
  service: Service,
  eip: string,
  policies: Policies,
): PathAttributes | undefined {
  const policy = policies.eips.get(eip);
  const { attributes } = saidBy(service, eip, policy);
  const same = sameValue(attributes, ofEip(policy).attributes);
  if (!same || service.externalTrafficPolicy !== "Cluster") {
    return attributesFor(service, eip, policies).attributes;
  }
  const choosy = policies.audience.selecting(service, eip);
  return choosy.length === 0 ? undefined : told(attributes, choosy);
}

const narrowed = new WeakMap<PathAttributes, Map<string, PathAttributes>>();

/** The attributes, to these peers only; the same object for the same. */
function told(attributes: PathAttributes, onlyTo: readonly string[]): PathAttributes {
  const known = narrowed.get(attributes) ?? new Map<string, PathAttributes>();
  narrowed.set(attributes, known);
  const made = known.get(onlyTo.join()) ?? { ...attributes, onlyTo };
  known.set(onlyTo.join(), made);
  return made;
}

function saidBy(service: Service, eip: string, policy: EipBgp | undefined): Said {
  const asked = service.attributes;
  if (asked === undefined) return ofEip(policy);
  const known = answers.get(asked);
  if (known !== undefined && known.policy === policy && known.eip === eip) return known.said;
  const refusals = asked.wrong.map(({ annotation, message }): Refusal => ({
    object: service.ref,
    reason: "AttributeInvalid",
    message: `Cannot use the annotation ${annotation}: it ${message}`,
  }));
  const allowed: Record<string, unknown> = {};
  for (const name of attributeNames) {
    const value = asked.attributes[name];
    if (value === undefined) continue;
    if (policy?.serviceMaySet.includes(name)) allowed[name] = value;
    else refusals.push(notAllowed(service, eip, name));
  }
  const said = { attributes: mergeAttributes(allowed, ofEip(policy).attributes), refusals };
  answers.set(asked, { eip, policy, said });
  return said;
}

const ofEips = new WeakMap<EipBgp, Said>();

function ofEip(policy: EipBgp | undefined): Said {
  if (policy === undefined) return plain;
  const known = ofEips.get(policy) ?? { attributes: policy.attributes, refusals: none };
  ofEips.set(policy, known);
  return known;
}

function notAllowed({ ref }: Service, eip: string, name: AttributeName): Refusal {
  const message = `Cannot use the annotation ${attributeAnnotations[name]}: Eip ${eip} lets no ` +
    `Service set it; add ${name} to its spec.bgp.serviceMaySet, or remove the annotation`;
  return { object: ref, reason: "AttributeNotAllowed", message };
}

const decorated = new WeakMap<readonly Path[], WeakMap<PathAttributes, readonly Path[]>>();

/** The paths with these attributes beside their own; the same lists give the same list. */
export function pathsWith(paths: readonly Path[], attributes: PathAttributes): readonly Path[] {
  if (attributes === plainAttributes) return paths;
  const known = decorated.get(paths) ?? new WeakMap<PathAttributes, readonly Path[]>();
  decorated.set(paths, known);
  const made = known.get(attributes) ?? paths.map((path) => ({
    ...path,
    attributes: mergeAttributes(path.attributes, attributes),
  }));
  known.set(attributes, made);
  return made;
}

const none: readonly never[] = [];
const plain: Said = { attributes: plainAttributes, refusals: none };
