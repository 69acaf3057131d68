/**
 * What the speaker cannot do, as refusals of the BgpConf in force and of BgpPeers.
 *
 * @module
 */

import type { PeerStatus, Speaker } from "../bgp/mod.ts";
import type { Plan } from "../plan/mod.ts";
import type { Refusal } from "../refusal/mod.ts";

/** What it cannot do now. */
export function speakerRefusals(
  speaker: Pick<Speaker, "peers" | "status">,
  { conf }: Pick<Plan, "conf">,
): readonly Refusal[] {
  const peers = speaker.peers();
  const capped = peers.filter((each) => each.prefixesHeldBack > 0).map(capReached);
  const { listenError } = speaker.status();
  const refused = peers.flatMap(({ name, refused }): Refusal[] =>
    refused === undefined
      ? []
      : [{ object: peerRef(name), reason: "SocketOptionsDenied", message: refused }]
  );
  if (conf === undefined || listenError === undefined) return [...refused, ...capped];
  return [{ object: conf, reason: "ListenFailed", message: listenError }, ...refused, ...capped];
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
