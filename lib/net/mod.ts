/**
 * Addresses, prefixes and ranges as values. Everything porter decides about them, it decides on
 * numbers; text is read once at the door and written once on the way out.
 *
 * @module
 */

export * from "./address.ts";
export * from "./fnv.ts";
export * from "./prefix.ts";
