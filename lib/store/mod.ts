/**
 * Where objects live: a directory of manifests, the Kubernetes API, or memory.
 *
 * @module
 */

export * from "./directory/mod.ts";
export * from "./kubernetes/mod.ts";
export * from "./memory/mod.ts";
