/**
 * What the speakers of BGP, agents and managers, say of their sessions, and what the status of a BgpPeer
 * says of them: one entry for each, those without a session first, and no more than so many.
 *
 * @module
 */

import type { PeerStatus } from "../bgp/model/mod.ts";
import type { Refusal, RefusalReason } from "../refusal/mod.ts";
import { type Condition, formatTime } from "./conditions.ts";

/** Who speaks: an agent by its node, a manager by the node it was told of, or a name it made up. */
export interface SpeakerName {
  readonly role: "agent" | "manager";
  readonly name: string;
}

/** What one speaker says of its sessions. */
export interface SpeakerReport extends SpeakerName {
  /** When it said so, milliseconds since the epoch. */
  readonly at: number;
  readonly sessions: readonly ReportedSession[];
}

/** One session of a speaker. */
export interface ReportedSession {
  /** The name of the BgpPeer. */
  readonly peer: string;
  /** Established or Down. */
  readonly state: string;
  /** Since when, milliseconds since the epoch. */
  readonly since: number;
  readonly prefixesSent: number;
  /** What the peer said it can, in words. */
  readonly capabilities: readonly string[];
  readonly lastError?: string;
}

/**
 * A speaker says the same again before this is over; milliseconds. After it, it counts as silent. There are
 * two or three managers, and hundreds of agents.
 */
export const reportLifetime: Readonly<Record<SpeakerName["role"], number>> = {
  agent: 180_000,
  manager: 30_000,
};

/** Entries of a status, at most: a BgpPeer is read by every agent. */
const mostEntries = 64;

/** Of a report, whoever wrote it: so many sessions, so much text. */
const mostSessions = 256;
const mostText = 200;
const mostCapabilities = 16;
const mostCapability = 60;

/**
 * What a speaker's sessions look like in its report. A session that was down in the report before is down
 * since then: the speaker itself counts from the last try, of which there may be one a second.
 */
export function reportOf(
  { role, name }: SpeakerName,
  { sessions, refusals = [] }: {
    readonly sessions: readonly PeerStatus[];
    /** Why it has no session with a peer that it should have one with. */
    readonly refusals?: readonly Refusal[];
  },
  { at, before }: { readonly at: number; readonly before: SpeakerReport | undefined },
): SpeakerReport {
  const down = new Map(
    before?.sessions.filter(({ state }) => state === "Down").map((each) => [each.peer, each.since]),
  );
  const known = sessions.map((each): ReportedSession => {
    const { refused } = each;
    const error = refused === undefined ? each.lastError : named("SocketOptionsDenied", refused);
    return {
      peer: each.name,
      // The states between come and go with every try.
      state: each.state === "Established" ? each.state : "Down",
      since: each.state === "Established" ? each.since : down.get(each.name) ?? each.since,
      prefixesSent: each.prefixesSent,
      capabilities: shortened(each.peerCapabilities),
      ...(error === undefined ? {} : { lastError: error.slice(0, mostText) }),
    };
  });
  const names = new Set(sessions.map((each) => each.name));
  const without = refusals.filter(({ object }) => !names.has(object.name))
    .map(({ object, reason, message }): ReportedSession => ({
      peer: object.name,
      state: "Down",
      since: down.get(object.name) ?? at,
      prefixesSent: 0,
      capabilities: [],
      lastError: named(reason, message).slice(0, mostText),
    }));
  return { role, name, at, sessions: [...known, ...without].slice(0, mostSessions) };
}

function named(reason: RefusalReason, message: string): string {
  return `${reason}: ${message}`;
}

/** A report as text. */
export function formatReport({ at, sessions }: SpeakerReport): string {
  return JSON.stringify({ at, sessions });
}

/** Reads a speaker's report; undefined when the text is none. */
export function parseReport({ role, name }: SpeakerName, text: string): SpeakerReport | undefined {
  const raw = recordOf(parsed(text));
  if (typeof raw.at !== "number" || !Array.isArray(raw.sessions)) return undefined;
  const sessions = raw.sessions.slice(0, mostSessions).flatMap((each): ReportedSession[] => {
    const { peer, state, since, prefixesSent, capabilities, lastError } = recordOf(each);
    if (typeof peer !== "string" || typeof state !== "string") return [];
    return [{
      peer,
      state: state.slice(0, mostText),
      since: numberOf(since),
      prefixesSent: numberOf(prefixesSent),
      capabilities: shortened(Array.isArray(capabilities) ? capabilities : []),
      ...(typeof lastError === "string" ? { lastError: lastError.slice(0, mostText) } : {}),
    }];
  });
  return { role, name, at: raw.at, sessions };
}

/** What a BgpPeer's status says of its speakers. */
export interface SpeakersSaid {
  readonly fields: Readonly<Record<string, unknown>>;
  readonly condition: Condition | undefined;
}

/** What the status of a peer says of the nodes whose agents speak to it; one that is silent is "Unknown". */
export function agentsSaid(
  peer: string,
  nodes: readonly string[],
  reports: readonly SpeakerReport[],
): SpeakersSaid {
  const sessions = sessionsOf(peer, "agent", reports);
  const entries = nodes.map((name) => entryOf(name, sessions.get(name)));
  const { fields, up } = fieldsOf(entries);
  const condition = entries.length === 0 ? undefined : conditionOf(entries.length, up);
  return { fields, condition };
}

/** What the status of a peer says of the managers that speak to it; one that is silent is gone. */
export function managersSaid(
  peer: string,
  reports: readonly SpeakerReport[],
): Readonly<Record<string, unknown>> {
  const sessions = [...sessionsOf(peer, "manager", reports)]
    .sort(([a], [b]) => a < b ? -1 : 1);
  if (sessions.length === 0) return noSpeakers;
  return fieldsOf(sessions.map(([name, session]) => entryOf(name, session))).fields;
}

const noSpeakers: Readonly<Record<string, unknown>> = {
  speakers: null,
  speakersWanted: null,
  speakersEstablished: null,
};

interface Entry {
  readonly name: string;
  readonly state: string;
  readonly since?: string;
  readonly prefixesSent?: number;
  readonly capabilities?: readonly string[];
  readonly lastError?: string;
}

/** The sessions with a peer, by the names of their speakers. */
function sessionsOf(
  peer: string,
  role: SpeakerName["role"],
  reports: readonly SpeakerReport[],
): ReadonlyMap<string, ReportedSession> {
  const found = new Map<string, ReportedSession>();
  for (const report of reports) {
    const session = report.sessions.find((each) => each.peer === peer);
    if (report.role === role && session !== undefined) found.set(report.name, session);
  }
  return found;
}

function entryOf(name: string, session: ReportedSession | undefined): Entry {
  if (session === undefined) return { name, state: "Unknown" };
  const { state, prefixesSent, capabilities, lastError } = session;
  const since = formatTime(session.since);
  if (state === "Established") {
    // A range of peers has none as one.
    const said = capabilities.length === 0 ? {} : { capabilities };
    return { name, state, since, prefixesSent, ...said };
  }
  return { name, state, since, ...(lastError === undefined ? {} : { lastError }) };
}

function fieldsOf(
  entries: readonly Entry[],
): { readonly fields: Readonly<Record<string, unknown>>; readonly up: number } {
  const established = entries.filter((each) => each.state === "Established");
  const down = entries.filter((each) => each.state !== "Established");
  const up = established.length;
  const fields = {
    speakers: [...down, ...established].slice(0, mostEntries),
    speakersWanted: entries.length,
    speakersEstablished: up,
  };
  return { fields, up };
}

function conditionOf(wanted: number, up: number): Condition {
  const type = "Established";
  const message = `${up} of ${wanted} agents have their session`;
  return up === wanted
    ? { type, status: "True", reason: "Established", message }
    : { type, status: "False", reason: "Down", message };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Whatever somebody wrote there.
    return undefined;
  }
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? value as Record<string, unknown> : {};
}

/** A number that can be a time; anything else is 0. */
function numberOf(value: unknown): number {
  return typeof value === "number" && Math.abs(value) < 8.64e15 ? value : 0;
}

function shortened(words: readonly unknown[]): readonly string[] {
  return words.filter((each) => typeof each === "string")
    .slice(0, mostCapabilities)
    .map((each) => each.slice(0, mostCapability));
}
