/**
 * What porter says of itself: the log.
 *
 * @module
 */

export * from "./log.ts";
