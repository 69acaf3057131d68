/**
 * Two sources of path attributes made one: the nearer one wins where there can be one value, lists are
 * united, and who may hear the path is who may by both.
 *
 * @module
 */

import type { PathAttributes } from "./mod.ts";

/** What `near` says, and what `far` says beside it. Gives one of the two where the other is empty. */
export function mergeAttributes(near: PathAttributes, far: PathAttributes): PathAttributes {
  if (near === far || isEmpty(far)) return near;
  if (isEmpty(near)) return far;
  const standard = near.communities && far.communities;
  const extended = near.extendedCommunities && far.extendedCommunities;
  const large = near.largeCommunities && far.largeCommunities;
  const both = near.onlyTo && far.onlyTo;
  return {
    ...far,
    ...near,
    ...(standard && { communities: united(near.communities, standard) }),
    ...(extended && { extendedCommunities: united(near.extendedCommunities, extended) }),
    ...(large && { largeCommunities: united(near.largeCommunities, large) }),
    ...(both && { onlyTo: both.filter((name) => near.onlyTo?.includes(name)) }),
  };
}

function isEmpty(attributes: PathAttributes): boolean {
  for (const _ in attributes) return false;
  return true;
}

/** Each item once, those of the nearer source first. */
function united<Item>(near: readonly Item[] = [], far: readonly Item[]): readonly Item[] {
  const found = new Map<string, Item>();
  for (const item of [...near, ...far]) if (!found.has(`${item}`)) found.set(`${item}`, item);
  return [...found.values()];
}
