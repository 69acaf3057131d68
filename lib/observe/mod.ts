/**
 * What porter says of itself: the log, and health.
 *
 * @module
 */

export * from "./health.ts";
export * from "./log.ts";
