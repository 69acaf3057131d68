/**
 * EIPs as routes: through which nodes, and which peer was told.
 *
 * @module
 */

import type { PeerConfig, Route } from "../bgp/model/mod.ts";
import { formatAddress, formatPrefix, hostPrefix, type PrefixKey, prefixKey } from "../net/mod.ts";
import { type NextHop, nextHopsOf, type ServicePlan } from "../plan/mod.ts";
import { toldByAgents } from "./agents.ts";
import type { RouteReport, ToldReport } from "./model.ts";
import { stateOfService } from "./service_state.ts";
import type { Subject } from "./subject.ts";
import { familyName, nameOf } from "./text.ts";

/** Every address that a Service has, announced or not, in the order of the plan. */
export function routesReport(subject: Subject): readonly RouteReport[] {
  const holders = new Map<PrefixKey, ServicePlan[]>();
  for (const planned of subject.plan.services) {
    for (const { address } of planned.assignments) {
      const key = prefixKey(hostPrefix(address));
      const list = holders.get(key);
      if (list === undefined) holders.set(key, [planned]);
      else list.push(planned);
    }
  }
  const announced = new Map(subject.plan.announced.map((each) => [prefixKey(each.prefix), each]));
  const wanted = new Map(subject.plan.routes.map((each) => [prefixKey(each.prefix), each]));
  return [...holders].flatMap(([key, sharers]) => {
    const route = announced.get(key);
    return routeReport(subject, sharers, { key, route, wanted: wanted.has(key) });
  });
}

interface Found {
  readonly key: PrefixKey;
  readonly route: Route | undefined;
  readonly wanted: boolean;
}

function routeReport(
  subject: Subject,
  sharers: readonly ServicePlan[],
  { key, route, wanted }: Found,
): readonly RouteReport[] {
  const prefix = route?.prefix ??
    sharers.flatMap((each) => each.assignments).map((each) => hostPrefix(each.address))
      .find((each) => prefixKey(each) === key);
  const [first] = sharers;
  if (prefix === undefined || first === undefined) return [];
  const { family } = prefix.address;
  const { reason, message } = route === undefined && wanted
    ? { reason: "Pending", message: "The address is not written down yet" }
    : stateOfService(first, subject.plan.speaker !== undefined);
  return [{
    prefix: formatPrefix(prefix),
    services: sharers.map(({ service }) => nameOf(service)),
    announced: route !== undefined,
    reason,
    message,
    nextHops: sharedHops(sharers.flatMap(nextHopsOf), family),
    peers: route === undefined ? [] : toldReports(subject, route),
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

/** What each peer was told of an announced route, and why not. */
export function toldReports(subject: Subject, route: Route): readonly ToldReport[] {
  const { plan, running } = subject;
  const agents = plan.agentPeers.filter(({ peer }) => !plan.peers.includes(peer));
  return [
    ...plan.peers.map((peer): ToldReport =>
      running === undefined
        ? { peer: peer.name, sent: "unknown", paths: 0, why: "no running porter was asked" }
        : toldBy(subject, peer, route)
    ),
    ...agents.map((each) => toldByAgents(subject, each, route)),
  ];
}

function toldBy(
  { running, plan }: Subject,
  peer: PeerConfig,
  { prefix, paths }: Route,
): ToldReport {
  const session = running?.sessions.find(({ name }) => name === peer.name);
  const no = (why: string): ToldReport => ({ peer: peer.name, sent: "no", paths: 0, why });
  if (session?.negotiated === undefined || session.state !== "Established") {
    const why = session?.refused ?? session?.lastError;
    const last = why === undefined ? "" : `: ${why}`;
    return no(`the session is ${session?.state ?? "not open"}${last}`);
  }
  const { family } = prefix.address;
  if (!session.negotiated.families.includes(family)) {
    return no(`the peer does not take ${familyName(family)}-unicast`);
  }
  const told = running?.told(peer.name, prefix) ?? 0;
  if (told === 0) {
    return session.prefixesHeldBack > 0
      ? no(`RouteCapReached: ${session.prefixesHeldBack} prefixes are kept back by the peer's cap`)
      : no("it is being sent, or none of its next hops can be said to this peer");
  }
  const all = told >= paths.length;
  const addPath = session.negotiated.addPathSend.includes(family);
  const whyFewer = addPath
    ? `spec.addPaths.sendMax is ${peer.addPathSendMax}`
    : "the peer does not receive ADD-PATH";
  const why = all
    ? `${told} of ${paths.length} next hops`
    : `${told} of ${paths.length} next hops: ${whyFewer}`;
  return { peer: peer.name, sent: "yes", paths: told, why: plan.speaker === undefined ? "" : why };
}
