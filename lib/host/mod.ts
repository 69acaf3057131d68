/**
 * The kernel's text to values and back: what porter wants on a node, what is there, and the
 * difference as one `nft -f` and one `ip -batch`.
 *
 * @module
 */

export * from "./diff.ts";
export * from "./forward.ts";
export * from "./model.ts";
export * from "./observe.ts";
export * from "./routes.ts";
export * from "./ruleset.ts";
export * from "./table.ts";
