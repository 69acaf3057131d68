/**
 * Snapshot in, everything that shall be true out.
 *
 * @module
 */

export * from "./model.ts";
