/**
 * What the status of a BgpPeer says of its session. The states of RFC 4271 section 8.2.2 below Established come
 * and go with every try, several a minute; they are one here, Down, so that a peer that stays down costs no
 * write. `porter peers` has them as they are.
 *
 * @module
 */

import type { PeerStatus } from "../bgp/model/mod.ts";
import { compareAddresses, formatAddress } from "../net/mod.ts";
import { formatTime } from "./conditions.ts";

type Fields = Readonly<Record<string, unknown>>;

/** A session as fields; null removes what is not known any more. `before` is the status as it stands. */
export function sessionFields(session: PeerStatus, before: Fields): Fields {
  const { negotiated, flaps } = session;
  return {
    // With another count of losses it was up in between.
    ...stateOf(session, before.flaps === flaps ? before : {}),
    flaps,
    lastError: session.lastError ?? null,
    prefixesSent: session.prefixesSent,
    pathsSent: session.pathsSent,
    prefixesReceived: session.prefixesReceived,
    prefixesHeldBack: session.prefixesHeldBack,
    sessions: session.sessions === undefined ? null : sessionsOf(session.sessions, before),
    negotiated: negotiated === undefined ? null : {
      holdTime: negotiated.holdTime,
      families: negotiated.families.map(familyName),
      addPathSend: negotiated.addPathSend.map(familyName),
      internal: negotiated.internal,
      peerBgpId: formatAddress(negotiated.peerBgpId),
      ...(negotiated.extendedNextHop && { extendedNextHop: true }),
      ...(negotiated.gracefulRestart && { gracefulRestart: { ...negotiated.gracefulRestart } }),
    },
  };
}

/** No session as fields. */
export const noSession: Fields = {
  state: null,
  since: null,
  flaps: null,
  lastError: null,
  prefixesSent: null,
  pathsSent: null,
  prefixesReceived: null,
  prefixesHeldBack: null,
  sessions: null,
  negotiated: null,
};

/** What is down stays so since it went down, however often it is tried. */
function stateOf(session: PeerStatus, before: Fields): Fields {
  const since = formatTime(session.since);
  if (session.state === "Established") return { state: session.state, since };
  const stays = before.state === "Down" && typeof before.since === "string";
  return { state: "Down", since: stays ? before.since : since };
}

/** The sessions of a range, each by its address. */
function sessionsOf(sessions: readonly PeerStatus[], before: Fields): readonly Fields[] {
  const entries = Array.isArray(before.sessions) ? before.sessions as readonly unknown[] : [];
  const known = new Map(
    entries.filter((each): each is Fields => typeof each === "object" && each !== null)
      .map((each) => [each.address, each]),
  );
  return [...sessions].sort((a, b) => compareAddresses(a.address, b.address)).map((each) => {
    const address = formatAddress(each.address);
    return {
      address,
      ...stateOf(each, known.get(address) ?? {}),
      prefixesSent: each.prefixesSent,
      ...(each.lastError !== undefined && { lastError: each.lastError }),
    };
  });
}

function familyName(family: 4 | 6): string {
  return `ipv${family}-unicast`;
}
