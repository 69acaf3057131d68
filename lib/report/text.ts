/**
 * Names of things as reports have them.
 *
 * @module
 */

import type { Family } from "../net/mod.ts";
import type { ObjectRef } from "../refusal/mod.ts";

/** "namespace/name", or the name of a cluster-scoped object. */
export function nameOf({ namespace, name }: ObjectRef): string {
  return namespace === "" ? name : `${namespace}/${name}`;
}

/** "ipv4" or "ipv6". */
export function familyName(family: Family): string {
  return `ipv${family}`;
}

/** Some of many, for a line. */
export function few(all: readonly string[], most = 5): string {
  const more = all.length - most;
  return more > 0 ? `${all.slice(0, most).join(", ")} and ${more} more` : all.join(", ");
}
