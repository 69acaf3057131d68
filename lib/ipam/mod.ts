/**
 * Which Service gets which EIP.
 *
 * @module
 */

export * from "./allocate.ts";
export * from "./model.ts";
export { type JudgedPool, judgePools, poolStanding, type PoolTable } from "./pools.ts";
export * from "./size.ts";
