/**
 * The lab's harness: everything a story or a test needs to build a rack in network namespaces,
 * watch it, and take it down.
 *
 * @module
 */

export * from "./bird.ts";
export * from "./bird_text.ts";
export * from "./command.ts";
export * from "./fabric.ts";
export * from "./frr.ts";
export * from "./gobgp.ts";
export * from "./lab.ts";
export * as manifests from "./manifests.ts";
export * from "./porter.ts";
export * from "./process.ts";
export * from "./status.ts";
export * from "./wait.ts";
export * from "./web.ts";
