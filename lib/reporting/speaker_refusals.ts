/**
 * What the speaker cannot do, as refusals of the BgpConf in force and of BgpPeers.
 *
 * @module
 */

import type { PeerStatus } from "../bgp/mod.ts";
import { heardBy } from "../bgp/model/mod.ts";
import type { Plan, SpeakerState } from "../plan/mod.ts";
import type { Refusal } from "../refusal/mod.ts";

/** What it cannot do now. */
export function speakerRefusals(
  { sessions, speaker }: Required<Pick<SpeakerState, "sessions" | "speaker">>,
  { conf, announced }: Pick<Plan, "conf" | "announced">,
): readonly Refusal[] {
  const deaf = sessions.flatMap((each) => familiesMissing(each, announced));
  const capped = sessions.filter((each) => each.prefixesHeldBack > 0).map(capReached);
  const { listenError } = speaker;
  const refused = sessions.flatMap(({ name, refused }): Refusal[] =>
    refused === undefined
      ? []
      : [{ object: peerRef(name), reason: "SocketOptionsDenied", message: refused }]
  );
  const ofPeers = [...refused, ...deaf, ...capped];
  if (conf === undefined || listenError === undefined) return ofPeers;
  return [{ object: conf, reason: "ListenFailed", message: listenError }, ...ofPeers];
}

/** What is announced to the peer, and it has not agreed to take; no numbers in the text, as below. */
function familiesMissing(peer: PeerStatus, announced: Plan["announced"]): readonly Refusal[] {
  const heard = heardBy(announced, peer.name);
  const families = ([4, 6] as const).filter((family) => heard[family] > 0);
  const taken = (peer.sessions ?? [peer]).flatMap(({ negotiated }) => negotiated ?? []);
  const missing = families.filter((family) =>
    taken.some((each) => !each.families.includes(family))
  );
  if (missing.length === 0) return [];
  const names = missing.map((family) => `IPv${family}`).join(" and ");
  const message = `Cannot announce ${names} prefixes: the peer's OPEN does not have that address ` +
    "family; activate it for this neighbour there";
  return [{ object: peerRef(peer.name), reason: "FamilyNotNegotiated", message }];
}

/** No numbers in the text: it would be written anew with every route. */
function capReached({ name }: PeerStatus): Refusal {
  const message = "Cannot announce every prefix: spec.export.maxPrefixes is reached, and " +
    "status.prefixesHeldBack says how many are held back; raise it, or announce less to this peer";
  return { object: peerRef(name), reason: "RouteCapReached", message };
}

function peerRef(name: string): Refusal["object"] {
  return { kind: "BgpPeer", namespace: "", name };
}
