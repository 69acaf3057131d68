/**
 * BFD Control packets as bytes (RFC 5880 section 4).
 *
 * @module
 */

export * from "./packet.ts";
