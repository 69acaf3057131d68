/**
 * Where objects live: a directory of manifests, or memory.
 *
 * @module
 */

export * from "./directory/mod.ts";
export * from "./memory/mod.ts";
