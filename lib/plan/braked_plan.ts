/**
 * A plan with what the brake holds beside it: held routes are among its routes, the BgpConf in force
 * and the Services say so. Parts that would be the same are the same objects from one plan to the next.
 *
 * @module
 */

import type { Route } from "../bgp/model/mod.ts";
import {
  type AddressKey,
  addressKey,
  comparePrefixes,
  formatAddress,
  formatPrefix,
  prefixContains,
  samePrefix,
} from "../net/mod.ts";
import type { BgpConf, Node } from "../objects/mod.ts";
import { compareRefs, type ObjectRef, type Refusal, sameRef } from "../refusal/mod.ts";
import { formatTime } from "./conditions.ts";
import type { HeldRoute, Hold, Plan, ServicePlan } from "./model.ts";
import { Kept } from "./kept.ts";
import { merge, sameItems, shared } from "./order.ts";
import { OwnRoutes } from "./own_routes.ts";
import { isAggregate } from "./routes.ts";

/** Makes such plans, one after another. */
export class BrakedPlans {
  readonly #own: OwnRoutes | undefined;
  readonly #routes = new Kept(mergedRoutes);
  readonly #announced = new Kept(mergedRoutes);
  readonly #services = new MarkedServices();
  readonly #refusals = new Kept(withRefusal);
  readonly #refusal = new Kept(heldRefusal);
  readonly #said = new Kept((hold: Hold, nodes: readonly Node[]) => this.#saidHere(hold, nodes));

  /** For the agent of this node; undefined: for a manager. */
  constructor(node: string | undefined) {
    this.#own = node === undefined ? undefined : new OwnRoutes(node);
  }

  /** The plan with a hold. */
  of(
    plan: Plan,
    hold: Hold,
    { conf, snapshot }: {
      readonly conf: BgpConf;
      readonly snapshot: { readonly nodes: readonly Node[] };
    },
  ): Plan {
    const held = this.#said.of(hold, snapshot.nodes);
    const routes = this.#routes.of(plan.routes, held);
    return {
      ...plan,
      routes,
      announced: plan.announced === plan.routes ? routes : this.#announced.of(plan.announced, held),
      services: this.#services.of(plan.services, hold),
      refusals: this.#refusals.of(plan.refusals, this.#refusal.of(conf, hold.since)),
      hold,
    };
  }

  #saidHere({ held }: Hold, nodes: readonly Node[]): readonly Route[] {
    const routes = held.map((each) => each.route);
    return this.#own === undefined ? routes : this.#own.of(routes, nodes);
  }
}

/** Both are in the order of prefixes; where both have a prefix the route that is there counts. */
function mergedRoutes(routes: readonly Route[], held: readonly Route[]): readonly Route[] {
  const merged: Route[] = [];
  let at = 0;
  for (const next of held) {
    let order = -1;
    for (; at < routes.length; at++) {
      const route = routes[at] as Route;
      order = comparePrefixes(route.prefix, next.prefix);
      if (order >= 0) break;
      merged.push(route);
    }
    if (at >= routes.length || order !== 0) merged.push(next);
  }
  for (; at < routes.length; at++) merged.push(routes[at] as Route);
  return merged;
}

/** The Services that are there still say that their routes are held; followed from plan to plan. */
class MarkedServices {
  #hold: Hold | undefined;
  #found: Found = { byAddress: new Map(), aggregates: none };
  #services: readonly ServicePlan[] = none;
  #made: readonly ServicePlan[] = none;
  /** The last answer for a Service. */
  readonly #marked = new WeakMap<ServicePlan, Marked>();

  /** The same list for the same; of another one only what differs is looked at while the hold is the same. */
  of(services: readonly ServicePlan[], hold: Hold): readonly ServicePlan[] {
    const [before, made] = [this.#services, this.#made];
    if (hold === this.#hold && services === before) return made;
    const { start, end } = hold === this.#hold ? shared(before, services) : { start: 0, end: 0 };
    if (hold !== this.#hold) this.#found = foundIn(hold);
    const others = services.slice(start, services.length - end).map((each) => this.#mark(each));
    this.#hold = hold;
    this.#services = services;
    this.#made = made.slice(0, start).concat(others, made.slice(before.length - end));
    return this.#made;
  }

  #mark(planned: ServicePlan): ServicePlan {
    const own = heldOfService(planned, this.#found);
    if (own.length === 0) return planned;
    const known = this.#marked.get(planned);
    if (known !== undefined && sameItems(known.held, own)) return known.made;
    const made = marked(planned, own);
    this.#marked.set(planned, { held: own, made });
    return made;
  }
}

interface Marked {
  readonly held: readonly Route[];
  readonly made: ServicePlan;
}

function marked(planned: ServicePlan, held: readonly Route[]): ServicePlan {
  const by = held.map((each) =>
    isAggregate(each) ? formatPrefix(each.prefix) : formatAddress(each.prefix.address)
  ).join(", ");
  const others = held.filter(({ prefix }) =>
    !planned.routes.some((each) => samePrefix(each.prefix, prefix))
  );
  return {
    ...planned,
    routes: [...planned.routes, ...others],
    refusals: [heldOf(planned.service, by), ...planned.refusals],
  };
}

/** What is held, by address, and what of it covers more than one. */
interface Found {
  readonly byAddress: ReadonlyMap<AddressKey, HeldRoute>;
  readonly aggregates: readonly Route[];
}

function foundIn({ held }: Hold): Found {
  const byAddress = new Map<AddressKey, HeldRoute>();
  const aggregates: Route[] = [];
  for (const each of held) {
    if (isAggregate(each.last)) aggregates.push(each.route);
    else byAddress.set(addressKey(each.last.prefix.address), each);
  }
  return { byAddress, aggregates };
}

const none: readonly never[] = [];

function heldOfService(
  { assignments, service, routes }: ServicePlan,
  { byAddress, aggregates }: Found,
): readonly Route[] {
  let found: Route[] | undefined;
  // A covering prefix is nobody's own: whoever is in it and has no route goes on being led to by it.
  if (routes.length === 0 && aggregates.length > 0) {
    found = aggregates.filter(({ prefix }) =>
      assignments.some(({ address }) => prefixContains(prefix, address))
    );
  }
  for (const { address } of assignments) {
    const held = byAddress.get(addressKey(address));
    if (held?.owners.some((each) => sameRef(each, service))) (found ??= []).push(held.route);
  }
  return found ?? none;
}

function heldOf(object: ObjectRef, addresses: string): Refusal {
  const message =
    `Cannot withdraw ${addresses}: the brake of the BgpConf holds it as it was last ` +
    "announced; see porter brake";
  return { object, reason: "WithdrawalsHeld", message };
}

/** No numbers of routes in the text: it would be written anew with every one. */
function heldRefusal({ ref, spec: { brake } }: BgpConf, since: number): Refusal {
  const { maxWithdrawn = 0, within = 0 } = brake ?? {};
  const message = `Cannot withdraw the routes in status.brake: more than ${maxWithdrawn}% of all ` +
    `would have gone within ${within / 1000} s at ${formatTime(since)}; undo that change, or ` +
    "release them with porter brake --release";
  return { object: ref, reason: "WithdrawalsHeld", message };
}

function withRefusal(refusals: readonly Refusal[], refusal: Refusal): readonly Refusal[] {
  return merge(refusals, [refusal], (a, b) => compareRefs(a.object, b.object));
}
