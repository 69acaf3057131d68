/**
 * Which Service gets which EIP.
 *
 * @module
 */

export * from "./model.ts";
