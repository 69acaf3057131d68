/**
 * The loops of a node: the one that keeps its host state, the one that speaks BGP for it, and the one
 * that answers the managers' BFD.
 *
 * @module
 */

export * from "./agent.ts";
export * from "./reporter.ts";
export * from "./speaking.ts";
export * from "./reflecting.ts";
