/**
 * What the speakers of BGP, agents and managers, say of themselves: how their sessions are, where they listen,
 * and what cannot be had where they run. What statuses say of it is in speakers_said.ts.
 *
 * @module
 */

import type { PeerStatus, SpeakerStatus } from "../bgp/model/mod.ts";
import { formatAddress } from "../net/mod.ts";
import {
  type ObjectRef,
  type Refusal,
  refusalMeanings,
  type RefusalReason,
} from "../refusal/mod.ts";

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
  /** How it listens; left out where it has nobody to listen for. */
  readonly listening?: ReportedListening;
  /** What of the BgpConf in force cannot be had where it runs; left out: nothing. */
  readonly refusals?: readonly ReportedRefusal[];
}

/** A speaker's listening socket. */
export interface ReportedListening {
  /** Address and port as ss(8) writes them, "*:179"; left out: it cannot listen. */
  readonly at?: string;
  /** Since when it is so, milliseconds since the epoch. */
  readonly since: number;
}

/** A "no" of one speaker. */
export type ReportedRefusal = Pick<Refusal, "reason" | "message">;

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
  /** What of the BgpPeer cannot be had where it runs; left out: nothing. */
  readonly refusals?: readonly ReportedRefusal[];
}

/**
 * A speaker says the same again before this is over; milliseconds. After it, it counts as silent. There are
 * two or three managers, and hundreds of agents.
 */
export const reportLifetime: Readonly<Record<SpeakerName["role"], number>> = {
  agent: 180_000,
  manager: 30_000,
};

/** Of a report, whoever wrote it: so many sessions, so much text. */
const mostSessions = 256;
const mostText = 200;
const mostCapabilities = 16;
const mostCapability = 60;
const mostRefusals = 8;

/** What is refused at one speaker and may be had at another, and is no reason to have no session. */
const ofPlace: ReadonlySet<RefusalReason> = new Set<RefusalReason>([
  ...["ListenFailed", "RackUnknown", "NodesHeld", "BfdUnavailable", "RouteCapReached"] as const,
  ...["FamilyNotNegotiated", "PortForwardFailed"] as const,
]);

/** How a speaker is. */
export interface SpeakerState {
  readonly sessions: readonly PeerStatus[];
  /** Why it has no session with a peer that it should have one with. */
  readonly without?: readonly Refusal[];
  /** Every "no" of its plan and of what it does; what others say as well is left out. */
  readonly refusals?: readonly Refusal[];
  /** The BgpConf in force; left out where there is none, or nobody to speak to. */
  readonly conf?: ObjectRef | undefined;
  readonly speaker?: SpeakerStatus;
}

/**
 * What a speaker's report says of it. What was down in the report before is down since then: the speaker
 * itself counts from the last try, of which there may be one a second.
 */
export function reportOf(
  { role, name }: SpeakerName,
  state: SpeakerState,
  { at, before }: { readonly at: number; readonly before: SpeakerReport | undefined },
): SpeakerReport {
  const down = new Map(
    before?.sessions.filter(({ state }) => state === "Down").map((each) => [each.peer, each.since]),
  );
  const { sessions, without = [], refusals = [], conf } = state;
  const own = refusals.filter(({ reason }) => ofPlace.has(reason));
  const known = sessions.map((each) => sessionOf(each, down.get(each.name), own));
  const names = new Set(sessions.map((each) => each.name));
  const others = without.filter(({ object }) => !names.has(object.name))
    .map(({ object, reason, message }): ReportedSession => ({
      peer: object.name,
      state: "Down",
      since: down.get(object.name) ?? at,
      prefixesSent: 0,
      capabilities: [],
      lastError: named(reason, message).slice(0, mostText),
    }));
  return {
    ...{ role, name, at, sessions: [...known, ...others].slice(0, mostSessions) },
    ...listeningOf(state, { at, before: before?.listening }),
    ...(conf === undefined ? {} : refusalsOf(conf, own)),
  };
}

function sessionOf(
  session: PeerStatus,
  downSince: number | undefined,
  refusals: readonly Refusal[],
): ReportedSession {
  const { name, refused, state } = session;
  const isUp = state === "Established";
  const error = refused === undefined ? session.lastError : named("SocketOptionsDenied", refused);
  return {
    peer: name,
    // The states between come and go with every try.
    state: isUp ? state : "Down",
    since: isUp ? session.since : downSince ?? session.since,
    prefixesSent: session.prefixesSent,
    capabilities: shortened(session.peerCapabilities),
    ...(error === undefined ? {} : { lastError: error.slice(0, mostText) }),
    ...refusalsOf({ kind: "BgpPeer", name }, refusals),
  };
}

function listeningOf(
  { conf, speaker }: SpeakerState,
  { at, before }: { readonly at: number; readonly before: ReportedListening | undefined },
): Pick<SpeakerReport, "listening"> {
  if (conf === undefined || speaker === undefined) return {};
  const { listening, listenError } = speaker;
  if (listening === undefined && listenError === undefined) return {};
  const where = listening && `${hostOf(listening.address)}:${listening.port}`;
  const since = before !== undefined && before.at === where ? before.since : at;
  return { listening: { ...(where === undefined ? {} : { at: where }), since } };
}

function hostOf(address: NonNullable<SpeakerStatus["listening"]>["address"]): string {
  if (address === undefined) return "*";
  const text = formatAddress(address);
  return address.family === 6 ? `[${text}]` : text;
}

function refusalsOf(
  { kind, name }: Pick<ObjectRef, "kind" | "name">,
  refusals: readonly Refusal[],
): { readonly refusals?: readonly ReportedRefusal[] } {
  const found = refusals.filter(({ object }) => object.kind === kind && object.name === name)
    .slice(0, mostRefusals)
    .map(({ reason, message }) => ({ reason, message: message.slice(0, mostText) }));
  return found.length === 0 ? {} : { refusals: found };
}

function named(reason: RefusalReason, message: string): string {
  return `${reason}: ${message}`;
}

/** A report as text. */
export function formatReport({ role: _, name: __, ...said }: SpeakerReport): string {
  return JSON.stringify(said);
}

/** Reads a speaker's report; undefined when the text is none. */
export function parseReport({ role, name }: SpeakerName, text: string): SpeakerReport | undefined {
  const raw = recordOf(parsed(text));
  if (typeof raw.at !== "number" || !Array.isArray(raw.sessions)) return undefined;
  const sessions = raw.sessions.slice(0, mostSessions).flatMap((each): ReportedSession[] => {
    const { peer, state, since, prefixesSent, capabilities, lastError, refusals } = recordOf(each);
    if (typeof peer !== "string" || typeof state !== "string") return [];
    return [{
      peer,
      state: state.slice(0, mostText),
      since: numberOf(since),
      prefixesSent: numberOf(prefixesSent),
      capabilities: shortened(Array.isArray(capabilities) ? capabilities : []),
      ...(typeof lastError === "string" ? { lastError: lastError.slice(0, mostText) } : {}),
      ...readRefusals(refusals),
    }];
  });
  return {
    role,
    name,
    at: raw.at,
    sessions,
    ...readListening(raw.listening),
    ...readRefusals(raw.refusals),
  };
}

function readListening(raw: unknown): Pick<SpeakerReport, "listening"> {
  if (typeof raw !== "object" || raw === null) return {};
  const { at, since } = recordOf(raw);
  const where = typeof at === "string" ? { at: at.slice(0, mostText) } : {};
  return { listening: { ...where, since: numberOf(since) } };
}

/** Names that this porter does not know are left out: reasons come from a closed list. */
function readRefusals(raw: unknown): { readonly refusals?: readonly ReportedRefusal[] } {
  const found = (Array.isArray(raw) ? raw as readonly unknown[] : []).slice(0, mostRefusals)
    .flatMap((each): ReportedRefusal[] => {
      const { reason, message } = recordOf(each);
      return isReason(reason) && typeof message === "string"
        ? [{ reason, message: message.slice(0, mostText) }]
        : [];
    });
  return found.length === 0 ? {} : { refusals: found };
}

function isReason(value: unknown): value is RefusalReason {
  return typeof value === "string" && Object.hasOwn(refusalMeanings, value);
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
