/**
 * Path attributes in words, for `porter plan`.
 *
 * @module
 */

import type { PathAttributes } from "../bgp/model/mod.ts";
import { formatCommunity, formatExtendedCommunity, formatLargeCommunity } from "../bgp/wire/mod.ts";

/** Writes ", med 5, communities 64512:100 no-export"; "" where nothing is said. */
export function attributesText(a: PathAttributes): string {
  const parts = [
    a.localPref === undefined ? [] : [`local pref ${a.localPref}`],
    a.med === undefined ? [] : [`med ${a.med}`],
    a.prepend === undefined ? [] : [`prepend ${a.prepend}`],
    words("communities", a.communities?.map(formatCommunity)),
    words("large communities", a.largeCommunities?.map(formatLargeCommunity)),
    words("extended communities", a.extendedCommunities?.map(formatExtendedCommunity)),
    a.linkBandwidth === undefined ? [] : [`link bandwidth ${Math.round(a.linkBandwidth)}`],
    a.onlyTo === undefined ? [] : [`only to ${a.onlyTo.join(" ") || "nobody"}`],
  ];
  return parts.flat().map((part) => `, ${part}`).join("");
}

function words(name: string, items: readonly string[] = []): readonly string[] {
  return items.length === 0 ? [] : [`${name} ${items.join(" ")}`];
}
