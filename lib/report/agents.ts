/**
 * The sessions that agents have with a peer, as far as the agents said it (docs/adr/0029): what a manager knows
 * of them is some seconds old.
 *
 * @module
 */

import { hears, type PeerConfig, type Route } from "../bgp/model/mod.ts";
import { addressKey } from "../net/mod.ts";
import type { AgentPeer, Plan, ReportedSession, SpeakerReport } from "../plan/mod.ts";
import type { AgentSessionReport, NotToldReason, PeerReport, ToldReport } from "./model.ts";
import type { Subject } from "./subject.ts";
import { few } from "./text.ts";

type AddressKey = ReturnType<typeof addressKey>;

/** One agent's session with a peer. */
export interface AgentSession {
  readonly node: string;
  /** What the agent said of it last; undefined when it is silent. */
  readonly said: ReportedSession | undefined;
  /** How many prefixes it has to tell the peer. */
  readonly wanted: number;
}

/** The sessions of agents with a peer. */
interface AgentSessions {
  readonly all: readonly AgentSession[];
  /** By the addresses of their nodes. */
  readonly byAddress: ReadonlyMap<AddressKey, AgentSession>;
}

/** A subject is one question: a route is not looked up in all others for each of ten thousand. */
const known = new WeakMap<Subject, Map<string, AgentSessions>>();

/** The session of each agent that shall speak to the peer; undefined where nobody knows what agents say. */
export function agentSessions(
  subject: Subject,
  spoken: AgentPeer,
): readonly AgentSession[] | undefined {
  return sessionsOf(subject, spoken)?.all;
}

function sessionsOf(subject: Subject, spoken: AgentPeer): AgentSessions | undefined {
  const reports = subject.running?.reports;
  if (reports === undefined) return undefined;
  const byPeer = known.get(subject) ?? new Map<string, AgentSessions>();
  known.set(subject, byPeer);
  const { name } = spoken.peer;
  const made = byPeer.get(name) ?? readSessions(subject, spoken, reports);
  byPeer.set(name, made);
  return made;
}

function readSessions(
  { plan, snapshot }: Subject,
  { peer, nodes }: AgentPeer,
  reports: readonly SpeakerReport[],
): AgentSessions {
  const said = saidOf(peer.name, reports);
  const wanted = new Map<AddressKey, number>();
  for (const route of plan.announced) {
    for (const key of pathsFor(peer, route)) wanted.set(key, (wanted.get(key) ?? 0) + 1);
  }
  const addresses = new Map(
    snapshot.nodes.map(({ ref, internalIps }) => [ref.name, internalIps.map(addressKey)]),
  );
  const byAddress = new Map<AddressKey, AgentSession>();
  const all = nodes.map((node) => {
    const keys = addresses.get(node) ?? [];
    const own = keys.reduce<number>((sum, key) => sum + (wanted.get(key) ?? 0), 0);
    const session: AgentSession = { node, said: said.get(node), wanted: own };
    for (const key of keys) byAddress.set(key, session);
    return session;
  });
  return { all, byAddress };
}

/** The next hops of a route that the peer may be told. */
function pathsFor({ name }: PeerConfig, { paths }: Route): readonly AddressKey[] {
  const heard = paths.filter(({ attributes }) => hears(attributes, name));
  return heard.map(({ nextHop }) => addressKey(nextHop));
}

const isUp = ({ said }: AgentSession): boolean => said?.state === "Established";

/** How all agents' sessions with a peer are, in a word. */
export interface AgentsState {
  readonly peer: string;
  readonly state: "Established" | "Partial" | "Down" | "Unknown";
  /** How many have their session. */
  readonly up: number;
  readonly agents: number;
}

/** How the sessions of agents with each of their peers are, by what they say; cheap, for every pass. */
export function agentsStates(
  { agentPeers }: Pick<Plan, "agentPeers">,
  reports: readonly SpeakerReport[],
): readonly AgentsState[] {
  return agentPeers.map(({ peer: { name }, nodes }) => {
    const said = saidOf(name, reports);
    return { peer: name, ...summed(nodes.map((node) => said.get(node))) };
  });
}

/** What agents say of their session with a peer, by their nodes. */
function saidOf(
  peer: string,
  reports: readonly SpeakerReport[],
): ReadonlyMap<string, ReportedSession> {
  const said = new Map<string, ReportedSession>();
  for (const { role, name, sessions } of reports) {
    const session = sessions.find((each) => each.peer === peer);
    if (role === "agent" && session !== undefined) said.set(name, session);
  }
  return said;
}

function summed(all: readonly (ReportedSession | undefined)[]): Omit<AgentsState, "peer"> {
  const up = all.filter((said) => said?.state === "Established").length;
  const agents = all.length;
  if (up > 0) return { state: up === agents ? "Established" : "Partial", up, agents };
  return { state: all.every((said) => said === undefined) ? "Unknown" : "Down", up, agents };
}

/** Agents that a report names one by one: hundreds may speak. */
const mostNamed = 64;

/** What a peer's report has of its agents in place of a session of whoever was asked. */
export function agentFields(
  sessions: readonly AgentSession[],
): Pick<PeerReport, "state" | "since" | "lastError" | "capabilities" | "agents" | "agentsUp"> {
  const up = sessions.filter(isUp);
  const down = sessions.filter((each) => !isUp(each));
  const since = sessions.flatMap(({ said }) => said?.since ?? []);
  return {
    state: summed(sessions.map(({ said }) => said)).state,
    since: since.length === 0 ? null : since.reduce((last, each) => Math.max(last, each)),
    lastError: down.find(({ said }) => said?.lastError !== undefined)?.said?.lastError ?? null,
    capabilities: [...new Set(up.flatMap(({ said }) => said?.capabilities ?? []))],
    agents: [...down, ...up].slice(0, mostNamed).map(reportOf),
    agentsUp: up.length,
  };
}

function reportOf({ node, said, wanted }: AgentSession): AgentSessionReport {
  return {
    node,
    state: said?.state ?? "Unknown",
    since: said?.since ?? null,
    sent: said?.prefixesSent ?? 0,
    wanted,
    lastError: said?.lastError ?? null,
  };
}

/** What an operator should know of agents without a session, and do. */
export function agentHints(sessions: readonly AgentSession[]): readonly string[] {
  const down = sessions.filter(({ said }) => said !== undefined && said.state !== "Established");
  const silent = sessions.filter(({ said }) => said === undefined).map(({ node }) => node);
  const hints: string[] = [];
  if (down.length > 0) {
    const list = down.map(({ node, said }) => `${node} (${said?.lastError ?? "no error yet"})`);
    hints.push(
      `${down.length} of ${sessions.length} agents have no session: ${few(list)}; are their ` +
        "addresses neighbours at the leaf switch?",
    );
  }
  if (silent.length > 0) {
    hints.push(
      `${silent.length} of ${sessions.length} agents say nothing: ${
        few(silent)
      }; does porter agent ` +
        "run there? its log has report.failed when it cannot write",
    );
  }
  return hints;
}

/** What the agents have told a peer of a route, by what they said of their sessions. */
export function toldByAgents(subject: Subject, spoken: AgentPeer, route: Route): ToldReport {
  const { peer, nodes } = spoken;
  const sessions = sessionsOf(subject, spoken);
  const verdict = (sent: "yes" | "unknown", why: string, paths = 0): ToldReport => ({
    ...{ peer: peer.name, sent, reason: null, paths, why },
  });
  const no = (reason: NotToldReason, why: string): ToldReport => ({
    ...{ peer: peer.name, sent: "no", reason, paths: 0, why },
  });
  const heard = pathsFor(peer, route);
  if (heard.length === 0) {
    return no("NoPeerSelects", "spec.export of the BgpPeer does not select it");
  }
  if (sessions === undefined) {
    return verdict(
      "unknown",
      subject.running === undefined
        ? "no running porter was asked"
        : `the agents of ${few(nodes)} tell it, and what they say of it cannot be read`,
    );
  }
  const speaking = [...new Set(heard.flatMap((key) => sessions.byAddress.get(key) ?? []))];
  if (speaking.length === 0) {
    return no("NotSent", "none of its next hops is a node whose agent speaks to the peer");
  }
  const told = speaking.filter(isTold).map(({ node }) => node);
  const others = speaking.filter((each) => !isTold(each)).map(whyNot);
  const rest = others.length === 0 ? "" : `; ${few(others)}`;
  if (told.length > 0) {
    const why = `${told.length} of ${route.paths.length} next hops, by the agents of ${few(told)}`;
    return verdict("yes", `${why}${rest}`, told.length);
  }
  if (speaking.every(({ said }) => said !== undefined && said.state !== "Established")) {
    return no("SessionDown", `the session is down: ${few(others)}`);
  }
  return verdict("unknown", few(others));
}

/** An agent counts prefixes and names none: it has told this one for certain when it has told all. */
function isTold(session: AgentSession): boolean {
  const { said, wanted } = session;
  return isUp(session) && (said?.prefixesSent ?? 0) >= wanted;
}

function whyNot({ node, said, wanted }: AgentSession): string {
  if (said === undefined) return `the agent of ${node} says nothing`;
  if (said.state === "Established") {
    return `${node} has told ${said.prefixesSent} of ${wanted} prefixes, which of them is not known`;
  }
  return said.lastError === undefined ? `${node} is down` : `${node}: ${said.lastError}`;
}
