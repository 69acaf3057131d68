/**
 * Our OPEN, and what two OPENs agree on: RFC 4271 sections 4.2 and 6.2, RFC 4760 section 8, RFC 5492,
 * RFC 6286, RFC 6793, RFC 7911 section 4, RFC 8654, RFC 8950. Graceful restart is in
 * `graceful_restart.ts`.
 *
 * @module
 */

import type { Family } from "../../net/mod.ts";
import { err, ok, type Result } from "../../result/mod.ts";
import type { PeerConfig, SpeakerConfig } from "../model/mod.ts";
import {
  asTrans,
  type Capability,
  encodeCapability,
  extendedMaxLength,
  familyOf,
  type Notification,
  type Open,
  openError,
  plainMaxLength,
  unicast,
} from "../wire/mod.ts";
import type { Agreement } from "./action.ts";
import { agreeOnRestart, restartCapability } from "./graceful_restart.ts";

/** What an OPEN is refused with, and why in words. */
export interface OpenRefusal {
  readonly notification: Notification;
  readonly why: string;
}

/** The OPEN we send to a peer; `restarting`: the first to it since the speaker restarted (RFC 4724). */
export function localOpen(local: SpeakerConfig, peer: PeerConfig, restarting = false): Open {
  const families = [...new Set(peer.families)];
  const capabilities: Capability[] = families.map(multiprotocol);
  capabilities.push({ kind: "route-refresh" }, { kind: "extended-message" });
  capabilities.push(...restartCapability(peer, restarting));
  capabilities.push({ kind: "as4", as: local.as });
  if (mayExtendNextHop(peer)) {
    capabilities.push({ kind: "extended-next-hop", families: [ipv4ViaIpv6] });
  }
  if (peer.addPathSendMax > 0) {
    capabilities.push({
      kind: "add-path",
      families: families.map((family) => ({
        afi: unicast[family].afi,
        safi: unicast[family].safi,
        receive: false,
        send: true,
      })),
    });
  }
  return {
    type: "open",
    version: 4,
    as: local.as > 0xffff ? asTrans : local.as,
    holdTime: peer.holdTime,
    bgpId: local.routerId,
    capabilities,
  };
}

/** What our OPEN and theirs agree on, or what theirs is refused with. */
export function negotiate(
  theirs: Open,
  local: SpeakerConfig,
  peer: PeerConfig,
): Result<Agreement, OpenRefusal> {
  const refusal = unacceptable(theirs, local, peer);
  if (refusal !== undefined) return err(refusal);
  const families = peer.families.filter((family) => familiesOf(theirs).includes(family));
  if (families.length === 0) return err(noCommonFamily(peer));
  const as4 = has(theirs, "as4");
  const internal = peer.peerAs === local.as;
  const addPathSend = peer.addPathSendMax > 0
    ? families.filter((family) => receivesPaths(theirs, family))
    : [];
  const gracefulRestart = agreeOnRestart(theirs, peer);
  const maxMessageLength = has(theirs, "extended-message") ? extendedMaxLength : plainMaxLength;
  return ok({
    negotiated: {
      holdTime: Math.min(peer.holdTime, theirs.holdTime),
      as4,
      families,
      addPathSend,
      maxMessageLength,
      ...(mayExtendNextHop(peer) && takesIpv4ViaIpv6(theirs) && { extendedNextHop: true }),
      routeRefresh: has(theirs, "route-refresh"),
      peerBgpId: theirs.bgpId,
      internal,
      ...(gracefulRestart !== undefined && { gracefulRestart }),
    },
    codec: { as4, addPathReceive: [], addPathSend, maxMessageLength, internal },
    peerOpen: theirs,
  });
}

/** The speaker as this peer knows it: with its own AS of us, where it has one. */
export function speakerTowards(local: SpeakerConfig, { localAs }: PeerConfig): SpeakerConfig {
  return localAs === 0 ? local : { ...local, as: localAs };
}

/** The AS an OPEN speaks for: of the 4-octet capability where it is there. */
export function openAs(open: Open): number {
  for (const capability of open.capabilities) if (capability.kind === "as4") return capability.as;
  return open.as;
}

function unacceptable(
  theirs: Open,
  local: SpeakerConfig,
  peer: PeerConfig,
): OpenRefusal | undefined {
  if (theirs.version !== 4) {
    const why = `the peer speaks BGP version ${theirs.version}, porter 4`;
    return { notification: openError("unsupported-version", Uint8Array.of(0, 4)), why };
  }
  const as = openAs(theirs);
  if (as !== peer.peerAs) {
    const why = `the peer says it is AS ${as}, but peerAs is ${peer.peerAs}`;
    return { notification: openError("bad-peer-as"), why };
  }
  const badId = openError("bad-bgp-identifier");
  if (theirs.bgpId.value === 0) {
    return { notification: badId, why: "the peer's BGP identifier is 0.0.0.0" };
  }
  if (as === local.as && theirs.bgpId.value === local.routerId.value) {
    const why = "the peer is of our own AS and has our own router id; each must have its own";
    return { notification: badId, why };
  }
  if (theirs.holdTime === 1 || theirs.holdTime === 2) {
    const why = `the peer proposes a hold time of ${theirs.holdTime} s; it must be 0 or at least 3`;
    return { notification: openError("unacceptable-hold-time"), why };
  }
  return undefined;
}

/** Unsupported Capability; the data are the capabilities we miss, as in an OPEN (RFC 5492). */
function noCommonFamily(peer: PeerConfig): OpenRefusal {
  const missing = peer.families.flatMap((family) => [...encodeCapability(multiprotocol(family))]);
  const names = peer.families.map((family) => unicast[family].name).join(", ");
  return {
    notification: openError("unsupported-capability", Uint8Array.from(missing)),
    why: `the peer does none of the families configured (${names})`,
  };
}

function multiprotocol(family: Family): Capability {
  const { afi, safi } = unicast[family];
  return { kind: "multiprotocol", afi, safi };
}

/** RFC 8950 section 4: IPv4 unicast with next hops of IPv6. */
const ipv4ViaIpv6 = { ...unicast[4], nextHopAfi: unicast[6].afi };

/** Where the session is of IPv6: over IPv4 there are IPv4 next hops, and old peers are left alone. */
function mayExtendNextHop({ address, families }: PeerConfig): boolean {
  return address.family === 6 && families.includes(4);
}

function takesIpv4ViaIpv6(open: Open): boolean {
  return open.capabilities.some((capability) =>
    capability.kind === "extended-next-hop" &&
    capability.families.some(({ afi, safi, nextHopAfi }) =>
      familyOf(afi, safi) === 4 && nextHopAfi === ipv4ViaIpv6.nextHopAfi
    )
  );
}

function has(open: Open, kind: Capability["kind"]): boolean {
  return open.capabilities.some((capability) => capability.kind === kind);
}

/** The families a speaker does; without any multiprotocol capability that is IPv4 alone. */
function familiesOf(open: Open): readonly (Family | undefined)[] {
  if (!has(open, "multiprotocol")) return [4];
  return open.capabilities.map((capability) =>
    capability.kind === "multiprotocol" ? familyOf(capability.afi, capability.safi) : undefined
  );
}

function receivesPaths(open: Open, family: Family): boolean {
  return open.capabilities.some((capability) =>
    capability.kind === "add-path" &&
    capability.families.some((row) => row.receive && familyOf(row.afi, row.safi) === family)
  );
}
