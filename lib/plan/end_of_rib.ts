/**
 * When a leaf switch may be told that it has all routes (End-of-RIB, RFC 4724 section 4.1), so that it
 * drops those it only kept from before a restart.
 *
 * @module
 */

import type { Plan } from "./model.ts";

/**
 * Milliseconds after the first plan in which an address that is planned and not recorded yet counts as
 * one whose route a leaf switch may still keep: what was announced was recorded before, but for what an
 * earlier porter gave. A manager that leads records it within that time; where nobody does, as long as the
 * Lease of a dead one lasts, the stale routes of Services that are gone must not wait for it.
 */
const recordsAwaited = 2_000;

/**
 * For how many milliseconds the routes that are not announced yet are still waited for; 0 when a leaf
 * switch may be told now. `sinceFirst`: milliseconds since the first plan of the process.
 */
export function awaitsRecords(
  { routes, announced }: Pick<Plan, "routes" | "announced">,
  sinceFirst: number,
): number {
  return announced.length < routes.length ? Math.max(0, recordsAwaited - sinceFirst) : 0;
}
