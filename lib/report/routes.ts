/**
 * EIPs as routes: through which nodes, and which peer was told.
 *
 * @module
 */

import { hears, type PeerConfig, type Route } from "../bgp/model/mod.ts";
import {
  type Address,
  formatAddress,
  formatPrefix,
  hostPrefix,
  prefixContains,
  type PrefixKey,
  prefixKey,
} from "../net/mod.ts";
import { isAggregate, type NextHop, nextHopsOf, type ServicePlan } from "../plan/mod.ts";
import { toldByAgents } from "./agents.ts";
import type { NotToldReason, RouteReport, ToldReport } from "./model.ts";
import { stateOfService } from "./service_state.ts";
import type { Subject } from "./subject.ts";
import { familyName, nameOf } from "./text.ts";

/** Every address that a Service has, announced or not, in the order of the plan. */
export function routesReport(subject: Subject): readonly RouteReport[] {
  const holders = new Map<PrefixKey, Held>();
  for (const planned of subject.plan.services) {
    for (const { address } of planned.assignments) {
      const key = prefixKey(hostPrefix(address));
      const held = holders.get(key);
      if (held === undefined) holders.set(key, { address, sharers: [planned] });
      else held.sharers.push(planned);
    }
  }
  const announced = new Map(subject.plan.announced.map((each) => [prefixKey(each.prefix), each]));
  return [...holders.values()].flatMap((held) => {
    const wanted = routesFor(held.address, held.sharers);
    const routes = wanted.flatMap((each) => announced.get(prefixKey(each.prefix)) ?? []);
    return routeReport(subject, held, { routes, wanted: wanted.length > 0 });
  });
}

interface Held {
  readonly address: Address;
  readonly sharers: ServicePlan[];
}

interface Found {
  /** Those that are announced for the address, the most specific first. */
  readonly routes: readonly Route[];
  readonly wanted: boolean;
}

/** The routes that lead to an address of these Services, the most specific first. */
function routesFor(address: Address, sharers: readonly ServicePlan[]): readonly Route[] {
  return sharers.flatMap(({ routes }) => routes)
    .filter(({ prefix }) => prefixContains(prefix, address))
    .sort((a, b) => b.prefix.length - a.prefix.length);
}

function routeReport(
  subject: Subject,
  { address, sharers }: Held,
  { routes, wanted }: Found,
): readonly RouteReport[] {
  const [first] = sharers;
  if (first === undefined) return [];
  const [route] = routes;
  const { family } = address;
  const { reason, message } = route === undefined && wanted
    ? { reason: "Pending", message: "The address is not written down yet" }
    : stateOfService(first, subject.plan.speaker !== undefined);
  return [{
    prefix: formatPrefix(hostPrefix(address)),
    aggregate: route !== undefined && isAggregate(route) ? formatPrefix(route.prefix) : null,
    services: sharers.map(({ service }) => nameOf(service)),
    announced: route !== undefined,
    reason,
    message,
    nextHops: sharedHops(sharers.flatMap(nextHopsOf), family),
    peers: toldReports(subject, routes),
  }];
}

/** The verdicts for one Service, or for several that share: who is out for one is out for all. */
function sharedHops(hops: readonly NextHop[], family: number): RouteReport["nextHops"] {
  const verdicts = new Map<string, NextHop>();
  for (const hop of hops) {
    if (hop.family !== family) continue;
    if (hop.out !== undefined || !verdicts.has(hop.node)) verdicts.set(hop.node, hop);
  }
  return [...verdicts.values()].map(({ node, address, out }) => ({
    node,
    address: address === undefined ? null : formatAddress(address),
    out: out ?? null,
  }));
}

/** What each peer was told of the announced routes of an address, the most specific first, and why not. */
export function toldReports(subject: Subject, routes: readonly Route[]): readonly ToldReport[] {
  const { plan } = subject;
  if (routes.length === 0) return [];
  const agents = plan.agentPeers.filter(({ peer }) => !plan.peers.includes(peer));
  return [
    ...plan.peers.map((peer) => firstTold(peer, routes, (route) => toldBy(subject, peer, route))),
    ...agents.map((each) =>
      firstTold(each.peer, routes, (route) => toldByAgents(subject, each, route))
    ),
  ];
}

/** What counts is the most specific route that the peer has. */
function firstTold(
  { name }: PeerConfig,
  routes: readonly Route[],
  tell: (route: Route) => ToldReport,
): ToldReport {
  const told = routes.map(tell);
  return told.find(({ sent }) => sent !== "no") ?? told[0] ??
    { peer: name, sent: "no", reason: "NotSent", paths: 0, why: "nothing is announced" };
}

function toldBy(subject: Subject, peer: PeerConfig, route: Route): ToldReport {
  const { running } = subject;
  const heard = route.paths.filter(({ attributes }) => hears(attributes, peer.name));
  if (heard.length === 0) {
    return notTold(peer, "NoPeerSelects", "spec.export of the BgpPeer does not select it");
  }
  if (running === undefined) {
    const why = "no running porter was asked";
    return { peer: peer.name, sent: "unknown", reason: null, paths: 0, why };
  }
  const session = running.sessions.find(({ name }) => name === peer.name);
  if (session?.negotiated === undefined || session.state !== "Established") {
    const why = session?.refused ?? session?.lastError;
    const last = why === undefined ? "" : `: ${why}`;
    return notTold(peer, "SessionDown", `the session is ${session?.state ?? "not open"}${last}`);
  }
  const { negotiated, prefixesHeldBack } = session;
  const { family } = route.prefix.address;
  if (!negotiated.families.includes(family)) {
    const why = `the peer does not take ${familyName(family)}-unicast`;
    return notTold(peer, "FamilyNotNegotiated", why);
  }
  const told = running.told(peer.name, route.prefix) ?? 0;
  if (told > 0) {
    return toldSome(peer, route, {
      ...{ told, heard: heard.length, addPath: negotiated.addPathSend.includes(family) },
    });
  }
  const foreign = heard.every(({ nextHop }) => nextHop.family !== family);
  if (foreign && peer.nextHop === "keep" && !negotiated.extendedNextHop) {
    const why = "its next hops are IPv6, which the peer does not take for IPv4 (RFC 8950)";
    return notTold(peer, "NotSent", why);
  }
  return prefixesHeldBack > 0
    ? notTold(peer, "RouteCapReached", `${prefixesHeldBack} prefixes are kept back by its cap`)
    : notTold(peer, "NotSent", "it is being sent, or none of its next hops can be said to it");
}

function notTold({ name }: PeerConfig, reason: NotToldReason, why: string): ToldReport {
  return { peer: name, sent: "no", reason, paths: 0, why };
}

function toldSome(
  { name, addPathSendMax }: PeerConfig,
  route: Route,
  { told, heard, addPath }: {
    readonly told: number;
    readonly heard: number;
    readonly addPath: boolean;
  },
): ToldReport {
  const as = isAggregate(route) ? ` as ${formatPrefix(route.prefix)}` : "";
  const counted = `${told} of ${heard} next hops${as}`;
  const whyFewer = addPath
    ? `spec.addPaths.sendMax is ${addPathSendMax}`
    : "the peer does not receive ADD-PATH";
  const why = told >= heard ? counted : `${counted}: ${whyFewer}`;
  return { peer: name, sent: "yes", reason: null, paths: told, why };
}
