/**
 * Which Service gets which EIP.
 *
 * @module
 */

export * from "./allocate.ts";
export { Ledger, type OpenClaim, type Tenant } from "./ledger.ts";
export * from "./model.ts";
export { type JudgedPool, judgePools, poolStanding, type PoolTable } from "./pools.ts";
export { type Sharer, type SharingConflict, sharingConflict } from "./sharing.ts";
export * from "./size.ts";
