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
