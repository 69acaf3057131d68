/**
 * What address allocation works on: claims, pools, assignments.
 *
 * @module
 */

import type { Address } from "../net/mod.ts";
import type { ObjectRef } from "../refusal/mod.ts";

/** A Service holds this address. */
export interface Assignment {
  readonly service: ObjectRef;
  readonly address: Address;
  /** The Eip it came from; that Eip may be gone or changed since. */
  readonly pool: string;
  /** What decided on the address. */
  readonly by: "pool" | "annotation" | "loadBalancerIP" | "held";
}
