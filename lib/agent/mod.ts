/**
 * The loop that keeps a node's host state.
 *
 * @module
 */

export * from "./agent.ts";
