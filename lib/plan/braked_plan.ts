/**
 * A plan with what the brake holds beside it: held routes are among its routes, the BgpConf in force
 * and the Services say so. Parts that would be the same are the same objects from one plan to the next.
 *
 * @module
 */

import type { Route } from "../bgp/model/mod.ts";
import {
  comparePrefixes,
  formatAddress,
  formatPrefix,
  hostPrefix,
  prefixContains,
  type PrefixKey,
  prefixKey,
} from "../net/mod.ts";
import type { BgpConf, Node } from "../objects/mod.ts";
import { compareRefs, type ObjectRef, type Refusal } from "../refusal/mod.ts";
import { formatTime } from "./conditions.ts";
import type { HeldRoute, Hold, Plan, ServicePlan } from "./model.ts";
import { sameItems } from "./order.ts";
import { OwnRoutes } from "./own_routes.ts";
import { isAggregate } from "./routes.ts";

/** Makes such plans, one after another. */
export class BrakedPlans {
  readonly #own: OwnRoutes | undefined;
  readonly #routes = new Kept(mergedRoutes);
  readonly #announced = new Kept(mergedRoutes);
  readonly #services = new Kept(markedServices);
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

/** A function that gives the same for the same arguments as the last time. */
export class Kept<A, B, R> {
  readonly #make: (a: A, b: B) => R;
  #last: { readonly a: A; readonly b: B; readonly made: R } | undefined;

  constructor(make: (a: A, b: B) => R) {
    this.#make = make;
  }

  /** What is made of these. */
  of(a: A, b: B): R {
    const last = this.#last;
    if (last !== undefined && last.a === a && last.b === b) return last.made;
    const made = this.#make(a, b);
    this.#last = { a, b, made };
    return made;
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

/** The last answer for a Service. */
const marked = new WeakMap<
  ServicePlan,
  { readonly held: readonly Route[]; readonly made: ServicePlan }
>();

/** The Services that are there still say that their routes are held. */
function markedServices(services: readonly ServicePlan[], hold: Hold): readonly ServicePlan[] {
  const found = foundIn.get(hold) ?? {
    byPrefix: new Map(hold.held.map((each) => [prefixKey(each.last.prefix), each])),
    aggregates: hold.held.filter(({ last }) => isAggregate(last)),
  };
  foundIn.set(hold, found);
  return services.map((planned) => {
    const own = heldOfService(planned, found);
    if (own.length === 0) return planned;
    const routes = own.map((each) => each.route);
    const known = marked.get(planned);
    if (known !== undefined && sameItems(known.held, routes)) return known.made;
    const by = routes.map((each) =>
      isAggregate(each) ? formatPrefix(each.prefix) : formatAddress(each.prefix.address)
    ).join(", ");
    const there = new Set(planned.routes.map(({ prefix }) => prefixKey(prefix)));
    const made = {
      ...planned,
      routes: [
        ...planned.routes,
        ...routes.filter(({ prefix }) => !there.has(prefixKey(prefix))),
      ],
      refusals: [heldOf(planned.service, by), ...planned.refusals],
    };
    marked.set(planned, { held: routes, made });
    return made;
  });
}

/** What is held, by prefix, and what of it covers more than an address. */
interface Found {
  readonly byPrefix: ReadonlyMap<PrefixKey, HeldRoute>;
  readonly aggregates: readonly HeldRoute[];
}

const foundIn = new WeakMap<Hold, Found>();
const none: readonly never[] = [];

function heldOfService(
  { assignments, service, routes }: ServicePlan,
  { byPrefix, aggregates }: Found,
): readonly HeldRoute[] {
  let found: HeldRoute[] | undefined;
  // A covering prefix is nobody's own: whoever is in it and has no route goes on being led to by it.
  if (routes.length === 0 && aggregates.length > 0) {
    found = aggregates.filter(({ last: { prefix } }) =>
      assignments.some(({ address }) => prefixContains(prefix, address))
    );
  }
  for (const { address } of assignments) {
    const held = byPrefix.get(prefixKey(hostPrefix(address)));
    const isOwn = held?.owners.some((each) => compareRefs(each, service) === 0) ?? false;
    if (held !== undefined && isOwn) (found ??= []).push(held);
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
  return [...refusals, refusal].sort((a, b) => compareRefs(a.object, b.object));
}
