/**
 * BGP sessions, one set of samples for each BgpPeer. What a peer writes is never a label: an error has
 * the name of its NOTIFICATION.
 *
 * @module
 */

import {
  type FamilyCounts,
  heardBy,
  type PeerStatus,
  type Route,
  type SessionState,
  type SpeakerStatus,
} from "../../bgp/model/mod.ts";
import type { BfdState } from "./bfd_families.ts";
import { type Family, flag, plain, type Sample } from "./family.ts";

/** What these rows are read off. */
export interface SpeakingState extends BfdState {
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly sessions: readonly PeerStatus[];
  readonly speaker: SpeakerStatus;
  /** How many routes are announced. */
  readonly byFamily: FamilyCounts;
  /** What is announced, to whom it is for. */
  readonly announced: readonly Route[];
  /** How many of them the brake holds. */
  readonly held: number;
}

const states: readonly SessionState[] = [
  "Idle",
  "Connect",
  "Active",
  "OpenSent",
  "OpenConfirm",
  "Established",
];

/** A row with one sample for each peer. */
function ofPeers(
  name: string,
  type: Family<SpeakingState>["type"],
  help: string,
  value: (peer: PeerStatus, state: SpeakingState) => number | undefined,
): Family<SpeakingState> {
  return {
    ...{ name, type, help, labels: ["peer"] },
    read: (state) =>
      state.sessions.flatMap((peer): readonly Sample[] => {
        const found = value(peer, state);
        return found === undefined ? [] : [[{ peer: peer.name }, found]];
      }),
  };
}

/** The rows. */
export const sessionFamilies: readonly Family<SpeakingState>[] = [
  {
    name: "porter_bgp_session_state",
    type: "gauge",
    help: "1 for the state that the session with the peer is in, 0 for all others (RFC 4271).",
    labels: ["peer", "state"],
    read: ({ sessions }) =>
      sessions.flatMap((peer) =>
        states.map((state): Sample => [{ peer: peer.name, state }, flag(peer.state === state)])
      ),
  },
  ofPeers(
    "porter_bgp_session_up",
    "gauge",
    "1 when the session with the peer is Established, else 0.",
    (peer) => flag(isUp(peer)),
  ),
  ofPeers(
    "porter_bgp_session_uptime_seconds",
    "gauge",
    "For how long the session has been Established, in seconds; 0 when it is not.",
    (peer, { now }) => isUp(peer) ? Math.max(0, now - peer.since) / 1000 : 0,
  ),
  ofPeers(
    "porter_bgp_session_flaps_total",
    "counter",
    "How often the session has left Established.",
    (peer) => peer.flaps,
  ),
  {
    name: "porter_bgp_session_last_error_timestamp_seconds",
    type: "gauge",
    help:
      "When the session, or a try for one, last ended, in seconds since the epoch; the labels " +
      "say who ended it (local, remote, tcp) and with which NOTIFICATION.",
    labels: ["peer", "by", "error"],
    read: ({ sessions }) =>
      sessions.flatMap(({ name, lastEnd }): readonly Sample[] =>
        lastEnd === undefined
          ? []
          : [[{ peer: name, by: lastEnd.by, error: lastEnd.error }, lastEnd.at / 1000]]
      ),
  },
  {
    name: "porter_bgp_messages_total",
    type: "counter",
    help: "BGP messages exchanged with the peer, by direction (sent, received) and type.",
    labels: ["peer", "direction", "type"],
    read: ({ sessions }) =>
      sessions.flatMap(({ name, messagesSent, messagesReceived }) => [
        ...counts(name, "sent", messagesSent),
        ...counts(name, "received", messagesReceived),
      ]),
  },
  ofPeers(
    "porter_bgp_prefixes_wanted",
    "gauge",
    "Prefixes that the peer shall be told; undefined while it is not known which families it takes.",
    ({ name, negotiated }, { announced }) => {
      const counts = heardBy(announced, name);
      return negotiated?.families.reduce((sum, family) => sum + counts[family], 0);
    },
  ),
  ofPeers(
    "porter_bgp_prefixes_sent",
    "gauge",
    "Prefixes that the peer was told in this session and that were not withdrawn.",
    (peer) => peer.prefixesSent,
  ),
  ofPeers(
    "porter_bgp_paths_sent",
    "gauge",
    "Paths that the peer was told in this session: next hops, with ADD-PATH several a prefix.",
    (peer) => peer.pathsSent,
  ),
  ofPeers(
    "porter_bgp_prefixes_received",
    "gauge",
    "Prefixes that the peer told us; they are counted and not used.",
    (peer) => peer.prefixesReceived,
  ),
  ofPeers(
    "porter_bgp_prefixes_held_back",
    "gauge",
    "Prefixes kept back by the peer's cap.",
    (peer) => peer.prefixesHeldBack,
  ),
  ofPeers(
    "porter_bgp_update_faults_total",
    "counter",
    "Faults in received UPDATEs that did not end the session (RFC 7606).",
    (peer) => peer.faultsSurvived ?? 0,
  ),
  {
    name: "porter_routes_announced",
    type: "gauge",
    help: "EIPs that are announced to every peer whose session is up, by family.",
    labels: ["family"],
    read: ({ byFamily }) => [
      [{ family: "ipv4" }, byFamily[4]],
      [{ family: "ipv6" }, byFamily[6]],
    ],
  },
  {
    name: "porter_brake_held_routes",
    type: "gauge",
    help:
      "Routes that spec.brake of the BgpConf holds: announced, though nothing plans them any more.",
    labels: [],
    read: ({ held }) => plain(held),
  },
  {
    name: "porter_bgp_listening",
    type: "gauge",
    help: "1 when the BGP port of the BgpConf is listened on, else 0.",
    labels: [],
    read: ({ speaker }) => plain(flag(speaker.listening !== undefined)),
  },
  {
    name: "porter_bgp_connections_refused_total",
    type: "counter",
    help: "Connections that were turned away: unknown addresses, floods, bad moments.",
    labels: [],
    read: ({ speaker }) => plain(speaker.connectionsRefused),
  },
];

function isUp({ state }: PeerStatus): boolean {
  return state === "Established";
}

function counts(
  peer: string,
  direction: string,
  messages: Readonly<Record<string, number>>,
): readonly Sample[] {
  return Object.entries(messages).map(([type, count]) => [{ peer, direction, type }, count]);
}
