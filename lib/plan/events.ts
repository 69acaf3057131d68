/**
 * What happened between two plans, for people to read on the objects: each fact once.
 *
 * @module
 */

import type { Route } from "../bgp/model/mod.ts";
import type { Assignment } from "../ipam/mod.ts";
import {
  type Address,
  formatAddress,
  formatPrefix,
  prefixContains,
  prefixKey,
  sameAddress,
  samePrefix,
} from "../net/mod.ts";
import { misspeltOptInAnnotation, optInAnnotation } from "../objects/mod.ts";
import { refKey, type Refusal } from "../refusal/mod.ts";
import { deafText } from "./audience.ts";
import type { Plan, ServicePlan } from "./model.ts";
import { byService, delta, visitDifferences } from "./order.ts";
import type { EventReason, ObjectEvent } from "./patch.ts";
import { isAggregate } from "./routes.ts";

/**
 * The facts that `after` has and `before` had not. Without a plan before (a start) what the Services
 * held already is no fact, and neither is that it is announced again. None while incomplete.
 */
export function events(before: Plan | undefined, after: Plan): readonly ObjectEvent[] {
  if (!after.complete) return [];
  const base = before?.complete === true ? before : undefined;
  const found: ObjectEvent[] = [];
  const held = new Set(after.hold?.held.map(({ last }) => prefixKey(last.prefix)));
  const stays = ({ prefix }: Route): boolean => held.has(prefixKey(prefix));
  visitDifferences(base?.services ?? [], after.services, byService, (old, now) => {
    found.push(...serviceEvents(old, now, { starting: base === undefined, stays }));
  });
  found.push(...refusalEvents(base?.refusals ?? [], after.refusals));
  if (base?.hold !== undefined && after.hold === undefined && after.conf !== undefined) {
    const message = "Nothing is held any more: the routes were released, or are announced again";
    found.push({ object: after.conf, type: "Normal", reason: "WithdrawalsReleased", message });
  }
  return found;
}

/** What is refused now and was not before. */
function refusalEvents(
  before: readonly Refusal[],
  after: readonly Refusal[],
): readonly ObjectEvent[] {
  const { removed, added } = delta(before, after);
  const told = new Set([...removed].map(refusalKey));
  return [...added].filter((refusal) => !told.has(refusalKey(refusal)))
    .map((refusal) => ({ type: "Warning", ...refusal }));
}

function serviceEvents(
  old: ServicePlan | undefined,
  now: ServicePlan | undefined,
  { starting, stays }: {
    readonly starting: boolean;
    readonly stays: (route: Route) => boolean;
  },
): readonly ObjectEvent[] {
  const object = (now ?? old)?.service;
  if (object === undefined) return [];
  const found: ObjectEvent[] = [];
  const say = (
    reason: EventReason,
    message: string,
    type: ObjectEvent["type"] = "Normal",
  ): void => {
    found.push({ object, type, reason, message });
  };
  for (const route of without(old?.routes ?? [], now?.routes ?? [])) {
    if (stays(route)) continue;
    // Others may be live still.
    const message = isAggregate(route)
      ? `${addressesIn(old, route)} keeps ${formatPrefix(route.prefix)} announced no more`
      : `${formatPrefix(route.prefix)} is announced no more`;
    say("Withdrawn", message);
  }
  for (const address of left(old, now)) {
    say("AddressReleased", `${formatAddress(address)} is free again`);
  }
  for (const each of gained(old, now)) {
    say("AddressAssigned", `${formatAddress(each.address)} from Eip ${each.pool}`);
  }
  for (const route of without(now?.routes ?? [], old?.routes ?? [])) {
    if (starting && isHeld(now, route)) continue;
    const text = formatPrefix(route.prefix);
    const what = isAggregate(route) ? `${addressesIn(now, route)} as ${text}` : text;
    const deaf = now?.policies.audience.deafTo(route.paths) ?? [];
    const but = deaf.length === 0 ? "" : `; ${deafText(deaf)}`;
    if (now?.policies.audience.isDeafTo(route.paths)) continue;
    say("Announced", `${what} is announced to every peer whose session is up${but}`);
  }
  if (now?.ours === true && isMisspelt(now) && (old === undefined || !isMisspelt(old))) {
    const message = `The annotation ${misspeltOptInAnnotation} is misspelt and works for now; ` +
      `write ${optInAnnotation}`;
    say("DeprecatedAnnotation", message, "Warning");
  }
  return found;
}

function isMisspelt({ read }: ServicePlan): boolean {
  return read.optIn === "misspelt-annotation";
}

/** What the Service has now and had neither in the plan before nor by its record. */
function gained(old: ServicePlan | undefined, now: ServicePlan | undefined): readonly Assignment[] {
  return (now?.assignments ?? []).filter((each) =>
    each.by !== "held" && !hasAddress(old?.assignments ?? [], each.address)
  );
}

/** What the Service had and has no more; an address on its way out is told once. */
function left(old: ServicePlan | undefined, now: ServicePlan | undefined): readonly Address[] {
  const said = old?.released ?? [];
  const released = (now?.released ?? []).filter((each) =>
    !said.some((other) => sameAddress(each, other))
  );
  const dropped = (old?.assignments ?? []).map((each) => each.address).filter((each) =>
    !hasAddress(now?.assignments ?? [], each) && !released.some((other) => sameAddress(each, other))
  );
  return [...released, ...dropped];
}

function hasAddress(assignments: readonly Assignment[], address: Address): boolean {
  return assignments.some((each) => sameAddress(each.address, address));
}

function without(routes: readonly Route[], others: readonly Route[]): readonly Route[] {
  return routes.filter((each) => !others.some((other) => samePrefix(each.prefix, other.prefix)));
}

function isHeld(now: ServicePlan | undefined, { prefix }: Route): boolean {
  return (now?.assignments ?? []).some((each) =>
    each.by === "held" && prefixContains(prefix, each.address)
  );
}

function addressesIn(planned: ServicePlan | undefined, { prefix }: Route): string {
  return (planned?.assignments ?? []).filter(({ address }) => prefixContains(prefix, address))
    .map(({ address }) => formatAddress(address)).join(", ");
}

function refusalKey({ object, reason, message }: Refusal): string {
  return `${refKey(object)} ${reason} ${message}`;
}
