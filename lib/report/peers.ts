/**
 * BgpPeers and their sessions.
 *
 * @module
 */

import { heardBy, hears, type PeerConfig, type PeerStatus } from "../bgp/model/mod.ts";
import { type Family, formatAddress } from "../net/mod.ts";
import type { AgentPeer } from "../plan/mod.ts";
import { agentFields, agentHints, type AgentSession, agentSessions } from "./agents.ts";
import type { PeerReport } from "./model.ts";
import type { Subject } from "./subject.ts";
import { familyName } from "./text.ts";

/** All peers, in the order of names: those of whoever is asked, then those that agents speak to. */
export function peersReport(subject: Subject): readonly PeerReport[] {
  const { plan, running } = subject;
  const sessions = new Map((running?.sessions ?? []).map((each) => [each.name, each]));
  const agents = new Map(plan.agentPeers.map((each) => [each.peer.name, each.nodes]));
  const own = plan.peers.map((peer) =>
    report(subject, peer, { session: sessions.get(peer.name), nodes: agents.get(peer.name) })
  );
  const others = plan.agentPeers.filter(({ peer }) => !plan.peers.includes(peer))
    .map((each) => agentsReport(subject, each));
  return [...own, ...others].sort((a, b) => a.name < b.name ? -1 : 1);
}

interface Known {
  readonly session: PeerStatus | undefined;
  readonly nodes: readonly string[] | undefined;
}

function report(subject: Subject, peer: PeerConfig, { session, nodes }: Known): PeerReport {
  const { negotiated } = session ?? {};
  const { running } = subject;
  return {
    name: peer.name,
    address: formatAddress(peer.address),
    peerAs: peer.peerAs,
    speakers: nodes === undefined ? "Managers" : "Agents",
    nodes: nodes ?? [],
    state: session?.state ?? "NotAsked",
    since: session?.since ?? null,
    flaps: session?.flaps ?? 0,
    lastError: session?.refused ?? session?.lastError ?? null,
    holdTime: negotiated?.holdTime ?? null,
    bfd: running?.bfd.find((each) => each.name === `BgpPeer ${peer.name}`)?.state ?? null,
    families: (negotiated?.families ?? []).map(familyName),
    addPath: (negotiated?.addPathSend ?? []).map(familyName),
    capabilities: session?.peerCapabilities ?? [],
    prefixes: {
      wanted: negotiated === undefined ? null : wantedOf(subject, peer, negotiated.families),
      sent: session?.prefixesSent ?? 0,
      received: session?.prefixesReceived ?? 0,
      heldBack: session?.prefixesHeldBack ?? 0,
    },
    pathsSent: session?.pathsSent ?? 0,
    messages: { sent: session?.messagesSent ?? {}, received: session?.messagesReceived ?? {} },
    hints: session === undefined ? [] : hintsOf(subject, peer, session),
    agents: [],
    agentsUp: null,
  };
}

/** A peer that agents speak to, by what they said of it. */
function agentsReport(subject: Subject, spoken: AgentPeer): PeerReport {
  const { peer, nodes } = spoken;
  const bare = report(subject, peer, { session: undefined, nodes });
  const sessions = agentSessions(subject, spoken);
  if (sessions === undefined) return bare;
  const sum = (of: (each: AgentSession) => number) =>
    sessions.reduce((total, each) => total + of(each), 0);
  const sent = sum(({ said }) => said?.prefixesSent ?? 0);
  return {
    ...bare,
    ...agentFields(sessions),
    // An agent tells one path of a prefix, its own.
    prefixes: { ...bare.prefixes, wanted: sum(({ wanted }) => wanted), sent },
    pathsSent: sent,
    hints: agentHints(sessions),
  };
}

function wantedOf(
  { plan: { announced } }: Subject,
  { name }: PeerConfig,
  families: readonly Family[],
): number {
  const counts = heardBy(announced, name);
  return families.reduce((sum, family) => sum + counts[family], 0);
}

/** What an operator should know of a session, and do. */
export function hintsOf(
  { plan }: Subject,
  peer: PeerConfig,
  session: PeerStatus,
): readonly string[] {
  const { negotiated } = session;
  const { announced } = plan;
  if (negotiated === undefined) return [downHint(peer, session)];
  const hints: string[] = [];
  const counts = heardBy(announced, peer.name);
  const byManagers = plan.peers.includes(peer);
  for (const family of negotiated.families) {
    if (!byManagers || negotiated.addPathSend.includes(family)) continue;
    const several = announced.some(({ prefix, paths }) =>
      prefix.address.family === family && paths.length > 1 &&
      paths.filter(({ attributes }) => hears(attributes, peer.name)).length > 1
    );
    if (several) {
      hints.push(
        `The peer does not receive ADD-PATH for ${
          familyName(family)
        }, so that it is told one next ` +
          "hop of each EIP: enable it there, or let agents speak (spec.speakers)",
      );
    }
  }
  for (const family of [4, 6] as const) {
    if (counts[family] > 0 && !negotiated.families.includes(family)) {
      hints.push(`The peer does not take ${familyName(family)}-unicast: activate it there`);
    }
  }
  if (session.prefixesHeldBack > 0) {
    hints.push(`${session.prefixesHeldBack} prefixes are kept back by the cap of the BgpPeer`);
  }
  return hints;
}

/** What to look at when a session is not up. */
export function downHint(peer: PeerConfig, { lastError, refused }: PeerStatus): string {
  const address = formatAddress(peer.address);
  if (refused !== undefined) return `Give porter what the session needs: ${refused}`;
  if (peer.passive) {
    return `porter waits for ${address} to connect (passiveMode): is porter a neighbour there?`;
  }
  if (lastError === undefined) return `Wait: the session with ${address} is being opened`;
  if (/Bad Peer AS/.test(lastError)) {
    return `Compare the AS numbers: BgpPeer ${peer.name} says ${peer.peerAs}, and ${address} must ` +
      "expect the AS of BgpConf";
  }
  if (/refused/i.test(lastError)) {
    return `Nobody listens at ${address} port ${peer.port}: is BGP enabled there, and porter a neighbour?`;
  }
  return `Look at the session at ${address}: address, AS and password of the neighbour must be porter's`;
}
