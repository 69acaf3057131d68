/**
 * The loops of a node: the one that keeps its host state, the one that speaks BGP for it, the one that
 * answers the managers' BFD, and the one that forwards port 179.
 *
 * @module
 */

export * from "./agent.ts";
export * from "./forwarding.ts";
export { Lingering, type LingeringOptions } from "./lingering.ts";
export * from "./speaking.ts";
export * from "./reflecting.ts";
