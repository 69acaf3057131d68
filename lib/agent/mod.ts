/**
 * The loops of a node: the one that keeps its host state, and the one that speaks BGP for it.
 *
 * @module
 */

export * from "./agent.ts";
export * from "./speaking.ts";
