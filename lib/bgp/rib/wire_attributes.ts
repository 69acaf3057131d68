/**
 * What is said of a path, as the attributes that go to one peer: RFC 4271 section 5.1, and the link
 * bandwidth extended community of draft-ietf-idr-link-bandwidth.
 *
 * @module
 */

import { mergeAttributes, type PathAttributes } from "../model/mod.ts";
import { type AsSegment, type Attribute, linkBandwidthCommunity } from "../wire/mod.ts";
import type { PeerView } from "./view.ts";

/** All attributes but the next hop, in the order of their type codes. */
export function wireAttributes(said: PathAttributes, view: PeerView): Attribute[] {
  const a = mergeAttributes(said, view.attributes);
  const list: Attribute[] = [
    { kind: "origin", origin: a.origin ?? "igp" },
    { kind: "as-path", segments: view.internal ? [] : ownAs(view.localAs, a.prepend ?? 0) },
  ];
  if (a.med !== undefined) list.push({ kind: "med", value: a.med });
  if (view.internal) list.push({ kind: "local-pref", value: a.localPref ?? 100 });
  if (a.communities?.length) list.push({ kind: "communities", values: a.communities });
  const extended = extendedCommunities(a, view);
  if (extended.length > 0) list.push({ kind: "extended-communities", values: extended });
  if (a.largeCommunities?.length) {
    list.push({ kind: "large-communities", values: a.largeCommunities });
  }
  return list;
}

/** Our AS once, and `prepend` times more; a segment holds at most 255 (RFC 4271 section 4.3). */
function ownAs(as: number, prepend: number): AsSegment[] {
  const segments: AsSegment[] = [];
  for (let left = 1 + prepend; left > 0; left -= 255) {
    const count = Math.min(left, 255);
    segments.push({ kind: "sequence", as: new Array<number>(count).fill(as) });
  }
  return segments;
}

/**
 * The link bandwidth comes last. Towards external peers it is the transitive form: one that is not is
 * no business of another AS (RFC 4360 section 6).
 */
function extendedCommunities(
  a: PathAttributes,
  { localAs, internal }: PeerView,
): readonly bigint[] {
  const values = a.extendedCommunities ?? [];
  if (a.linkBandwidth === undefined) return values;
  return [...values, linkBandwidthCommunity(localAs, a.linkBandwidth, !internal)];
}
