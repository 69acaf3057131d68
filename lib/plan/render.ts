/**
 * A plan as text for people: one fact a line, in an order that depends on nothing but the plan, so
 * that two plans can be compared with `diff`.
 *
 * @module
 */

import type { BfdTarget } from "../bfd/session/mod.ts";
import type { Path, PeerConfig, Route } from "../bgp/model/mod.ts";
import type { HostEip, HostState } from "../host/mod.ts";
import {
  addressKey,
  type Family,
  formatAddress,
  formatPrefix,
  hostPrefix,
  type PrefixKey,
  prefixKey,
} from "../net/mod.ts";
import { formatRef } from "../refusal/mod.ts";
import { attributesText } from "./attributes_text.ts";
import type { AgentPeer, NextHop, Plan, PoolPlan, ServicePlan } from "./model.ts";
import { isAggregate } from "./routes.ts";
import { nextHopsOf, nextHopsOfAggregate, routeOf } from "./service_plan.ts";
import { standingMeanings } from "./service_status.ts";

/** A node's host state, for printing. */
export interface NodeHostState {
  readonly node: string;
  readonly state: HostState;
}

/** Writes a plan and the host states of the nodes. */
export function renderPlan(plan: Plan, hostStates: readonly NodeHostState[]): string {
  const sections: readonly (readonly [string, readonly string[]])[] = [
    ["assignments", plan.services.flatMap(assignmentLines)],
    ["routes", routeLines(plan)],
    ["pools", plan.pools.map(poolLine)],
    ["speaker", speakerLines(plan)],
    ["host state", hostLines(hostStates)],
    [
      "refusals",
      plan.refusals.map((each) => `${formatRef(each.object)}: ${each.reason}: ${each.message}`),
    ],
  ];
  const incomplete = plan.complete ? "" : "incomplete: not every kind of object was listed yet\n\n";
  const text = sections.map(([title, lines]) =>
    [title, ...(lines.length === 0 ? ["none"] : lines).map((line) => `  ${line}`)].join("\n")
  );
  return `${incomplete}${text.join("\n\n")}\n`;
}

function assignmentLines(planned: ServicePlan): readonly string[] {
  const name = formatRef(planned.service);
  const given = planned.assignments.map(({ address, pool, by, standing }) => {
    const odd = standing === "InPool" ? "" : `, ${standingMeanings[standing]}`;
    return `${name}: ${formatAddress(address)} from Eip ${pool} (${origins[by]}${odd})`;
  });
  const suffix = planned.ours ? "" : ", the Service is let go";
  const gone = planned.released.map((each) => `${name}: ${formatAddress(each)} released${suffix}`);
  return [...given, ...gone];
}

const origins = {
  held: "held",
  pool: "new",
  annotation: "new, as the annotation asks",
  loadBalancerIP: "new, as spec.loadBalancerIP asks",
} as const;

/** Every route with all verdicts; then what is assigned and not announced, with the same. */
function routeLines(plan: Plan): readonly string[] {
  const services = new Map<PrefixKey, ServicePlan[]>();
  for (const planned of plan.services) {
    for (const { prefix } of planned.routes) {
      const key = prefixKey(prefix);
      services.set(key, [...services.get(key) ?? [], planned]);
    }
  }
  const announced = plan.routes.flatMap((route) => {
    const { prefix, paths } = route;
    const sharers = services.get(prefixKey(prefix)) ?? [];
    if (isAggregate(route)) return aggregateLines(route, sharers);
    const who = sharers.map((each) => formatRef(each.service)).join(", ");
    const lines = hopLines(sharers, { family: prefix.address.family, paths });
    return [`${formatPrefix(prefix)} for ${who}`, ...lines];
  });
  return [...announced, ...plan.services.flatMap(unannouncedLines)];
}

/** So many Services of a covering prefix are named. */
const mostNamed = 8;

function aggregateLines(route: Route, live: readonly ServicePlan[]): readonly string[] {
  const named = live.slice(0, mostNamed).map((each) => formatRef(each.service));
  const more = live.length > mostNamed ? ` and ${live.length - mostNamed} more` : "";
  const [any] = live;
  const hops = any === undefined ? [] : nextHopsOfAggregate(any, route);
  return [
    `${formatPrefix(route.prefix)} covers ${named.join(", ")}${more}`,
    ...verdictLines(hops, route.paths),
  ];
}

function unannouncedLines(planned: ServicePlan): readonly string[] {
  const { assignments, routes, service } = planned;
  return assignments.filter(({ address }) => routeOf(routes, address) === undefined)
    .map((each) => hostPrefix(each.address))
    .flatMap((prefix) => [
      `${formatPrefix(prefix)} for ${formatRef(service)}: not announced`,
      ...hopLines([planned], { family: prefix.address.family, paths: [] }),
    ]);
}

/** The verdicts for one Service, or for several that share: who is out for one is out for all. */
function hopLines(
  sharers: readonly ServicePlan[],
  { family, paths }: { readonly family: Family; readonly paths: readonly Path[] },
): readonly string[] {
  const verdicts = new Map<string, NextHop>();
  for (const hop of sharers.flatMap(nextHopsOf)) {
    if (hop.family !== family) continue;
    if (hop.out !== undefined || !verdicts.has(hop.node)) verdicts.set(hop.node, hop);
  }
  return verdictLines([...verdicts.values()], paths);
}

function verdictLines(verdicts: readonly NextHop[], paths: readonly Path[]): readonly string[] {
  const said = new Map(paths.map((each) => [addressKey(each.nextHop), each.attributes]));
  return verdicts.map(({ node, address, out }) => {
    if (address === undefined) return `  not ${node}: ${out}`;
    const attributes = attributesText(said.get(addressKey(address)) ?? {});
    return `  via ${formatAddress(address)} ${node}${attributes}`;
  });
}

function poolLine({ eip, usage, poolSize, state, occupied }: PoolPlan): string {
  const full = occupied && state === "Open" ? ", full" : "";
  const size = poolSize === Number.MAX_SAFE_INTEGER ? `${poolSize} or more` : `${poolSize}`;
  return `${formatRef(eip)}: ${usage} of ${size} in use, ${state.toLowerCase()}${full}`;
}

function speakerLines({ speaker, conf, peers, agentPeers, bfd }: Plan): readonly string[] {
  if (speaker === undefined || conf === undefined) return agentPeers.map(agentPeerLine);
  const port = speaker.listen === undefined ? "" : `, port ${speaker.listen.port}`;
  const id = formatAddress(speaker.routerId);
  return [
    `${formatRef(conf)}: AS ${speaker.as}, router id ${id}${port}`,
    ...peers.map((peer) =>
      peerLine(peer) + bfdPart(bfd.find((each) => each.name === `BgpPeer ${peer.name}`))
    ),
    ...agentPeers.filter(({ peer }) => !peers.includes(peer)).map(agentPeerLine),
  ];
}

function agentPeerLine({ peer, nodes }: AgentPeer): string {
  const who = nodes.length === 0 ? "no node" : nodes.join(", ");
  return `${peerLine(peer)}, spoken to by the agents of ${who}`;
}

function peerLine(peer: PeerConfig): string {
  const { listenRange } = peer;
  const whom = listenRange === undefined
    ? formatAddress(peer.address)
    : `up to ${listenRange.limit} of ${formatPrefix(listenRange.prefix)}`;
  const way = peer.passive ? "passive" : `connects to port ${peer.port}`;
  const paths = peer.addPathSendMax === 0
    ? "no ADD-PATH"
    : `ADD-PATH of ${peer.addPathSendMax} paths`;
  return `BgpPeer ${peer.name}: ${whom} AS ${peer.peerAs}, ${way}, ${paths}, ` +
    `hold time ${peer.holdTime} s${peer.nextHop === "self" ? ", next hop self" : ""}` +
    attributesText(peer.attributes ?? {});
}

/** How a session is watched with BFD, after a comma; "" where it is not. */
export function bfdPart(target: BfdTarget | undefined): string {
  if (target === undefined) return "";
  const { minTx, minRx, detectMult, encapsulation } = target;
  return `, ${encapsulation} BFD: ${minTx} ms out, ${minRx} ms in, ${detectMult} may be missing`;
}

/** Nodes with the same state share its lines. */
function hostLines(hostStates: readonly NodeHostState[]): readonly string[] {
  const groups = new Map<string, string[]>();
  for (const { node, state } of hostStates) {
    const lines = [
      ...state.eips.map((each) => `  ${eipLine(each)}`),
      ...(state.discards ?? []).map((each) => `  discards the rest of ${formatPrefix(each)}`),
    ];
    const text = (lines.length === 0 ? ["  none"] : lines).join("\n");
    groups.set(text, [...groups.get(text) ?? [], node]);
  }
  return [...groups].flatMap(([text, nodes]) => [nodes.join(", "), ...text.split("\n")]);
}

/** An EIP as a node takes it in, and the ports that are open on it. */
export function eipLine({ address, ports }: HostEip): string {
  const allowed = ports.map(({ protocol, port }) => `${protocol} ${port}`).join(", ");
  // No colon: an IPv6 address may end in two.
  return `${formatAddress(address)} ${allowed === "" ? "no ports" : allowed}`;
}
