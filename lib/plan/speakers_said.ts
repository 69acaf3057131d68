/**
 * What the statuses of BgpPeers and of the BgpConf in force say of the speakers: one entry for each, those with
 * a trouble first, and no more than so many; counts of all; and, as conditions, what any of them cannot do.
 *
 * @module
 */

import type { ObjectRef, Refusal, RefusalReason } from "../refusal/mod.ts";
import { type Condition, formatTime } from "./conditions.ts";
import type {
  ReportedRefusal,
  ReportedSession,
  SpeakerName,
  SpeakerReport,
} from "./speaker_report.ts";

/** Entries of a status, at most: a BgpPeer is read by every agent. */
const mostEntries = 64;

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
  readonly refusals?: readonly ReportedRefusal[];
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
  const { state, prefixesSent, capabilities, lastError, refusals } = session;
  const since = formatTime(session.since);
  const refused = refusals === undefined ? {} : { refusals };
  if (state === "Established") {
    // A range of peers has none as one.
    const said = capabilities.length === 0 ? {} : { capabilities };
    return { name, state, since, prefixesSent, ...said, ...refused };
  }
  return { name, state, since, ...(lastError === undefined ? {} : { lastError }), ...refused };
}

function fieldsOf(
  entries: readonly Entry[],
): { readonly fields: Readonly<Record<string, unknown>>; readonly up: number } {
  const established = entries.filter((each) => each.state === "Established");
  const down = entries.filter((each) => each.state !== "Established");
  const up = established.length;
  const [lacking, fine] = apart(established, (each) => each.refusals !== undefined);
  const fields = {
    speakers: [...down, ...lacking, ...fine].slice(0, mostEntries),
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

/** A "no" of a speaker, and whose. */
export interface SpeakerRefusal extends ReportedRefusal {
  readonly speaker: SpeakerName;
}

/** What speakers cannot do of a BgpPeer, in the order of their names. */
export function refusedOfPeer(
  peer: string,
  reports: readonly SpeakerReport[],
): readonly SpeakerRefusal[] {
  return inOrder(reports).flatMap((report) =>
    report.sessions.filter((each) => each.peer === peer)
      .flatMap(({ refusals = [] }) => refusals.map((each) => ({ ...each, speaker: report })))
  );
}

/** What some speakers cannot do, as the message of one condition: the first of them, and how many others. */
export function refusedText(refusals: readonly SpeakerRefusal[]): string {
  const [first, ...others] = refusals;
  if (first === undefined) return "";
  const { speaker: { role, name }, message } = first;
  const more = others.length === 0 ? "" : ` (and ${others.length} more: see status.speakers)`;
  return `At ${role} ${name}: ${message}${more}`;
}

/** The condition of a BgpConf that says whether every speaker listens and can do what it asks. */
export const speakersCondition = "SpeakersReady";

/** What the status of the BgpConf in force says of the speakers that shall listen, or cannot do what it asks. */
export function speakersOfConf(reports: readonly SpeakerReport[]): SpeakersSaid {
  const all = inOrder(reports)
    .filter(({ listening, refusals }) => listening !== undefined || refusals !== undefined);
  if (all.length === 0) return { fields: noListeners, condition: undefined };
  const [lacking, fine] = apart(all, ({ refusals }) => refusals !== undefined);
  const wanted = all.filter(({ listening }) => listening !== undefined);
  const fields = {
    speakers: [...lacking, ...fine].slice(0, mostEntries).map(listenerOf),
    speakersWanted: wanted.length,
    speakersListening: wanted.filter(({ listening }) => listening?.at !== undefined).length,
  };
  return { fields, condition: readyOf(all) };
}

/** What the status of a BgpConf says that no speaker goes by, or none that shall listen. */
export const noListeners: Readonly<Record<string, unknown>> = {
  speakers: null,
  speakersWanted: null,
  speakersListening: null,
};

function listenerOf({ role, name, listening, refusals }: SpeakerReport): unknown {
  return {
    ...{ name, role: role === "agent" ? "Agent" : "Manager" },
    ...(listening?.at === undefined ? {} : { listening: listening.at }),
    ...(listening === undefined ? {} : { since: formatTime(listening.since) }),
    ...(refusals === undefined ? {} : { refusals }),
  };
}

function readyOf(reports: readonly SpeakerReport[]): Condition {
  const type = speakersCondition;
  const refusals = reports.flatMap((report) =>
    (report.refusals ?? []).map((each): SpeakerRefusal => ({ ...each, speaker: report }))
  );
  const [first] = refusals;
  if (first === undefined) {
    const deaf = reports.filter(({ listening }) => listening !== undefined && !("at" in listening));
    const [one, ...others] = deaf;
    if (one !== undefined) {
      const more = others.length === 0 ? "" : `, and ${others.length} more (see status.speakers)`;
      const message = `${one.role} ${one.name} shall listen and does not${more}`;
      return { type, status: "False", reason: "ListenFailed", message };
    }
    const message = `All of ${reports.length} speakers listen`;
    return { type, status: "True", reason: "Listening", message };
  }
  return { type, status: "False", reason: first.reason, message: refusedText(refusals) };
}

/**
 * What agents cannot do of what the BgpConf in force asks, as refusals of that object: one for each reason, since
 * there are hundreds of agents and they mostly fail alike.
 */
export function refusedAtAgents(
  conf: ObjectRef | undefined,
  reports: readonly SpeakerReport[],
): readonly Refusal[] {
  if (conf === undefined) return [];
  const found = new Map<RefusalReason, SpeakerRefusal[]>();
  const lacking = reports.filter(({ role, refusals }) =>
    role === "agent" && refusals !== undefined
  );
  for (const report of inOrder(lacking)) {
    for (const { reason, message } of report.refusals ?? []) {
      found.set(reason, [...found.get(reason) ?? [], { reason, message, speaker: report }]);
    }
  }
  return [...found].flatMap(([reason, all]): Refusal[] => {
    const [first, ...others] = all;
    if (first === undefined) return [];
    // No number and no name of one among several: a message that changes is another event.
    const message = others.length === 0
      ? refusedText([first])
      : `At several agents, see status.speakers: ${first.message}`;
    return [{ object: conf, reason, message }];
  });
}

const ordered = new WeakMap<readonly SpeakerReport[], readonly SpeakerReport[]>();

/** Managers before agents, by name; sorted once, though each peer asks. */
function inOrder(reports: readonly SpeakerReport[]): readonly SpeakerReport[] {
  const key = ({ role, name }: SpeakerName): string => `${role === "manager" ? 0 : 1} ${name}`;
  const known = ordered.get(reports) ?? [...reports].sort((a, b) => key(a) < key(b) ? -1 : 1);
  ordered.set(reports, known);
  return known;
}

function apart<T>(
  all: readonly T[],
  is: (each: T) => boolean,
): readonly [readonly T[], readonly T[]] {
  return [all.filter(is), all.filter((each) => !is(each))];
}
