/**
 * The routing information bases of RFC 4271 section 3.2: what we announce (LocRib), what one peer was
 * told (AdjRibOut) and what one peer told us (AdjRibIn). Synchronous and free of I/O: routes in, bytes
 * of whole UPDATE messages out.
 *
 * ```ts
 * const rib = new LocRib();
 * rib.set(routes);
 * const out = new AdjRibOut(rib, view);
 * for (let bytes = out.next(65536); bytes !== undefined; bytes = out.next(65536)) send(bytes);
 * out.changed(rib.set(otherRoutes)); // then call next() again
 * ```
 *
 * @module
 */

export { LocRib, type RibChange } from "./loc_rib.ts";
export type { InternedPath, PathSet } from "./path_table.ts";
export { AdjRibOut } from "./adj_rib_out.ts";
export { AdjRibIn, type AdjRibInLimits } from "./adj_rib_in.ts";
export { type LiveView, type PeerView } from "./view.ts";
