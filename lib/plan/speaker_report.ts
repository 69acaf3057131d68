/**
 * What the agents that speak BGP say of their sessions, and what the status of a BgpPeer says of them:
 * one entry for each node, those without a session first, and no more than so many.
 *
 * @module
 */

import type { PeerStatus } from "../bgp/model/mod.ts";
import { type Condition, formatTime } from "./conditions.ts";

/** What one agent says of its sessions. */
export interface SpeakerReport {
  readonly node: string;
  /** When it said so, milliseconds since the epoch. */
  readonly at: number;
  readonly sessions: readonly ReportedSession[];
}

/** One session of an agent. */
export interface ReportedSession {
  /** The name of the BgpPeer. */
  readonly peer: string;
  /** RFC 4271 section 8.2.2. */
  readonly state: string;
  /** Since when, milliseconds since the epoch. */
  readonly since: number;
  readonly prefixesSent: number;
  readonly lastError?: string;
}

/** An agent says the same again before this is over; milliseconds. After it, it counts as silent. */
export const reportLifetime = 180_000;

/** Entries of a status, at most: a BgpPeer is read by every agent. */
const mostEntries = 64;

/** Of a report, whoever wrote it: so many sessions, so much text. */
const mostSessions = 256;
const mostText = 200;

/** What an agent's sessions look like in its report. */
export function reportOf(node: string, at: number, sessions: readonly PeerStatus[]): SpeakerReport {
  return {
    node,
    at,
    sessions: sessions.slice(0, mostSessions).map((each) => ({
      peer: each.name,
      // The states between come and go with every try.
      state: each.state === "Established" ? each.state : "Down",
      since: each.since,
      prefixesSent: each.prefixesSent,
      ...(each.lastError === undefined ? {} : { lastError: each.lastError.slice(0, mostText) }),
    })),
  };
}

/** A report as text. */
export function formatReport({ at, sessions }: SpeakerReport): string {
  return JSON.stringify({ at, sessions });
}

/** Reads a node's report; undefined when the text is none. */
export function parseReport(node: string, text: string): SpeakerReport | undefined {
  const raw = recordOf(parsed(text));
  if (typeof raw.at !== "number" || !Array.isArray(raw.sessions)) return undefined;
  const sessions = raw.sessions.slice(0, mostSessions).flatMap((each): ReportedSession[] => {
    const { peer, state, since, prefixesSent, lastError } = recordOf(each);
    if (typeof peer !== "string" || typeof state !== "string") return [];
    return [{
      peer,
      state: state.slice(0, mostText),
      since: numberOf(since),
      prefixesSent: numberOf(prefixesSent),
      ...(typeof lastError === "string" ? { lastError: lastError.slice(0, mostText) } : {}),
    }];
  });
  return { node, at: raw.at, sessions };
}

/** What a BgpPeer's status says of its agents. */
export interface SpeakersSaid {
  readonly fields: Readonly<Record<string, unknown>>;
  readonly condition: Condition | undefined;
}

/** What the status of a peer says of the nodes whose agents speak to it. */
export function speakersSaid(
  peer: string,
  nodes: readonly string[],
  { reports, now }: { readonly reports: readonly SpeakerReport[]; readonly now: number },
): SpeakersSaid {
  const byNode = new Map(reports.map((each) => [each.node, each]));
  const entries = nodes.map((node) => entryOf(peer, node, byNode.get(node), now));
  const down = entries.filter((each) => each.state !== "Established");
  const up = entries.length - down.length;
  const shown = [...down, ...entries.filter((each) => each.state === "Established")];
  return {
    fields: {
      speakers: shown.slice(0, mostEntries),
      speakersWanted: entries.length,
      speakersEstablished: up,
    },
    condition: entries.length === 0 ? undefined : conditionOf(entries.length, up),
  };
}

/** The same where no agent speaks. */
export const noSpeakers: Readonly<Record<string, unknown>> = {
  speakers: null,
  speakersWanted: null,
  speakersEstablished: null,
};

interface Entry {
  readonly node: string;
  readonly state: string;
  readonly since?: string;
  readonly prefixesSent?: number;
  readonly lastError?: string;
}

function entryOf(
  peer: string,
  node: string,
  report: SpeakerReport | undefined,
  now: number,
): Entry {
  const session = report?.sessions.find((each) => each.peer === peer);
  if (report === undefined || session === undefined || now - report.at > reportLifetime) {
    return { node, state: "Unknown" };
  }
  const { state, since, prefixesSent, lastError } = session;
  return {
    node,
    state,
    since: formatTime(since),
    ...(state === "Established" ? { prefixesSent } : {}),
    ...(lastError === undefined || state === "Established" ? {} : { lastError }),
  };
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
