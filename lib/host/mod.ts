/**
 * The kernel's text to values and back: what porter wants on a node, what is there, and the
 * difference as one `ip -batch` and one `nft -f`.
 *
 * @module
 */

export * from "./model.ts";
