/**
 * Everything that a plan comes to, as facts that can be compared: what sessions, routes, nodes and
 * refusals would be.
 *
 * @module
 */

import type { PeerConfig, SpeakerConfig } from "../bgp/model/mod.ts";
import { type Address, formatAddress, formatPrefix } from "../net/mod.ts";
import {
  attributesText,
  bfdPart,
  eipLine,
  hostState,
  type Plan,
  portForwards,
  standingMeanings,
} from "../plan/mod.ts";
import type { Subject } from "./subject.ts";
import { nameOf } from "./text.ts";

/** One fact a key, for example "route 203.0.113.7/32"; the value says all that is so of it. */
export function factsOf({ plan, snapshot }: Subject): ReadonlyMap<string, string> {
  const { eips, discards = [] } = hostState(snapshot);
  const forwards = snapshot.nodes.flatMap(({ ref }) =>
    portForwards(snapshot, ref.name).map(({ from, to, port }) => ({
      what: `forward on Node ${ref.name} from ${formatAddress(from)} to ${formatAddress(to)}`,
      says: `port 179 goes to port ${port}`,
    }))
  );
  return new Map([
    ...serviceFacts(plan),
    ...plan.routes.map(routeFact),
    ...plan.pools.map(({ eip, state, usage, poolSize }) =>
      [`Eip ${eip.name}`, `${state.toLowerCase()}, ${usage} of ${poolSize} in use`] as const
    ),
    ...(plan.speaker === undefined ? [] : [["speaker", speakerText(plan.speaker)] as const]),
    ...peerFacts(plan),
    ...[...plan.bfd, ...plan.nodeBfd?.targets ?? []].map((target) =>
      [`BFD of ${target.name}`, `${formatAddress(target.address)}${bfdPart(target)}`] as const
    ),
    ...eips.map((each) => [`nodes take in ${formatAddress(each.address)}`, eipLine(each)] as const),
    ...discards.map((each) =>
      [`nodes discard the rest of ${formatPrefix(each)}`, "unreachable"] as const
    ),
    ...forwards.map(({ what, says }) => [what, says] as const),
    ...plan.refusals.map(({ object, reason, message }) =>
      [`refused ${object.kind} ${nameOf(object)} ${reason}`, message] as const
    ),
  ]);
}

type Fact = readonly [string, string];

function serviceFacts({ services }: Plan): readonly Fact[] {
  return services.filter(({ assignments }) => assignments.length > 0)
    .map(({ service, assignments }) => [
      `Service ${nameOf(service)}`,
      assignments.map(({ address, pool, standing }) =>
        `${formatAddress(address)} of Eip ${pool}` +
        (standing === "InPool" ? "" : `, ${standingMeanings[standing]}`)
      ).join(", "),
    ]);
}

/** Next hops that say the same share their words. */
function routeFact({ prefix, paths }: Plan["routes"][number]): Fact {
  const hops = new Map<string, string[]>();
  for (const { nextHop, attributes } of paths) {
    const said = attributesText(attributes);
    hops.set(said, [...hops.get(said) ?? [], formatAddress(nextHop)]);
  }
  const text = [...hops].map(([said, addresses]) => `${addresses.join(", ")}${said}`).join("; ");
  return [`route ${formatPrefix(prefix)}`, `${paths.length} next hops: ${text}`];
}

function speakerText({ as, routerId, listen }: SpeakerConfig): string {
  const port = listen === undefined ? "no port" : `port ${listen.port}`;
  const at = listen?.address === undefined ? "" : ` of ${formatAddress(listen.address)}`;
  return `AS ${as}, router id ${formatAddress(routerId)}, ${port}${at}`;
}

function peerFacts({ peers, agentPeers }: Plan): readonly Fact[] {
  const all = new Set([...peers, ...agentPeers.map(({ peer }) => peer)]);
  return [
    ...[...all].map((peer): Fact => [`BgpPeer ${peer.name}`, peerText(peer)]),
    ...agentPeers.map(({ peer, nodes }): Fact => [
      `BgpPeer ${peer.name} is spoken to by`,
      nodes.length === 0 ? "no agent" : `the agents of ${nodes.join(", ")}`,
    ]),
  ];
}

type Words<Value> = (value: Value) => string;

const plainly: Words<string | number> = String;
const address: Words<Address> = formatAddress;

/** A field that is forgotten here does not compile: it would change and nothing would be said. */
const words: {
  readonly [Field in keyof Required<Omit<PeerConfig, "name">>]: Words<Required<PeerConfig>[Field]>;
} = {
  address,
  port: plainly,
  peerAs: plainly,
  localAs: plainly,
  passive: String,
  localAddress: address,
  listenRange: ({ prefix, limit }) => `${formatPrefix(prefix)}, ${limit} at most`,
  range: plainly,
  interface: plainly,
  password: () => "set",
  ttlSecurity: plainly,
  ebgpMultiHop: plainly,
  families: (families) => families.map((each) => `IPv${each}`).join(" "),
  addPathSendMax: plainly,
  nextHop: plainly,
  holdTime: plainly,
  keepaliveTime: plainly,
  connectRetryTime: plainly,
  idleHoldTime: plainly,
  idleHoldTimeMax: plainly,
  maxPrefixesOut: plainly,
  restartTime: plainly,
  attributes: (attributes) => attributesText(attributes).slice(", ".length),
};

function peerText(peer: PeerConfig): string {
  return (Object.keys(words) as (keyof typeof words)[]).flatMap((field) => {
    const value = peer[field];
    const said = value === undefined ? "" : (words[field] as Words<unknown>)(value);
    return said === "" ? [] : [`${field} ${said}`];
  }).join(", ");
}
