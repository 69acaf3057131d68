/**
 * What is written on Eips, BgpConfs and BgpPeers. Eip keeps the fields of 2020 (occupied, usage,
 * poolSize); the rest is new.
 *
 * @module
 */

import type { BfdStatus } from "../bfd/session/mod.ts";
import type { PeerStatus } from "../bgp/model/mod.ts";
import { formatAddress } from "../net/mod.ts";
import { type BgpPeer, type Eip, type ObjectMeta, sameValue } from "../objects/mod.ts";
import type { Refusal } from "../refusal/mod.ts";
import { bfdFields } from "./bfd.ts";
import { type Condition, mergeConditions } from "./conditions.ts";
import { brakeField } from "./brake_record.ts";
import type { Hold, PoolPlan } from "./model.ts";
import type { StatusPatch } from "./patch.ts";
import { noSession, sessionFields } from "./session_fields.ts";
import type { ReportedRefusal, SpeakerReport } from "./speaker_report.ts";
import {
  agentsSaid,
  managersSaid,
  refusedOfPeer,
  refusedText,
  speakersCondition,
  speakersOfConf,
} from "./speakers_said.ts";
import type { Stages } from "./stages.ts";
import { usedText } from "./used_text.ts";

/** What the patch for an Eip is made of. */
export interface EipSaid {
  readonly pool: PoolPlan | undefined;
  readonly stages: Stages;
  readonly refusals: readonly Refusal[];
  readonly now: number;
}

/**
 * The patch for an Eip; undefined when it would change nothing. Where it changes who has what it
 * applies to this version of the Eip alone: it is the claim that makes an address a Service's.
 */
export function eipPatch(eip: Eip, said: EipSaid): StatusPatch | undefined {
  const { pool, refusals, now } = said;
  const fields = pool === undefined ? {} : {
    occupied: pool.occupied,
    usage: pool.usage,
    poolSize: pool.poolSize,
  };
  const stops = refusals.filter((each) => !(each.reason in partial));
  const conditions = [ready(eip, pool, stops), ...refusals.flatMap(partially)];
  const used = pool && usedText(pool, said.stages);
  const sameUsed = sameValue(eip.status.used ?? null, used ?? null);
  // Whoever follows a claim that stands already says so here: else one who drops it at the same time,
  // and found the Service still without a wish for it, would not be stopped.
  const follows = sameUsed && used !== undefined && said.stages.givers.has(eip.ref.name);
  const followed = follows ? { followed: countOf(eip.status.followed) + 1 } : {};
  const types = ["Ready", "Aggregated"];
  const patch = patchOf(eip, { ...fields, ...followed }, { conditions, types, now });
  const claims = used === undefined || sameUsed ? {} : { used };
  const status = { ...patch?.status, ...claims };
  if (Object.keys(status).length === 0) return undefined;
  const guarded = (follows || !sameUsed && used !== undefined) && eip.resourceVersion !== "";
  return {
    object: eip.ref,
    status,
    ...(guarded ? { ifUnchanged: eip.resourceVersion } : {}),
  };
}

function countOf(value: unknown): number {
  return typeof value === "number" ? value : 0;
}

/** What the patch for a BgpConf is made of. */
export interface ConfSaid {
  readonly refusals: readonly Refusal[];
  /** What speakers said, of the one in force; null of another; undefined leaves what the status says of them. */
  readonly reports: readonly SpeakerReport[] | null | undefined;
  /** What the brake holds of the one in force. */
  readonly hold: Hold | undefined;
}

/** The patch for a BgpConf; undefined when it would change nothing. */
export function bgpConfPatch(
  conf: ObjectMeta,
  { refusals, reports, hold }: ConfSaid,
  now: number,
): StatusPatch | undefined {
  const fine = { reason: "InForce", message: "This BgpConf is in force" };
  const stops = refusals.filter((each) => !(each.reason in partial));
  const conditions = [accepted(stops, fine), ...refusals.flatMap(partially)];
  const types = ["Accepted", ...Object.values(partial)];
  const brake = { brake: hold === undefined ? null : brakeField(hold) };
  if (reports === undefined) return patchOf(conf, brake, { conditions, types, now });
  const said = speakersOfConf(reports ?? []);
  if (said.condition !== undefined) conditions.push(said.condition);
  const fields = { ...brake, ...said.fields };
  return patchOf(conf, fields, { conditions, types: [...types, speakersCondition], now });
}

/** What the patch for a BgpPeer is made of. */
export interface PeerSaid {
  readonly refusals: readonly Refusal[];
  /** null says that the managers have no session; undefined leaves what the status says of it. */
  readonly session: PeerStatus | null | undefined;
  /** The same of the BFD session. */
  readonly bfd: BfdStatus | null | undefined;
  /** The nodes whose agents speak; undefined where the managers do. */
  readonly agents: readonly string[] | undefined;
  /** What speakers said; undefined leaves what the status says of them. */
  readonly reports: readonly SpeakerReport[] | undefined;
}

/**
 * The patch for a BgpPeer: whether it is accepted, and how its session does. Undefined when nothing
 * would change.
 */
export function bgpPeerPatch(
  peer: BgpPeer,
  { refusals, session, bfd, agents, reports }: PeerSaid,
  now: number,
): StatusPatch | undefined {
  const stops = refusals.filter((each) => !(each.reason in partial));
  const message = agents === undefined
    ? "The speaker has this peer"
    : `The agents of ${agents.length} nodes have this peer`;
  const fine = { reason: "Accepted", message };
  const elsewhere = reports === undefined ? [] : refusedElsewhere(peer.ref.name, refusals, reports);
  const conditions = [accepted(stops, fine), ...[...refusals, ...elsewhere].flatMap(partially)];
  const types = ["Accepted", ...Object.values(partial)];
  const watched = bfd === undefined ? {} : { bfd: bfdFields(bfd) };
  if (session === undefined) return patchOf(peer, watched, { conditions, types, now });
  const fields = {
    ...(session === null ? noSession : sessionFields(session, peer.status)),
    ...watched,
  };
  if (agents === undefined) {
    types.push("Established");
    if (session !== null) conditions.push(established(session));
    const speakers = reports === undefined ? {} : managersSaid(peer.ref.name, reports);
    return patchOf(peer, { ...fields, ...speakers }, { conditions, types, now });
  }
  if (reports === undefined) return patchOf(peer, fields, { conditions, types, now });
  const said = agentsSaid(peer.ref.name, agents, reports);
  types.push("Established");
  if (said.condition !== undefined) conditions.push(said.condition);
  return patchOf(peer, { ...fields, ...said.fields }, { conditions, types, now });
}

function ready(eip: Eip, pool: PoolPlan | undefined, refusals: readonly Refusal[]): Condition {
  const type = "Ready";
  const [no] = refusals;
  if (no !== undefined) return { type, status: "False", reason: no.reason, message: no.message };
  if (pool?.state === "Disabled") {
    const message = "The pool is disabled: addresses in use stay, no new one is handed out";
    return { type, status: "False", reason: "Disabled", message };
  }
  if (eip.deleting) {
    const message = "The pool is being deleted: addresses in use stay while their Services do";
    return { type, status: "False", reason: "Deleting", message };
  }
  return { type, status: "True", reason: "Ready", message: "The pool hands out addresses" };
}

function accepted(
  refusals: readonly Refusal[],
  fine: { readonly reason: string; readonly message: string },
): Condition {
  const type = "Accepted";
  const [no] = refusals;
  if (no === undefined) return { type, status: "True", ...fine };
  return { type, status: "False", reason: no.reason, message: no.message };
}

/** Refusals of a part only, and the condition that says so while the rest of the object is in force. */
const partial: Readonly<Record<string, string>> = {
  PeerUnsupported: "PortForward",
  BfdUnavailable: "Bfd",
  NodesHeld: "NodeBfd",
  WithdrawalsHeld: "AllWithdrawn",
  NotAggregated: "Aggregated",
  RouteCapReached: "AllAnnounced",
  FamilyNotNegotiated: "AllFamilies",
};

/** What only other speakers refuse than the one that writes: one message for each reason. */
function refusedElsewhere(
  peer: string,
  refusals: readonly Refusal[],
  reports: readonly SpeakerReport[],
): readonly ReportedRefusal[] {
  const all = refusedOfPeer(peer, reports);
  const reasons = new Set(all.map(({ reason }) => reason));
  return [...reasons].filter((reason) => !refusals.some((each) => each.reason === reason))
    .map((reason) => {
      const message = refusedText(all.filter((each) => each.reason === reason));
      return { reason, message };
    });
}

function partially({ reason, message }: ReportedRefusal): readonly Condition[] {
  const type = partial[reason];
  return type === undefined ? [] : [{ type, status: "False", reason, message }];
}

function established(session: PeerStatus): Condition {
  const type = "Established";
  const { sessions } = session;
  if (sessions !== undefined) {
    const up = sessions.filter((each) => each.state === "Established").length;
    return up === 0
      ? { type, status: "False", reason: "Down", message: "Nobody of the range has a session" }
      : { type, status: "True", reason: "Established", message: `${up} of the range are up` };
  }
  const address = formatAddress(session.address);
  if (session.state === "Established") {
    const message = `The session with ${address} is up`;
    return { type, status: "True", reason: "Established", message };
  }
  // The states between come and go with every try; the condition would never rest.
  const message = session.lastError ?? `The session with ${address} is not up yet`;
  return { type, status: "False", reason: "Down", message };
}

interface Said {
  readonly conditions: readonly Condition[];
  /** The types of all conditions that are porter's here. */
  readonly types: readonly string[];
  readonly now: number;
}

function patchOf(
  object: ObjectMeta,
  fields: Readonly<Record<string, unknown>>,
  said: Said,
): StatusPatch | undefined {
  const status: Record<string, unknown> = Object.fromEntries(
    Object.entries(fields).filter(([key, value]) => !sameValue(object.status[key] ?? null, value)),
  );
  const at = { generation: object.generation, now: said.now };
  const conditions = mergeConditions(object.status, said.types, said.conditions, at);
  if (conditions !== undefined) status.conditions = conditions;
  return Object.keys(status).length === 0 ? undefined : { object: object.ref, status };
}
